"""The sources that a pipeline has opened: each address once, given back together. Kind: flow."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from racto_nb.exceptions import SourceError, UsageError
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.threads import in_thread
from racto_nb.flow.twins import either
from racto_nb.pipelines.sql_analyst.settings import Address
from racto_nb.pipelines.sql_analyst.sources.opening import connection_of, opened_source
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.sources.sqlite import SQLiteSource


@dataclass(frozen=True, slots=True)
class _Kept:
    """A source, and what it was opened from: kept too, so that nothing else can have its identity meanwhile."""

    source: Source
    opened_from: object


class KeptSources:
    """The sources of a pipeline and of those made from it. May be used from several threads and event loops."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: dict[tuple[object, ...], _Kept] = {}

    def source(self, address: Address) -> Flow[Source]:
        """The source at `address`, opened where it is not yet. Raises UsageError for an address that says nothing."""
        if not address.is_given:
            msg = (
                "No database was given. Write run(question, connection_string=...), run(question, database=..., username=...), "
                "or give the pipeline an engine: a connection, a frame, a mapping of names to frames or files."
            )
            raise UsageError(msg)
        if isinstance(address.engine, Source) and address.connection_string is None:
            return address.engine
        known = self._kept.get(address.key)
        if known is not None:
            return known.source
        return (yield from either(self._opened, self._aopened, address))  # it may wait for a server

    def close(self) -> Flow[None]:
        """Give back what the sources hold. The next use opens them again."""
        kept: list[_Kept] = yield from call(self._taken)
        for each in kept:
            yield from either(each.source.close, each.source.aclose)

    def _taken(self) -> list[_Kept]:
        with self._turn:
            kept, self._kept = list(self._kept.values()), {}
            return kept

    def _opened(self, address: Address, make: Callable[[], Source] | None = None) -> Source:
        with self._turn:
            known = self._kept.get(address.key)
            if known is None:
                known = _Kept(_open(address) if make is None else make(), address.engine)
                self._kept[address.key] = known
            return known.source

    async def _aopened(self, address: Address) -> Source:
        """The same in a worker thread. A connection of SQLite that only the thread which made it may read is read in this one, if
        that is it, and the loop waits for so long."""
        if address.connection_string is not None or address.engine is None:
            return await in_thread(self._opened, address)
        engine = connection_of(address.engine)
        try:
            return await in_thread(self._opened, address, partial(opened_source, engine=engine))
        except SourceError as error:
            if not isinstance(engine, sqlite3.Connection) or not isinstance(error.__cause__, sqlite3.ProgrammingError):
                raise
        return await in_thread(self._opened, address, SQLiteSource.begun_from(engine))


def _open(address: Address) -> Source:
    if address.connection_string is not None:
        return opened_source(connection_string=address.connection_string)
    if address.engine is not None:
        return opened_source(engine=address.engine)
    return opened_source(
        host=address.host,
        port=address.port,
        database=address.database,
        username=address.username,
        password=address.password,
        driver=address.driver,
    )
