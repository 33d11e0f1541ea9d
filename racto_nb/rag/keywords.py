"""The chunks of a store by their words: BM25, by bm25s. Kind: threaded."""

from __future__ import annotations

import logging
import sys
import threading
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import NotFoundError
from racto_nb.flow.threads import in_thread
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filters
from racto_nb.rag.identity import is_hashed_id
from racto_nb.rag.stores.checking import checked_top_k
from racto_nb.rag.stores.vector_store import BaseVectorStore
from racto_nb.rag.words import words_of

_AT_ONCE = 1_000
"""So many chunks are fetched at a time: they bring their vectors along, which are not kept."""


@dataclass(frozen=True, slots=True)
class KeywordHit:
    """A chunk that has words of the question: the sum of its BM25 `score`, and the `points` of each word that it has."""

    chunk_id: str
    score: float
    points: dict[str, float]


class KeywordIndex:
    """Finds chunks of `store` by their words (BM25 as Lucene counts it, k1 = 1.5, b = 0.75). What is indexed is `Chunk.content`.

    It is kept in memory, made when it is first asked, and made again when the store's chunks have changed; the texts of chunks
    that it knows are not fetched again. Needs the extra "rag-bm25", and a store that lists its chunks. May be used from several
    threads.

    >>> from racto_nb.rag import Chunk, ChunkMetadata
    >>> from racto_nb.rag.stores import InMemoryVectorStore
    >>> place = ChunkMetadata(source="a.txt", chunk_index=0, total_chunks=1, start_char=0, end_char=9, doc_id="a")
    >>> store = InMemoryVectorStore()
    >>> store.add([Chunk(chunk_id="cats", doc_id="a", content="Cats purr", embedding=[1, 0], metadata=place)])
    >>> [hit.chunk_id for hit in KeywordIndex(store).search("Do cats bark?")]
    ['cats']
    """

    def __init__(self, store: BaseVectorStore) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._texts = _Texts()
        self._seen: tuple[object | None, frozenset[str]] = (None, frozenset())
        self._table = _Table([], None)

    def search(
        self, query: str, top_k: int = 5, filters: Filters = None, *, stop_words: Collection[str] = ()
    ) -> list[KeywordHit]:
        """The `top_k` chunks that fit `filters` and have words of `query`, best first. Fewer only when no more have one.

        Words in `stop_words` do not count, unless the query has no others.
        """
        top_k = checked_top_k(top_k)
        asked = words_of(query)
        counted = [word for word in asked if word not in stop_words] or asked
        table = self._current()
        allowed = None if filters is None else self._store.chunk_ids(filters)
        return table.best(counted, top_k, allowed)

    async def asearch(
        self, query: str, top_k: int = 5, filters: Filters = None, *, stop_words: Collection[str] = ()
    ) -> list[KeywordHit]:
        """The `top_k` chunks that fit `filters` and have words of `query`, best first. The work is done in a thread."""
        return await in_thread(self.search, query, top_k, filters, stop_words=stop_words)

    def _current(self) -> _Table:
        with self._turn:
            revision = self._store.revision()  # before the ids: what changes in between is then seen the next time
            if revision is not None and revision == self._seen[0]:
                return self._table
            ids = frozenset(self._store.chunk_ids())
            if revision is not None or ids != self._seen[1]:
                self._texts.follow(ids, self._store)
                self._table = self._texts.table()
            self._seen = (revision, ids)
            return self._table


class _Texts:
    """The words of each chunk as numbers. A chunk whose id follows from what it holds is fetched once only."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: dict[str, array[int]] = {}
        self._lasting: set[str] = set()

    def follow(self, ids: frozenset[str], store: BaseVectorStore) -> None:
        for gone in self._words.keys() - ids:
            del self._words[gone]
        self._lasting &= ids
        wanted = sorted(ids - self._lasting)
        for start in range(0, len(wanted), _AT_ONCE):
            self._take(store.get(wanted[start : start + _AT_ONCE]))

    def table(self) -> _Table:
        ids = sorted(self._words)  # so that equal scores stand in the same order in every process
        numbered = [self._words[name] for name in ids]
        if not any(numbered):
            return _Table(ids, None)
        index = _bm25s().BM25(method="lucene")
        index.index((numbered, dict(self._numbers)), show_progress=False)
        return _Table(ids, index)

    def _take(self, chunks: Iterable[Chunk]) -> None:
        for chunk in chunks:
            numbers = (self._numbers.setdefault(word, len(self._numbers)) for word in words_of(chunk.content))
            self._words[chunk.chunk_id] = array("i", numbers)
            if is_hashed_id(chunk.chunk_id):
                self._lasting.add(chunk.chunk_id)


class _Table:
    """The scores of all words in all chunks, at one moment."""

    def __init__(self, ids: Sequence[str], index: Any) -> None:
        self._ids, self._index = ids, index
        self._rows = {name: row for row, name in enumerate(ids)}

    def best(self, words: list[str], top_k: int, allowed: Collection[str] | None) -> list[KeywordHit]:
        import numpy as np

        known = {word: times for word, times in Counter(words).items() if self._index and word in self._index.vocab_dict}
        if not known:
            return []
        points = {word: times * self._index.get_scores([word]) for word, times in known.items()}
        scores = np.sum(list(points.values()), axis=0)
        rows = np.flatnonzero(scores)
        if allowed is not None:
            fitting = (self._rows[name] for name in allowed if name in self._rows)
            rows = np.intersect1d(rows, np.fromiter(fitting, dtype=np.int64))
        if len(rows) > top_k:  # more may have the score of the last one
            rows = rows[scores[rows] >= np.partition(scores[rows], -top_k)[-top_k]]
        rows = rows[np.argsort(-scores[rows], kind="stable")][:top_k]
        return [self._hit(row, float(scores[row]), points) for row in rows.tolist()]

    def _hit(self, row: int, score: float, points: dict[str, Any]) -> KeywordHit:
        found = {word: float(shares[row]) for word, shares in points.items() if shares[row]}
        return KeywordHit(self._ids[row], score, dict(sorted(found.items(), key=lambda pair: -pair[1])))


def stop_words(language: str) -> frozenset[str]:
    """The words of `language` ("english", "german", …) that say little: "the", "of". NotFoundError for one that is not known.

    >>> "the" in stop_words("english")
    True
    """
    lists = vars(imported("bm25s.stopwords", extra="rag-bm25"))
    known = {name.removeprefix("STOPWORDS_").lower(): name for name in lists if name.startswith("STOPWORDS_")}
    known["english"] = known.pop("en_plus")
    known.pop("en", None)
    if language.lower() not in known:
        raise NotFoundError.among("list of stop words for", language, known)
    return frozenset(word for listed in lists[known[language.lower()]] for word in words_of(listed))


def _bm25s() -> Any:
    """The library. It asks for all its notes of its own work to be logged, in every program's log: only its warnings are."""
    first = "bm25s" not in sys.modules
    library = imported("bm25s", extra="rag-bm25")
    if first:
        logging.getLogger("bm25s").setLevel(logging.WARNING)
    return library
