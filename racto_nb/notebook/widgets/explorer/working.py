"""The works of an explorer: each asks the store, the embedder or a kit, and tells the controller what has come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.explorer.events import (
    Answer,
    Bring,
    Came,
    Chart,
    Ingest,
    Lasso,
    Look,
    Peek,
    Points,
    Query,
    Rows,
    See,
    Spot,
    Uploaded,
    Why,
)
from racto_nb.notebook.controllers.explorer.state import PAGE, Chosen, ExplorerState, Ingestion, MapFacts, Reply, Results
from racto_nb.notebook.controllers.explorer.update import bring
from racto_nb.notebook.widgets.explorer.answering import replied
from racto_nb.notebook.widgets.explorer.atlas import Atlas
from racto_nb.notebook.widgets.explorer.looking import Way, absent, brought, looked, surveyed
from racto_nb.notebook.widgets.explorer.mapping import Layout, mapped
from racto_nb.notebook.widgets.explorer.reading_in import kept, read_in
from racto_nb.notebook.widgets.explorer.tables import rows_of, selected
from racto_nb.notebook.widgets.streaming import Page
from racto_nb.rag.reports import Progress
from racto_nb.rag.stores.duckdb_store import DuckDBStore

if TYPE_CHECKING:
    import polars as pl

    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.rag.pipeline import RactoRAG

MOST_AT_ONCE = 1_000
"""Rows of a table that are sent at once."""


class Telling(Page, Protocol):
    """A widget that a work is done for."""

    def tell(self, event: object) -> None:
        """Something has happened."""
        ...

    def post(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send the pages a message."""
        ...


@dataclass(slots=True)
class Works:
    """What an explorer works with, and the frame of the last SELECT."""

    widget: Telling
    rag: RactoRAG
    ways: Mapping[str, Way]
    kit: DeveloperKit | None
    atlas: Atlas
    frame: pl.DataFrame | None = None

    @property
    def has_sql(self) -> bool:
        """Whether the store can be asked in SQL."""
        return isinstance(self.rag.store, DuckDBStore)

    async def done(self, key: str, number: int, event: object, state: ExplorerState) -> None:
        """Do what `event` asks as the work `key`, which was begun as `number` in `state`."""
        value: object
        match event:
            case Look():
                value = await looked(self.ways, event.asked)
            case Bring():
                value = await brought(self.rag, event, number, PAGE)
            case Why():
                value = await absent(self.ways, state.asked, event.text)
            case Answer():
                value = await self._replied(state)
            case Query():
                value = await self._selected(event.text, number)
            case _:
                await self._at_length(key, number, event, state)
                return
        self.widget.tell(Came(value, key, number))
        if isinstance(value, Results):
            await self.atlas.mark(value)

    async def _at_length(self, key: str, number: int, event: object, state: ExplorerState) -> None:
        """Works that tell of more than their end."""
        if isinstance(event, Chart):
            await self._mapped(key, number, event, state)
        elif isinstance(event, Uploaded):
            await self._read_in(key, number, await asyncio.to_thread(kept, event.names, event.files), "", state)
        elif isinstance(event, Ingest):
            await self._read_in(key, number, [event.path.strip()], event.pattern.strip(), state)

    async def _read_in(self, key: str, number: int, paths: Sequence[str], pattern: str, state: ExplorerState) -> None:
        def told(progress: Progress) -> None:
            self.widget.tell(Came(Ingestion(progress, report), key, number, ended=False))

        before, report = await self.rag.store.arevision(), state.ingestion.report
        told(Progress(0))
        try:
            report = await read_in(self.rag, paths, pattern, told)
        finally:  # also what was stopped has changed the store
            self.widget.tell(Came(await surveyed(self.rag, state.facts)))
            after = await self.rag.store.arevision()
            if state.map is not None and (after is None or after != before):
                self.widget.tell(Came(replace(state.map, stale=True)))
            self.widget.tell(Came(Ingestion(report=report), key, number))

    async def _mapped(self, key: str, number: int, event: Chart, state: ExplorerState) -> None:
        last: list[MapFacts] = []

        def shown(layout: Layout, facts: MapFacts, first: int, upto: int) -> None:
            self.atlas.shown(layout, facts, first, upto)
            self.widget.tell(Came(facts, key, number, ended=False))
            last[:] = [facts]

        await mapped(self.rag.store, event.method, number, shown)
        await self.atlas.mark(state.results)
        self.widget.tell(Came(last[0], key, number))

    async def _replied(self, state: ExplorerState) -> Reply:
        results = state.results
        if self.kit is None or results is None:
            raise UsageError("Nobody answers here, or nothing was asked.")
        return await replied(self.widget, self.rag.answerer, self.kit, results)

    async def _selected(self, query: str, number: int) -> object:
        store = self.rag.store
        if not isinstance(store, DuckDBStore):
            raise UsageError(f"A {type(store).__name__} has no SQL.")
        table, self.frame = await selected(store, query, number)
        return table

    async def brought(self, wish: object, state: ExplorerState) -> None:
        """Send a page what it needs to see, which is no part."""
        match wish:
            case Rows():
                await self._rows(wish, state)
            case Points():
                self.atlas.post_all()
                await self.atlas.mark(state.results)
            case Lasso():
                if (ids := await self.atlas.choose(wish.polygon, more=wish.more)) is not None:
                    self.widget.tell(Came(Chosen(ids)))
            case Peek():
                await self.atlas.peek(wish.place)
            case Spot():
                chunk = await self.atlas.chunk(wish.place)
                if chunk is not None:
                    self.widget.tell(See(bring(chunk)))
            case _:
                raise UsageError(f"An explorer cannot do {wish!r:.80}.")

    async def _rows(self, wish: Rows, state: ExplorerState) -> None:
        last = min(wish.last, wish.first + MOST_AT_ONCE)
        if wish.table == "map":
            rows, number = await self.atlas.rows(wish.first, last), self.atlas.number
        else:
            rows = [] if self.frame is None else rows_of(self.frame, wish.first, last)
            number = 0 if state.table is None else state.table.number
        self.widget.post({"t": "rows", "table": wish.table, "number": number, "from": wish.first, "rows": rows})
