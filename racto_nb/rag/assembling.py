"""Chunks from a document and the places where it is cut: their names, pages and headings. Pure.

A document of 100 MB has 200,000 chunks, and Pydantic takes 9 µs for each to check what is known to be right. So they are put
together here from checked parts, as Pydantic would leave them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from racto_nb.rag.documents import Chunk, ChunkMetadata, Document, Mark
from racto_nb.rag.identity import hashed_id

Span = tuple[int, int]
"""A stretch of a text, `text[start:end]`."""

_METADATA_FIELDS = frozenset(ChunkMetadata.model_fields)
_CHUNK_FIELDS = frozenset({"chunk_id", "doc_id", "content", "metadata"})
_new, _set = object.__new__, object.__setattr__


def chunks_of(document: Document, spans: Sequence[Span], marks: Iterable[Mark] | None = None) -> list[Chunk]:
    """One chunk for each of `spans`, with the page on which it begins and the headings above that place.

    `marks` are used in place of the document's, where they are given.
    """
    text, source, doc_id, total = document.content, document.source, document.doc_id, len(spans)
    places = Places.of(document.marks if marks is None else marks)
    chunks: list[Chunk] = []
    for index, (start, end) in enumerate(spans):
        content = text[start:end]
        page, heading = places.at(_first_letter(content, start)) if places else (None, None)
        metadata = _put_together(
            ChunkMetadata,
            {
                "source": source,
                "page": page,
                "chunk_index": index,
                "total_chunks": total,
                "start_char": start,
                "end_char": end,
                "doc_id": doc_id,
                "heading": heading,
                "extra": document.metadata.copy(),
            },
            _METADATA_FIELDS,
        )
        values = {
            "chunk_id": hashed_id(doc_id, start, end, content),
            "doc_id": doc_id,
            "content": content,
            "embedding": None,
            "metadata": metadata,
            "processed": None,
        }
        chunks.append(_put_together(Chunk, values, _CHUNK_FIELDS))
    return chunks


def _put_together(model: type[Any], values: dict[str, Any], given: frozenset[str]) -> Any:
    """An instance of a Pydantic model with `values` for all its fields, of which `given` were given."""
    made = _new(model)
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", set(given))
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made


def _first_letter(content: str, start: int) -> int:
    """Where the first word of a chunk stands: a blank line before a heading does not belong to what is above it."""
    if not content[:1].isspace():
        return start
    return start + len(content) - len(content.lstrip()) if not content.isspace() else start


@dataclass(frozen=True, slots=True)
class Places:
    """The pages and headings of a document, in their order, to be looked up by a place in its text."""

    page_starts: list[int]
    pages: list[int | None]
    heading_starts: list[int]
    headings: list[str]

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> Places:
        """Pages are those of "page" and "slide" marks; headings those of "heading" marks, below the name of their "sheet"."""
        ordered = sorted(marks, key=lambda mark: mark.start)
        pages = [mark for mark in ordered if mark.kind in {"page", "slide"}]
        titles = [mark for mark in ordered if mark.kind in {"heading", "sheet"} and mark.title]
        return cls(
            [mark.start for mark in pages],
            [mark.number for mark in pages],
            [mark.start for mark in titles],
            _paths(titles),
        )

    def __bool__(self) -> bool:
        return bool(self.page_starts or self.heading_starts)

    def at(self, place: int) -> tuple[int | None, str | None]:
        """The page of `place` and the headings above it ("Terms > Refunds"), None where there is none."""
        page = bisect_right(self.page_starts, place)
        heading = bisect_right(self.heading_starts, place)
        return self.pages[page - 1] if page else None, self.headings[heading - 1] if heading else None


def _paths(titles: Iterable[Mark]) -> list[str]:
    """For each heading its title below those of the headings that it stands under."""
    paths: list[str] = []
    above: list[tuple[int, str]] = []
    for mark in titles:
        level = 0 if mark.kind == "sheet" else mark.number or 1
        while above and above[-1][0] >= level:
            above.pop()
        above.append((level, mark.title))
        paths.append(" > ".join(title for _, title in above))
    return paths
