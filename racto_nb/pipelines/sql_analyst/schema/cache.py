"""Schemas that have been read, for a while: as the source gave them, before any pipeline hides something. Kind: flow."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from racto_nb.flow.effects import Flow, now
from racto_nb.flow.twins import either
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish

MOST_KEPT = 64
"""Schemas that are kept at most; the one that was read first goes first."""
LIFETIME = 3600.0
"""Seconds for which a schema is taken from the cache, if the user does not say."""


class SchemaReader(Protocol):
    """A source, as far as its schema goes. `identity` tells logins apart too: what one may see another may not."""

    @property
    def identity(self) -> str: ...

    def read_schema(self, wish: SchemaWish) -> DatabaseSchema:
        """Its tables, columns and keys."""
        ...

    async def aread_schema(self, wish: SchemaWish) -> DatabaseSchema:
        """Its tables, columns and keys."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A schema, and the monotonic second at which it was read."""

    schema: DatabaseSchema
    read_at: float


_Key = tuple[str, SchemaWish]


class SchemaShelf:
    """The schemas that are kept, by source and wish. Any thread and event loop may use it: its lock is held for microseconds."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: dict[_Key, Kept] = {}
        self._cleared = 0
        self._lock = threading.Lock()

    def get(self, key: _Key) -> Kept | None:
        """What is kept for `key`."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: _Key, kept: Kept, *, since: int) -> None:
        """Keep it, unless all was cleared `since` its reading began: then it may be what the user wanted gone."""
        with self._lock:
            if since != self._cleared:
                return
            self._kept.pop(key, None)  # what is read anew goes to the end of the line
            self._kept[key] = kept
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()
            self._cleared += 1

    @property
    def times_cleared(self) -> int:
        """How often all was forgotten."""
        return self._cleared

    def __len__(self) -> int:
        return len(self._kept)


_SHELF = SchemaShelf()
"""What the process has read. State of a module, against the rule, since it belongs to the process: pipelines are made for a few
questions and come and go, the databases stay, and `clear_schema_cache()` is documented as a function without a pipeline. All else
takes a shelf as an argument."""


class SchemaCache:
    """Reads the schema of a source, or takes the one that was read less than `ttl` seconds ago (0 or less: never).

    All caches of a process share what has been read, so that a second pipeline over the same database reads nothing; each looks
    at its own `ttl`. Errors are not kept.
    """

    def __init__(self, ttl: float = LIFETIME, *, shelf: SchemaShelf | None = None) -> None:
        self._ttl = ttl
        self._shelf = _SHELF if shelf is None else shelf

    def reading(self, source: SchemaReader, wish: SchemaWish) -> Flow[DatabaseSchema]:
        """The schema of `source`, unfiltered. Raises what the source raises."""
        moment = yield from now()
        key = (source.identity, wish)
        kept = self._shelf.get(key)
        if kept is not None and moment.clock - kept.read_at < self._ttl:
            return kept.schema
        since = self._shelf.times_cleared
        schema = yield from either(source.read_schema, source.aread_schema, wish)
        if self._ttl > 0:
            self._shelf.put(key, Kept(schema, moment.clock), since=since)
        return schema


def clear_schema_cache() -> None:
    """Forget all schemas that this process has read: after tables were made or changed. The next question reads them anew.

    >>> clear_schema_cache()
    """
    _SHELF.clear()
