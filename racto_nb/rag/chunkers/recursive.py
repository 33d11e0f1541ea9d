"""Chunks that end where a text has its natural ends: paragraphs, else lines, else sentences, else words. Kind: pure."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.exceptions import WrongTypeError
from racto_nb.rag.assembling import Span
from racto_nb.rag.chunkers.borders import at_or_after, at_or_before, overlap_of, size_of
from racto_nb.rag.chunkers.chunker import SpanChunker

SEPARATORS = ("\n\n", "\n", ". ", " ", "")


class RecursiveChunker(SpanChunker):
    """Fills chunks up to `chunk_size` characters and cuts each after the best separator in its second half.

    `separators` are tried in their order, by default the ends of paragraphs, lines, sentences and words. Each is looked for from
    the limit backwards; where the second half has none of them, the first half is looked at, and where that has none either, the
    cut is at the limit. What comes after "" is not looked for. A separator stays at the end of its chunk, so nothing is lost.
    Neighbours share at most `overlap` characters, from the beginning of a word on where one begins there.

    Raises UsageError for an overlap that is not below the size, WrongTypeError for separators that are no list of texts.

    >>> text = "One thing.\\n\\nAnother thing, which is longer. The end."
    >>> [text[start:end] for start, end in RecursiveChunker(chunk_size=32, overlap=0).split(text)]
    ['One thing.\\n\\nAnother thing, ', 'which is longer. The end.']
    """

    def __init__(self, chunk_size: int = 512, overlap: int = 50, separators: list[str] | None = None) -> None:
        self.chunk_size = size_of("chunk_size", chunk_size)
        self.overlap = overlap_of("overlap", overlap, "chunk_size", chunk_size)
        self.separators = _checked(SEPARATORS if separators is None else separators)
        searched = self.separators[: self.separators.index("")] if "" in self.separators else self.separators
        self._widths = [(separator, len(separator)) for separator in searched]
        # A chunk is longer than the overlap, so that the next one begins after it.
        self._half = max(chunk_size // 2, overlap)

    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order."""
        size, overlap, half, widths = self.chunk_size, self.overlap, self._half, self._widths
        last, find = text.rfind, text.find
        spans: list[Span] = []
        start = 0
        while len(text) - start > size:
            low, limit = start + half, start + size
            for separator, width in widths:
                place = last(separator, low, limit)
                if place >= 0:
                    end = place + width
                    break
            else:
                end = self._early(text, start + overlap, low, limit)
            if (after := text[end]) == "\n" or after >= "\u0300":
                end = at_or_before(text, end, start + overlap + 1)
            spans.append((start, end))
            shared = end - overlap
            word = find(" ", shared, end) + 1
            start = at_or_after(text, word or shared, end) if overlap else end
        if start < len(text):
            spans.append((start, len(text)))
        return spans

    def _early(self, text: str, low: int, high: int, limit: int) -> int:
        """The end of a chunk whose second half is one long word."""
        for separator, width in self._widths:
            place = text.rfind(separator, low, min(high + width - 1, limit))
            if place >= 0:
                return place + width
        return limit

    def __repr__(self) -> str:
        return f"RecursiveChunker(chunk_size={self.chunk_size}, overlap={self.overlap}, separators={self.separators!r})"


def _checked(separators: Sequence[str]) -> list[str]:
    if isinstance(separators, str) or not all(isinstance(separator, str) for separator in separators):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"separators is a list of texts, the best first, such as ['\\n\\n', '. ', ' '], not {separators!r:.80}."
        raise WrongTypeError(msg)
    return list(separators)
