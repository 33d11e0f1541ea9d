"""Why a passage is not among the hits. Kind: flow."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, cast

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.models.sources import Retriever
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import And, Contains, Eq, Filter, Filters, Or, as_filter
from racto_nb.rag.gold import unspaced
from racto_nb.rag.matching import matches
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.stores.checking import checked_top_k
from racto_nb.rag.stores.vector_store import BaseVectorStore
from racto_nb.rag.wording import said

DEPTH = 1_000
"""So far down the ranking is looked."""
BATCH = 500

Reason = Literal["found", "further down", "filtered", "split", "not stored", "not searched"]


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a passage is not among the first `k` hits. `str()` says it in sentences.

    `reason`: "found" (it is among them), "further down" (at `rank`, `gap` below the last hit), "filtered" (`conditions` are not
    met), "split" (no chunk holds the whole passage: `chunks` do together), "not stored", or "not searched" (its chunk is stored
    and fits, but the first `DEPTH` hits are others). `chunks` hold the passage, or its parts in order. `rank` and `score` are
    those of the best of them, `last_score` is that of the last of the `k` hits; None where there is none.
    """

    query: str
    passage: str
    k: int
    reason: Reason
    chunks: list[Chunk] = field(default_factory=list[Chunk], repr=False)
    rank: int | None = None
    score: float | None = None
    last_score: float | None = None
    conditions: list[Filter] = field(default_factory=list[Filter])

    @property
    def gap(self) -> float | None:
        """How much the score of the passage's chunk lies below that of the last hit."""
        return None if self.score is None or self.last_score is None else self.last_score - self.score

    def __str__(self) -> str:
        return " ".join(_sentences(self))


def _sentences(absence: Absence) -> Iterator[str]:
    count, where = len(absence.chunks), ", ".join(map(_place, absence.chunks[:3]))
    match absence.reason:
        case "found":
            yield f"The passage is hit {absence.rank} of {absence.k}: {where}."
        case "further down":
            yield f"The passage stands in {where}, which is hit {absence.rank}, with a score of {absence.score:.3f}."
            yield f"The last of the first {absence.k} has {absence.last_score:.3f}: {absence.gap:.3f} more."
        case "filtered":
            yield f"The passage stands in {where}, which does not fit {' and '.join(map(said, absence.conditions))}."
        case "split":
            yield f"No chunk holds the whole passage: {count} hold parts of it, {where}."
            yield _about_parts(absence)
            yield "Larger chunks, more overlap, or a chunker that ends at sentences would keep it together."
        case "not searched":
            yield f"The passage stands in {where}, but is not among the first {DEPTH:,} hits."
        case "not stored":
            yield "The passage is not in the store: its document was not ingested, or its text was read differently."


def _about_parts(absence: Absence) -> str:
    if absence.conditions:
        return f"They do not fit {' and '.join(map(said, absence.conditions))}."
    if absence.rank is None:
        return f"None of them is among the first {DEPTH:,} hits."
    return f"The best of them is hit {absence.rank}, with a score of {absence.score:.3f}."


def _place(chunk: Chunk) -> str:
    place = chunk.metadata
    return f"chunk {place.chunk_index} of {place.source!r} ({place.start_char}-{place.end_char})"


def looking_for(
    retriever: Retriever, query: str, passage: str, *, k: int, filters: Filters, store: BaseVectorStore
) -> Flow[Absence]:
    """Why `passage` is not among the first `k` hits for `query`."""
    k, condition = checked_top_k(k), as_filter(filters)
    if not passage.strip():
        msg = "The passage is blank. Give a text as it stands in a document."
        raise UsageError(msg)
    holding = yield from _holding(store, passage)
    chunks = holding or (yield from _parting(store, passage))
    if not chunks:
        return Absence(query, passage, k, "not stored")
    fitting = [chunk for chunk in chunks if matches(condition, chunk)]
    if not fitting:
        failing = _failing(condition, chunks)
        return Absence(query, passage, k, "filtered" if holding else "split", chunks, conditions=failing)
    ranking = yield from _ranking(retriever, query, k, filters, store)
    return _judged(Absence(query, passage, k, "found" if holding else "split", fitting if holding else chunks), ranking)


def _judged(known: Absence, ranking: Sequence[RetrievalResult]) -> Absence:
    """What `known` is, given how its chunks rank."""
    order = {hit.chunk.chunk_id: (rank, hit.score) for rank, hit in enumerate(ranking, 1)}
    ranked = sorted((order[chunk.chunk_id], number) for number, chunk in enumerate(known.chunks) if chunk.chunk_id in order)
    (rank, score), best = ranked[0] if ranked else ((None, None), 0)
    last = ranking[min(known.k, len(ranking)) - 1].score if ranking else None
    reason: Reason = known.reason
    if reason == "found":
        reason = "not searched" if rank is None else "found" if rank <= known.k else "further down"
    chunks = known.chunks if reason == "split" else [known.chunks[best], *known.chunks[:best], *known.chunks[best + 1 :]]
    return Absence(known.query, known.passage, known.k, reason, chunks, rank, score, last)


def _ranking(retriever: Retriever, query: str, k: int, filters: Filters, store: BaseVectorStore) -> Flow[list[RetrievalResult]]:
    """The hits, as deep as it makes sense: those that the user sees, then those below, which may be ordered otherwise."""
    first = yield from asked(retriever, query, k, filters)
    count = yield from either(store.count, store.acount)
    if count <= k:
        return first
    below = yield from asked(retriever, query, min(count, DEPTH), filters)
    known = {hit.chunk.chunk_id for hit in first}
    return [*first, *(hit for hit in below if hit.chunk.chunk_id not in known)]


def asked(retriever: Retriever, query: str, k: int, filters: Filters) -> Flow[list[RetrievalResult]]:
    """The first `k` hits. WrongTypeError where they do not say where they stand."""
    hits = yield from either(retriever.retrieve, retriever.aretrieve, query, k, cast("Any", filters))
    for hit in hits:
        chunk: object = hit.chunk
        if not isinstance(chunk, Chunk):
            msg = f"A hit to be judged has a racto_nb.rag.Chunk, which says where it stands, not {type(chunk).__name__}."
            raise WrongTypeError(msg)
    return cast("list[RetrievalResult]", list(hits))[:k]


def _holding(store: BaseVectorStore, passage: str) -> Flow[list[Chunk]]:
    """The chunks that hold the whole passage; white space may differ."""
    wanted = unspaced(passage)
    # The longest word is in such a chunk whatever the spaces around it are.
    word = max(wanted.split(), key=len)
    found = yield from _chunks(store, Contains("content", word))
    return [chunk for chunk in found if wanted in unspaced(chunk.content)]


def _parting(store: BaseVectorStore, passage: str) -> Flow[list[Chunk]]:
    """The chunks of one document that hold the passage only together, in order."""
    wanted = unspaced(passage)
    near = yield from _chunks(store, Or(tuple(Contains("content", clue) for clue in _clues(wanted))))
    for doc_id in dict.fromkeys(chunk.doc_id for chunk in near):
        chunks = yield from _chunks(store, Eq("doc_id", doc_id))
        for run in _runs(sorted(chunks, key=lambda chunk: chunk.metadata.start_char)):
            parts = _parts(run, wanted)
            if parts:
                return parts
    return []


def _clues(wanted: str) -> list[str]:
    """Two pieces of the passage of which a border parts one at most: its longest words."""
    words = sorted(dict.fromkeys(wanted.split()), key=len, reverse=True)
    if len(words) > 1:
        return words[:2]
    half = (len(words[0]) + 1) // 2
    return list(dict.fromkeys([words[0][:half], words[0][half:] or words[0]]))


def _runs(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """Chunks that follow each other without a gap."""
    run: list[Chunk] = []
    for chunk in chunks:
        if run and chunk.metadata.start_char > run[-1].metadata.end_char:
            yield run
            run = []
        run.append(chunk)
    if run:
        yield run


def _parts(run: Sequence[Chunk], wanted: str) -> list[Chunk]:
    """The chunks of `run` over which `wanted` stretches: the shortest stretch that holds it."""
    if wanted not in unspaced(_text(run)):
        return []
    # As long as the passage is in what is left, chunks can be taken away: by halves, since a document may be long.
    first = bisect_left(range(1, len(run)), 1, key=lambda begin: wanted not in unspaced(_text(run[begin:])))
    kept = run[first:]
    last = bisect_left(range(1, len(kept)), 1, key=lambda end: wanted in unspaced(_text(kept[:end]))) + 1
    return list(kept[:last])


def _text(run: Sequence[Chunk]) -> str:
    """The text of chunks that follow each other, what they share written once."""
    if not run:
        return ""
    pieces = [run[0].content]
    pieces += [after.content[before.metadata.end_char - after.metadata.start_char :] for before, after in pairwise(run)]
    return "".join(pieces)


def _chunks(store: BaseVectorStore, condition: Filter) -> Flow[list[Chunk]]:
    names = yield from either(store.chunk_ids, store.achunk_ids, condition)
    chunks: list[Chunk] = []
    for first in range(0, len(names), BATCH):
        chunks += yield from either(store.get, store.aget, names[first : first + BATCH])
    return chunks


def _failing(condition: Filter | None, chunks: Iterable[Chunk]) -> list[Filter]:
    """The parts of `condition` that none of `chunks` meets, or all of it where each part is met by one."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    known = list(chunks)
    failing = [part for part in parts if part is not None and not any(matches(part, chunk) for chunk in known)]
    return failing or [part for part in parts if part is not None]
