"""Chunks of Markdown: sections by their headings, code and tables whole. Kind: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from racto_nb.rag.assembling import Span, chunks_of
from racto_nb.rag.chunkers.borders import at_or_after, overlap_of, size_of
from racto_nb.rag.chunkers.chunker import SpanChunker
from racto_nb.rag.chunkers.markdown_blocks import Blocks, blocks_of
from racto_nb.rag.chunkers.recursive import RecursiveChunker
from racto_nb.rag.documents import Chunk, Document


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch that is not cut any more. `is_prose`: the next chunk may repeat its end."""

    start: int
    end: int
    is_prose: bool


class MarkdownChunker(SpanChunker):
    """Begins a chunk at each heading, and cuts sections that are longer than `chunk_size` characters.

    Paragraphs are put together up to the size. Code between fences, tables and the data at the head of a file stay whole where
    they fit; longer ones are cut between lines. A heading without a text of its own stays with what follows. Inside a section
    a chunk repeats up to `overlap` characters of the paragraph before, where there is room. The headings above a chunk are in its
    `metadata.heading`, whether the reader found them or not.

    Raises UsageError for an overlap that is not below the size.

    >>> text = "# Cats\\n\\nThey purr.\\n\\n## Food\\n\\nFish.\\n\\n# Dogs\\n\\nThey bark.\\n"
    >>> [chunk.metadata.heading for chunk in MarkdownChunker().chunk(Document(content=text, source="pets.md"))]
    ['Cats', 'Cats > Food', 'Dogs']
    """

    def __init__(self, chunk_size: int = 512, overlap: int = 50) -> None:
        self.chunk_size = size_of("chunk_size", chunk_size)
        self.overlap = overlap_of("overlap", overlap, "chunk_size", chunk_size)
        # What is cut leaves room for what it repeats.
        self._prose = RecursiveChunker(chunk_size - overlap, 0)
        self._lines = RecursiveChunker(chunk_size, 0, ["\n", " ", ""])

    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order."""
        return self._spans(text, blocks_of(text))

    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order, each with its page and headings. None for an empty document."""
        blocks = blocks_of(document.content)
        known = any(mark.kind == "heading" for mark in document.marks)
        marks = document.marks if known else [*document.marks, *blocks.headings]
        return chunks_of(document, self._spans(document.content, blocks), marks)

    def _spans(self, text: str, blocks: Blocks) -> list[Span]:
        spans: list[Span] = []
        for start, end in _sections(text, blocks):
            wholes = [whole for whole in blocks.wholes if start <= whole[0] < end]
            spans += self._of_section(text, list(self._pieces(text, start, end, wholes)))
        return spans

    def _of_section(self, text: str, pieces: list[_Piece]) -> list[Span]:
        spans: list[Span] = []
        first = 0
        for last in range(len(pieces)):
            if last + 1 < len(pieces) and pieces[last + 1].end - pieces[first].start <= self.chunk_size:
                continue
            start, end = pieces[first].start, pieces[last].end
            if spans and self.overlap and pieces[first - 1].is_prose:
                start = self._repeating(text, start, max(spans[-1][0] + 1, start - self.overlap, end - self.chunk_size))
            spans.append((start, end))
            first = last + 1
        return spans

    def _repeating(self, text: str, start: int, earliest: int) -> int:
        """Where a chunk begins that would begin at `start`: at the first word from `earliest` on."""
        word = text.find(" ", earliest, start) + 1
        return at_or_after(text, word, start) if word else start

    def _pieces(self, text: str, start: int, end: int, wholes: list[Span]) -> Iterator[_Piece]:
        place = start
        for begin, stop in wholes:
            yield from self._paragraphs(text, place, begin)
            yield from self._cut(text, begin, stop, is_prose=False)
            place = stop
        yield from self._paragraphs(text, place, end)

    def _paragraphs(self, text: str, start: int, end: int) -> Iterator[_Piece]:
        while start < end:
            blank = text.find("\n\n", start, end)
            stop = end if blank < 0 else blank + 2
            yield from self._cut(text, start, stop, is_prose=True)
            start = stop

    def _cut(self, text: str, start: int, end: int, *, is_prose: bool) -> Iterator[_Piece]:
        if end - start <= self.chunk_size:
            yield _Piece(start, end, is_prose)
            return
        cut = self._prose if is_prose else self._lines
        for first, last in cut.split(text[start:end]):
            yield _Piece(start + first, start + last, is_prose)

    def __repr__(self) -> str:
        return f"MarkdownChunker(chunk_size={self.chunk_size}, overlap={self.overlap})"


def _sections(text: str, blocks: Blocks) -> Iterator[Span]:
    """From each heading to the next one; a heading without a text of its own goes on into the next section."""
    start = 0
    written = 0  # where the last heading ends: what follows is its text
    for mark in blocks.headings:
        if text[max(written, start) : mark.start].strip():
            yield start, mark.start
            start = mark.start
        written = mark.end
    if start < len(text):
        yield start, len(text)
