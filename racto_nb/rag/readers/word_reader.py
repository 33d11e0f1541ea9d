"""Word documents by python-docx."""

from __future__ import annotations

import io
import re
from typing import Any

from racto_nb._extras import imported
from racto_nb.rag.readers.archives import refuse_bombs
from racto_nb.rag.readers.composing import Composed, Composer
from racto_nb.rag.readers.file_reader import FileReader
from racto_nb.rag.readers.opening import FileBytes
from racto_nb.rag.readers.tables import in_words

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_TITLE = "title"


class WordReader(FileReader):
    """Reads the paragraphs and tables of a Word document in their order, with an empty line between them.

    Paragraphs in the styles Title and Heading 1 to 9 are marks of headings (a title has level 1). The rows of a table stand
    on one line each, in a mark for the table; merged cells are said once. Headers, footers, comments and pictures are left
    out. The metadata say `title` and `author`. A locked document is an EncryptedFileError; one of more than `max_bytes`
    bytes, or that unpacks into more, a TooLargeFileError. The older .doc must be saved as .docx.
    """

    endings = frozenset({".docm", ".docx"})

    def _parsed(self, file: FileBytes) -> Composed:
        docx = imported("docx", extra="rag-word")
        refuse_bombs(file, most=self._max_bytes)
        document: Any = docx.Document(io.BytesIO(file.data))
        composer = Composer()
        levels: dict[str | None, int | None] = {}
        for block in document.iter_inner_content():
            if hasattr(block, "rows"):
                _table(composer, block)
            elif (text := block.text.strip("\n")).strip():
                composer.separate()
                composer.add(text)
                _heading(composer, block, text, levels)
        about = document.core_properties
        return composer.composed(title=about.title, author=about.author)


def _heading(composer: Composer, paragraph: Any, text: str, levels: dict[str | None, int | None]) -> None:
    style = paragraph._p.style  # noqa: SLF001  (the public way looks through all styles of the document, for each paragraph)
    if style not in levels:
        name = (paragraph.style.name or "").strip().lower()
        found = _HEADING.fullmatch(name)
        levels[style] = 1 if name == _TITLE else int(found[1]) if found else None
    level = levels[style]
    if level is not None:
        composer.mark("heading", composer.place - len(text), number=level, title=" ".join(text.split()))


def _table(composer: Composer, table: Any) -> None:
    lines: list[str] = []
    for row in table.rows:
        cells: list[str] = []
        before = None
        for cell in row.cells:
            if cell._tc is not before:  # noqa: SLF001  (a merged cell is there once for each column)
                cells.append(in_words(_cell(cell)))
            before = cell._tc  # noqa: SLF001  (python-docx has no other way)
        if any(cells):
            lines.append(" | ".join(cells).rstrip())
    if lines:
        composer.separate()
        composer.marked("table", "\n".join(lines))


def _cell(cell: Any) -> str:
    parts: list[str] = []
    waiting = list(cell.iter_inner_content())
    while waiting:
        block = waiting.pop(0)
        if hasattr(block, "rows"):  # a table in a cell
            waiting[:0] = [inner for row in block.rows for each in row.cells for inner in each.iter_inner_content()]
        else:
            parts.append(block.text)
    return " ".join(parts)
