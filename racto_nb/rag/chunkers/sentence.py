"""Chunks of whole sentences. Kind: pure."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.exceptions import UsageError
from racto_nb.rag.assembling import Span
from racto_nb.rag.chunkers.borders import overlap_of, size_of
from racto_nb.rag.chunkers.chunker import SpanChunker
from racto_nb.rag.chunkers.languages import language_of
from racto_nb.rag.chunkers.recursive import RecursiveChunker
from racto_nb.rag.chunkers.sentence_ends import sentence_spans

MAX_CHARACTERS = 2000
"""The limit of a chunk of sentences: a table without a full stop is one sentence."""


class SentenceChunker(SpanChunker):
    """Puts `max_sentences` sentences into a chunk (also written `sentences_per_chunk`); neighbours share `overlap_sentences`.

    No chunk is longer than `max_characters` (None: no limit): it then holds fewer sentences, and a sentence that is longer alone
    is cut as a RecursiveChunker cuts. `language` is the English name of the language; for English, German, French, Spanish,
    Italian, Portuguese and Dutch the usual abbreviations are known. Nothing is downloaded.

    Raises UsageError for an overlap that is not below the number of sentences, and for an unknown language.

    >>> text = "It rains. We stay. Dr. Who reads. The end."
    >>> [text[start:end] for start, end in SentenceChunker(max_sentences=2, overlap_sentences=1).split(text)]
    ['It rains. We stay. ', 'We stay. Dr. Who reads. ', 'Dr. Who reads. The end.']
    """

    def __init__(
        self,
        max_sentences: int = 5,
        overlap_sentences: int = 1,
        language: str = "english",
        *,
        sentences_per_chunk: int | None = None,
        max_characters: int | None = MAX_CHARACTERS,
    ) -> None:
        count = _one_of(max_sentences, sentences_per_chunk)
        self.max_sentences = size_of("max_sentences", count, unit="sentences")
        self.overlap_sentences = overlap_of("overlap_sentences", overlap_sentences, "max_sentences", count, unit="sentences")
        self._rules = language_of(language)
        self.language = language
        self.max_characters = None if max_characters is None else size_of("max_characters", max_characters)

    @property
    def sentences_per_chunk(self) -> int:
        """The same as `max_sentences`."""
        return self.max_sentences

    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order."""
        parts = within(text, sentence_spans(text, self._rules), self.max_characters)
        limit = len(text) if self.max_characters is None else self.max_characters
        spans: list[Span] = []
        first = 0
        done = 0  # all parts before this one are in a chunk
        while done < len(parts):
            last = done
            while last + 1 < min(first + self.max_sentences, len(parts)) and parts[last + 1][1] - parts[first][0] <= limit:
                last += 1
            spans.append((parts[first][0], parts[last][1]))
            done = last + 1
            first = max(done - self.overlap_sentences, first + 1)
            while done < len(parts) and first < done and parts[done][1] - parts[first][0] > limit:
                first += 1
        return spans

    def __repr__(self) -> str:
        return (
            f"SentenceChunker(max_sentences={self.max_sentences}, overlap_sentences={self.overlap_sentences}, "
            f"language={self.language!r}, max_characters={self.max_characters})"
        )


def within(text: str, spans: Sequence[Span], limit: int | None) -> list[Span]:
    """`spans` of `text`, those that are longer than `limit` cut where it harms least."""
    if limit is None or all(end - start <= limit for start, end in spans):
        return list(spans)
    cut = RecursiveChunker(limit, 0)
    parts: list[Span] = []
    for start, end in spans:
        if end - start <= limit:
            parts.append((start, end))
        else:
            parts += [(start + first, start + last) for first, last in cut.split(text[start:end])]
    return parts


def _one_of(max_sentences: int, sentences_per_chunk: int | None) -> int:
    if sentences_per_chunk is None:
        return max_sentences
    if max_sentences not in {5, sentences_per_chunk}:
        msg = (
            f"max_sentences={max_sentences!r} and sentences_per_chunk={sentences_per_chunk!r} are two spellings of one setting. "
            "Write one of them."
        )
        raise UsageError(msg)
    return sentences_per_chunk
