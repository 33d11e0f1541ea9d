"""Documents and chunks as the passages that questions are asked about, each with the place that it has. Pure.

What is read of them are their fields, so that the documents and chunks of `racto_nb.rag`, objects of yours and plain texts all
are documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast, runtime_checkable

from racto_nb.exceptions import UsageError, WrongTypeError


@runtime_checkable
class Written(Protocol):
    """A document or a chunk: a text with where it came from, in `source`, or in its `metadata` with `page` and `start_char`."""

    @property
    def content(self) -> str: ...


Documents: TypeAlias = Written | str | Iterable[Written | str]
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。])\s"), re.compile(r"\s"))


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that questions are asked about, `source` where it is from, its `page` (0: not known), and its place there."""

    text: str
    source: str
    page: int
    start: int

    @property
    def reference(self) -> str:
        """Where it stands, in words.

        >>> Passage("Hello", "notes.pdf", 2, 40).reference
        'notes.pdf, page 2, characters 40-45'
        """
        page = f", page {self.page}" if self.page else ""
        return f"{self.source}{page}, characters {self.start}-{self.start + len(self.text)}"


def passages_of(documents: Documents, *, longest: int) -> list[Passage]:
    """The passages of `documents`; texts of more than `longest` characters are cut at paragraphs, lines, sentences, or words.

    Raises WrongTypeError for what is no document, UsageError where there are none.
    """
    listed = [documents] if isinstance(documents, str | Written) else documents
    if not isinstance(listed, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _wrong(listed)
    found = [passage for number, one in enumerate(listed) for passage in _passages(one, number, longest)]
    if not found:
        msg = "There is no text in these documents, so nothing can be asked about them."
        raise UsageError(msg)
    return found


def _passages(document: object, number: int, longest: int) -> Iterator[Passage]:
    text = document if isinstance(document, str) else getattr(document, "content", None)
    if not isinstance(text, str):
        raise _wrong(document)
    metadata = cast("object", getattr(document, "metadata", None))
    source = _field(document, "source") or _field(metadata, "source") or f"text {number}"
    page, start = _field(metadata, "page"), _field(metadata, "start_char")
    first = start if isinstance(start, int) else 0
    for begin, piece in _pieces(text, longest):
        known = page if isinstance(page, int) else _page(document, begin)
        yield Passage(piece, str(source), known, first + begin)


def _pieces(text: str, longest: int) -> Iterator[tuple[int, str]]:
    """Pieces of at most `longest` characters without white space around, with their places."""
    start = 0
    while start < len(text):
        end = _end(text, start, longest)
        piece = text[start:end]
        if stripped := piece.strip():
            yield start + len(piece) - len(piece.lstrip()), stripped
        start = end


def _end(text: str, start: int, longest: int) -> int:
    """Where the piece that begins at `start` ends: at the last break of the best kind in its second half."""
    if len(text) - start <= longest:
        return len(text)
    for breaks in _BREAKS:
        last = max((found.end() for found in breaks.finditer(text, start + longest // 2, start + longest)), default=0)
        if last:
            return last
    return start + longest


def _page(document: object, place: int) -> int:
    """The number of the page on which a place of a document is, 0 where nobody knows."""
    for mark in cast("Iterable[object]", getattr(document, "marks", ())):
        start, end, number = _field(mark, "start"), _field(mark, "end"), _field(mark, "number")
        if _field(mark, "kind") == "page" and isinstance(start, int) and isinstance(end, int) and start <= place < end:
            return number if isinstance(number, int) else 0
    return 0


def _field(value: object, name: str) -> object:
    return cast("Mapping[str, object]", value).get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _wrong(document: object) -> WrongTypeError:
    return WrongTypeError(f"A document is a text, or has its text in `content`; {document!r:.80} is none.")
