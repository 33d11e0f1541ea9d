"""Chunks that end where the meaning changes. Kind: flow, since sentences are embedded on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.rag.assembling import Span, chunks_of
from racto_nb.rag.chunkers.borders import size_of
from racto_nb.rag.chunkers.chunker import QUICK, BaseChunker, unblocked
from racto_nb.rag.chunkers.languages import language_of
from racto_nb.rag.chunkers.sentence import MAX_CHARACTERS, within
from racto_nb.rag.chunkers.sentence_ends import sentence_spans
from racto_nb.rag.documents import Chunk, Document

BATCH = 256
"""So many sentences are handed to the embedder at once: a document of any length takes little memory."""

P = ParamSpec("P")
T = TypeVar("T")


class TextEmbedder(Protocol):
    """What embeds the sentences: any embedder of `racto_nb.rag.embedders`, or an object with these two methods."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`."""
        ...

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each of `texts`."""
        ...


class SemanticChunker(BaseChunker):
    """Ends a chunk between two sentences whose vectors are less alike than `threshold` (their cosine, -1 to 1).

    A chunk has at least `min_chunk_size` sentences where there are as many, and at most `max_characters` characters (None: no
    limit); a sentence that is longer alone is cut as a RecursiveChunker cuts. Every sentence is embedded, `BATCH` at a time, so
    cutting costs about as much as embedding the chunks afterwards. How alike sentences of one subject are differs much between
    models: 0.8 is much for all-minilm-l6-v2, for which 0.3 is a good begin.

    Raises UsageError for a threshold outside of -1 to 1 and an unknown language, WrongTypeError for an embedder that is none.

    >>> class ByFirstLetter:
    ...     def embed(self, texts):
    ...         return [[1.0, 0.0] if text[0] == "A" else [0.0, 1.0] for text in texts]
    ...
    ...     async def aembed(self, texts):
    ...         return self.embed(texts)
    >>> text = "All is well. And it goes on. But it ends. Bye."
    >>> [text[start:end] for start, end in SemanticChunker(ByFirstLetter()).split(text)]
    ['All is well. And it goes on. ', 'But it ends. Bye.']
    """

    def __init__(
        self,
        embedder: TextEmbedder,
        threshold: float = 0.8,
        min_chunk_size: int = 2,
        language: str = "english",
        *,
        max_characters: int | None = MAX_CHARACTERS,
    ) -> None:
        if not all(callable(getattr(embedder, name, None)) for name in ("embed", "aembed")):
            msg = f"embedder has embed(texts) and aembed(texts), as those of racto_nb.rag.embedders do, not {embedder!r:.80}."
            raise WrongTypeError(msg)
        self.embedder = embedder
        self.threshold = _checked_threshold(threshold)
        self.min_chunk_size = size_of("min_chunk_size", min_chunk_size, unit="sentences")
        self._rules = language_of(language)
        self.language = language
        self.max_characters = None if max_characters is None else size_of("max_characters", max_characters)

    def split(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order. Raises what the embedder raises."""
        return SyncDriver().run(self._spans(text))

    async def asplit(self, text: str) -> list[Span]:
        """The places of the chunks of `text`, in order. Raises what the embedder raises."""
        return await AsyncDriver().run(self._spans(text))

    def chunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order, each with its page and headings. None for an empty document."""
        return SyncDriver().run(self._chunks(document))

    async def achunk(self, document: Document) -> list[Chunk]:
        """The chunks of `document`, in order, each with its page and headings. None for an empty document."""
        return await AsyncDriver().run(self._chunks(document))

    def _chunks(self, document: Document) -> Flow[list[Chunk]]:
        spans = yield from self._spans(document.content)
        return (yield from _worked(len(document.content), chunks_of, document, spans))

    def _spans(self, text: str) -> Flow[list[Span]]:
        parts = yield from _worked(len(text), self._parts, text)
        if len(parts) <= 1:
            return parts
        alike = yield from self._alike([text[start:end].strip() or " " for start, end in parts])
        limit = len(text) if self.max_characters is None else self.max_characters
        return grouped(parts, [likeness >= self.threshold for likeness in alike], self.min_chunk_size, limit)

    def _parts(self, text: str) -> list[Span]:
        return within(text, sentence_spans(text, self._rules), self.max_characters)

    def _alike(self, sentences: list[str]) -> Flow[list[float]]:
        """How alike each sentence and the next one are."""
        alike: list[float] = []
        before: list[list[float]] = []
        for first in range(0, len(sentences), BATCH):
            batch = sentences[first : first + BATCH]
            vectors = yield from either(self.embedder.embed, self.embedder.aembed, batch)
            if len(vectors) != len(batch):
                msg = f"The embedder {self.embedder!r:.80} gave {len(vectors)} vectors for {len(batch)} texts."
                raise WrongTypeError(msg)
            alike += _cosines([*before, *vectors])
            before = [vectors[-1]]
        return alike

    def __repr__(self) -> str:
        return (
            f"SemanticChunker({self.embedder!r}, threshold={self.threshold}, min_chunk_size={self.min_chunk_size}, "
            f"language={self.language!r}, max_characters={self.max_characters})"
        )


def grouped(parts: Sequence[Span], stays: Sequence[bool], least: int, limit: int) -> list[Span]:
    """Neighbouring `parts` put together: at most `limit` characters, at least `least` parts, and those that belong together.

    `stays[i]`: part i and the next one belong together. Fewer than `least` parts at the end join the chunk before, if they fit.
    """
    groups: list[list[int]] = []
    first = 0
    for last in range(len(parts)):
        is_end = last + 1 == len(parts)
        if is_end or parts[last + 1][1] - parts[first][0] > limit or (not stays[last] and last + 1 - first >= least):
            groups.append([first, last])
            first = last + 1
    if len(groups) > 1 and groups[-1][1] - groups[-1][0] + 1 < least and parts[-1][1] - parts[groups[-2][0]][0] <= limit:
        groups[-2:] = [[groups[-2][0], groups[-1][1]]]
    return [(parts[first][0], parts[last][1]) for first, last in groups]


def _cosines(vectors: Sequence[Sequence[float]]) -> list[float]:
    """The cosine of each vector with the next one; 0 where one has no direction."""
    import numpy as np

    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows /= np.where(lengths > 0, lengths, 1.0)[:, None]
    return np.einsum("ij,ij->i", rows[:-1], rows[1:]).tolist()


def _worked(size: int, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
    """What `work` returns; on an event loop a long text is worked on in a thread."""
    if size <= QUICK:
        return work(*args, **kwargs)
    return (yield from either(work, partial(unblocked, size, work), *args, **kwargs))


def _checked_threshold(threshold: float) -> float:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"threshold is the cosine below which a chunk ends, such as 0.8, not {threshold!r}."
        raise WrongTypeError(msg)
    if not -1 <= threshold <= 1:
        msg = f"threshold is the cosine below which a chunk ends, from -1 to 1, not {threshold!r}."
        raise UsageError(msg)
    return float(threshold)
