"""PowerPoint presentations by python-pptx."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from racto_nb._extras import imported
from racto_nb.rag.readers.archives import refuse_bombs
from racto_nb.rag.readers.composing import Composed, Composer
from racto_nb.rag.readers.file_reader import FileReader
from racto_nb.rag.readers.opening import FileBytes
from racto_nb.rag.readers.tables import in_words


class SlidesReader(FileReader):
    """Reads the text of slides: the title, the other texts in the order of their shapes, tables a row a line, then the notes.

    Each slide is a mark with its number and title; its title is a heading, and each table a mark. Texts of grouped shapes are
    read; pictures and charts are not. The metadata say `total_slides`, `title` and `author`. A locked presentation is an
    EncryptedFileError; one of more than `max_bytes` bytes, or that unpacks into more, a TooLargeFileError.
    """

    endings = frozenset({".pptm", ".pptx"})
    wordless = "its slides hold no text."

    def _parsed(self, file: FileBytes) -> Composed:
        pptx = imported("pptx", extra="rag-slides")
        refuse_bombs(file, most=self._max_bytes)
        deck: Any = pptx.Presentation(io.BytesIO(file.data))
        composer = Composer()
        for number, slide in enumerate(deck.slides, 1):
            composer.separate()
            _slide(composer, slide, number)
        about = deck.core_properties
        return composer.composed(total_slides=len(deck.slides), title=about.title, author=about.author)


def _slide(composer: Composer, slide: Any, number: int) -> None:
    start = composer.place
    shape = slide.shapes.title
    title = "" if shape is None else _plain(shape.text_frame.text)
    if title.strip():
        composer.marked("heading", title, number=1, title=" ".join(title.split()))
    for other in _shapes(slide.shapes):
        if shape is not None and other.shape_id == shape.shape_id:
            continue
        if getattr(other, "has_table", False):
            _apart(composer, start)
            lines = [" | ".join(in_words(cell.text) for cell in row.cells) for row in other.table.rows]
            composer.marked("table", "\n".join(lines))
        elif other.has_text_frame and (text := _plain(other.text_frame.text)).strip():
            _apart(composer, start)
            composer.add(text)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None and frame.text.strip():
        _apart(composer, start)
        composer.add(f"Notes: {_plain(frame.text)}")
    composer.mark("slide", start, number=number, title=" ".join(title.split()))


def _apart(composer: Composer, start: int) -> None:
    if composer.place > start:
        composer.add("\n\n")


def _shapes(shapes: Any) -> Iterator[Any]:
    waiting = list(shapes)
    while waiting:
        shape = waiting.pop(0)
        if hasattr(shape, "shapes"):  # a group
            waiting[:0] = list(shape.shapes)
        else:
            yield shape


def _plain(text: str) -> str:
    return text.replace("\x0b", "\n").strip("\n")  # what PowerPoint has for a break within a paragraph
