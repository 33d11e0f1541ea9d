"""How an explorer searches: the ways that there are, and what a question finds by one of them, or by two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.explorer.pieces import in_order
from racto_nb.notebook.controllers.explorer.state import AS_SET, Asked, Facts, Opened, Results, Side
from racto_nb.notebook.magics.filtering import filter_of
from racto_nb.rag.evaluation import awhy_not
from racto_nb.rag.pipeline import RactoRAG
from racto_nb.rag.retrieval import Mode, RetrievalOptions

if TYPE_CHECKING:
    from racto_nb.notebook.controllers.explorer.events import Bring
    from racto_nb.rag.absence import Absence
    from racto_nb.rag.filters import Filter, Filters
    from racto_nb.rag.results import RetrievalResult

OTHER = "compared"
"""The way of what the explorer was given to compare with."""
MODES: dict[str, Mode] = {"hybrid": "hybrid", "vector": "vector", "keyword": "keyword"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of searching `rag`: a retriever."""

    rag: RactoRAG
    mode: Mode | None = None
    options: RetrievalOptions | None = None

    def retrieve(self, query: str, top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The first `top_k` hits."""
        return self.rag.retrieve(query, top_k, filters, mode=self.mode, options=self.options)

    async def aretrieve(self, query: str, top_k: int = 5, filters: Filters = None) -> list[RetrievalResult]:
        """The first `top_k` hits."""
        return await self.rag.aretrieve(query, top_k, filters, mode=self.mode, options=self.options)


def ways_of(rag: RactoRAG, compare: RactoRAG | RetrievalOptions | str | None) -> tuple[dict[str, Way], str]:
    """The ways by their names, and the one that is compared with at first. UsageError for a `compare` that is none."""
    ways = {AS_SET: Way(rag), **{name: Way(rag, mode) for name, mode in MODES.items()}}
    match compare:
        case None:
            return ways, ""
        case str():
            if compare not in MODES:
                raise UsageError(f"compare is one of {', '.join(MODES)}, a RactoRAG or RetrievalOptions, not {compare!r:.80}.")
            return ways, compare
        case RetrievalOptions():
            return {**ways, OTHER: Way(rag, options=compare)}, OTHER
        case _:
            return {**ways, OTHER: Way(_checked(compare))}, OTHER


def _checked(rag: object) -> RactoRAG:
    if not isinstance(rag, RactoRAG):
        told = ", ".join(get_args(Mode))
        raise UsageError(f"An explorer compares with a RactoRAG, RetrievalOptions, or a mode ({told}), not {rag!r:.80}.")
    return rag


def condition_of(asked: Asked) -> Filter | None:
    """Which chunks count. What is written has its conditions separated by semicolons. UsageError where it is no filter."""
    if asked.condition is not None:
        return asked.condition
    return filter_of([text.strip() for text in asked.filters.split(";") if text.strip()], {})


async def looked(ways: Mapping[str, Way], asked: Asked) -> Results:
    """What the question finds."""
    condition, began = condition_of(asked), time.perf_counter()
    names = [asked.way, *([asked.against] if asked.against else [])]
    found = await asyncio.gather(*(ways[name].aretrieve(asked.text, asked.top_k, condition) for name in names))
    sides = tuple(Side(name, tuple(hits)) for name, hits in zip(names, found, strict=True))
    return Results(asked, sides, time.perf_counter() - began)


async def absent(ways: Mapping[str, Way], asked: Asked, passage: str) -> Absence:
    """Why `passage` is not among the hits of the first way."""
    way = ways[asked.way]
    return await awhy_not(way, asked.text, passage, k=asked.top_k, filters=condition_of(asked), store=way.rag.store)


async def surveyed(rag: RactoRAG, known: Facts) -> Facts:
    """What is in the store now."""
    sources = await rag.store.asources()
    return replace(known, chunks=sum(sources.values()), sources=tuple(sources.items()))


async def brought(rag: RactoRAG, wish: Bring, number: int, page: int) -> Opened:
    """The document of `wish` by its chunks, at the place that is to be seen."""
    ids = await rag.store.achunk_ids({"source": wish.source})
    if not ids:
        raise UsageError(f"There is no document {wish.source!r} in the store.")
    chunks = in_order([chunk for first in range(0, len(ids), 500) for chunk in await rag.store.aget(ids[first : first + 500])])
    first, focus = min(wish.first, max(0, len(chunks) - 1)), wish.focus
    if focus is not None:
        near = (
            place for place, chunk in enumerate(chunks)
            if chunk.doc_id == focus.doc_id and chunk.metadata.start_char + len(chunk.content) > focus.start
        )  # fmt: skip
        first = next(near, 0)
    return Opened(wish.source, chunks, first // page * page, focus, number)
