"""Chunks of one size. Kind: pure."""

from __future__ import annotations

from racto_nb.rag.assembling import Span
from racto_nb.rag.chunkers.borders import at_or_after, at_or_before, overlap_of, size_of
from racto_nb.rag.chunkers.chunker import SpanChunker


class FixedChunker(SpanChunker):
    """Cuts after every `chunk_size` characters, wherever that is; neighbours share `overlap` characters.

    A letter stays with its accents, and an emoji whole: there a chunk is a few characters shorter. Raises UsageError for an
    overlap that is not below the size.

    >>> FixedChunker(chunk_size=6, overlap=2).split("How far is it?")
    [(0, 6), (4, 10), (8, 14)]
    """

    def __init__(self, chunk_size: int = 256, overlap: int = 32) -> None:
        self.chunk_size = size_of("chunk_size", chunk_size)
        self.overlap = overlap_of("overlap", overlap, "chunk_size", chunk_size)

    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order."""
        size, overlap = self.chunk_size, self.overlap
        spans: list[Span] = []
        start = 0
        while len(text) - start > size:
            end = at_or_before(text, start + size, start + overlap + 1)
            spans.append((start, end))
            start = at_or_after(text, end - overlap, end)
        if start < len(text):
            spans.append((start, len(text)))
        return spans

    def __repr__(self) -> str:
        return f"FixedChunker(chunk_size={self.chunk_size}, overlap={self.overlap})"
