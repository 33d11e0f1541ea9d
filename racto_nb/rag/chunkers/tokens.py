"""Chunks by the tokens that a model reads. Kind: pure."""

from __future__ import annotations

from racto_nb.rag.assembling import Span
from racto_nb.rag.chunkers.borders import at_or_after, at_or_before, overlap_of, size_of
from racto_nb.rag.chunkers.chunker import SpanChunker
from racto_nb.rag.chunkers.tokenizers import Measure, Tokenizer, measure_of


class TokenChunker(SpanChunker):
    """Fills chunks up to `chunk_size` tokens and cuts after a word; neighbours share up to `overlap` tokens.

    `tokenizer` is a tiktoken encoding, a tokenizer of the library `tokenizers`, an object with `encode(text)`, or a function that
    gives the number of tokens of a text or their list. None: an estimate without a network and a vocabulary, four bytes of UTF-8
    to a token. That is right for English within a quarter, and too high for other languages; take a tokenizer where a limit is
    the model's own. A chunk is counted by itself, so that it fits the model: its tokens may be others than inside the text.
    One character that makes more tokens than `chunk_size` is a chunk all the same.

    Raises UsageError for an overlap that is not below the size, WrongTypeError for a tokenizer that is none of these.

    >>> text = "Tokens are parts of words, and models read them."
    >>> [text[start:end] for start, end in TokenChunker(chunk_size=5, overlap=1).split(text)]
    ['Tokens are parts of ', 'of words, and ', 'and models read ', 'them.']
    """

    def __init__(self, chunk_size: int = 256, overlap: int = 32, tokenizer: Tokenizer | None = None) -> None:
        self.chunk_size = size_of("chunk_size", chunk_size, unit="tokens")
        self.overlap = overlap_of("overlap", overlap, "chunk_size", chunk_size, unit="tokens")
        self.tokenizer = tokenizer
        self._measure = measure_of(tokenizer)

    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order. Raises what the tokenizer raises."""
        measure = self._measure.of_text(text)
        spans: list[Span] = []
        start = done = 0
        while done < len(text):
            end = self._end(text, measure, start, done)
            spans.append((start, end))
            start, done = self._next_start(text, measure, start, end), end
        return spans

    def _end(self, text: str, measure: Measure, start: int, done: int) -> int:
        """Where the chunk from `start` on ends: after a word, at least one character after `done`."""
        limit = max(measure.end(start, self.chunk_size), done + 1)
        if limit >= len(text):
            return len(text)
        least = max(done, start + (limit - start) // 2)
        word = max(text.rfind(" ", least, limit), text.rfind("\n", least, limit)) + 1
        for place in (at_or_before(text, word or limit, done + 1), at_or_before(text, limit, done + 1)):
            if measure.count(start, place) <= self.chunk_size:  # less text can be more tokens
                return place
        return limit

    def _next_start(self, text: str, measure: Measure, start: int, end: int) -> int:
        """Where the next chunk begins: at a word in the last `overlap` tokens before `end`, if more than those fit."""
        if not self.overlap or end >= len(text):
            return end
        shared = max(measure.start(end, self.overlap), start + 1)
        word = text.find(" ", shared - 1, end) + 1
        shared = at_or_after(text, word or shared, end)
        return shared if measure.end(shared, self.chunk_size) > end else end

    def __repr__(self) -> str:
        return f"TokenChunker(chunk_size={self.chunk_size}, overlap={self.overlap}, tokenizer={self.tokenizer!r})"
