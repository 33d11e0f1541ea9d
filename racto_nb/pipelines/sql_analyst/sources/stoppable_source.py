"""What all sources share: their names, both colours of each question, and how they are closed. Kind: threaded."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self, TypeVar

from racto_nb.flow.threads import in_thread
from racto_nb.pipelines.sql_analyst.limits import Dialect, RunLimits
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult

T = TypeVar("T")


async def stoppable(function: Callable[[threading.Event], T]) -> T:
    """`function(stop)` in a worker thread; a cancellation sets `stop`, and the thread leaves the work soon after."""
    stop = threading.Event()
    try:
        return await in_thread(function, stop)
    except asyncio.CancelledError:
        stop.set()
        raise


class StoppableSource(ABC):
    """A source that is asked by `_run` and `_schema`, which leave their work soon after `stop` is set."""

    def __init__(self, name: str, identity: str, notices: Sequence[str] = ()) -> None:
        self._name, self._identity, self._notices = name, identity, tuple(notices)

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The language of its statements."""

    @property
    def name(self) -> str:
        """What people call it, without a password."""
        return self._name

    @property
    def identity(self) -> str:
        """Tells it apart from others. No password can be read from it."""
        return self._identity

    @property
    def notices(self) -> Sequence[str]:
        """What a user must know of it."""
        return self._notices

    def read_schema(self, wish: SchemaWish) -> DatabaseSchema:
        """Its tables, columns and keys. Raises SourceError."""
        return self._schema(wish, None)

    async def aread_schema(self, wish: SchemaWish) -> DatabaseSchema:
        """Its tables, columns and keys. Raises SourceError."""
        return await stoppable(partial(self._schema, wish))

    def run(self, sql: str, limits: RunLimits) -> QueryResult:
        """The rows of `sql`, which has been through the guard, or not: the engine refuses on its own what writes.

        Raises QueryError with the database's words, QueryTimeoutError, ResultTooLargeError, SourceError. After each of them, and
        after the stop button, the next statement runs.
        """
        return self._run(sql, limits, None)

    async def arun(self, sql: str, limits: RunLimits) -> QueryResult:
        """The rows of `sql`, which has been through the guard, or not: the engine refuses on its own what writes."""
        return await stoppable(partial(self._run, sql, limits))

    @abstractmethod
    def close(self) -> None:
        """Give back connections, processes and copies. The next use opens them again."""

    async def aclose(self) -> None:
        """Give back connections, processes and copies. The next use opens them again."""
        await in_thread(self.close)

    @abstractmethod
    def _run(self, sql: str, limits: RunLimits, stop: threading.Event | None) -> QueryResult: ...

    @abstractmethod
    def _schema(self, wish: SchemaWish, stop: threading.Event | None) -> DatabaseSchema: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"
