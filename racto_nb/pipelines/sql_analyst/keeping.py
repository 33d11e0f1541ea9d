"""The sources that a pipeline has opened: each address once, given back together. Kind: flow."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial

from racto_nb.exceptions import UsageError
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.twins import either
from racto_nb.pipelines.sql_analyst.settings import Address
from racto_nb.pipelines.sql_analyst.sources.opening import opened_source
from racto_nb.pipelines.sql_analyst.sources.source import Source


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
        opened: Source = yield from call(partial(self._opened, address))  # it may wait for a server
        return opened

    def close(self) -> Flow[None]:
        """Give back what the sources hold. The next use opens them again."""
        kept: list[_Kept] = yield from call(self._taken)
        for each in kept:
            yield from either(each.source.close, each.source.aclose)

    def _taken(self) -> list[_Kept]:
        with self._turn:
            kept, self._kept = list(self._kept.values()), {}
            return kept

    def _opened(self, address: Address) -> Source:
        with self._turn:
            known = self._kept.get(address.key)
            if known is None:
                known = _Kept(_open(address), address.engine)
                self._kept[address.key] = known
            return known.source


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
