"""What a source of rows is: a database, a file or frames, opened so that a statement can only read. Kind: threaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from racto_nb.pipelines.sql_analyst.limits import Dialect, RunLimits
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish

if TYPE_CHECKING:
    import polars as pl

__all__ = ["QueryResult", "SchemaWish", "Source"]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a statement. The names of `frame` are unique ("id", "id_2"); `names` are as the database gave them.

    `truncated` tells that there were more rows than were kept, `seconds` how long the database took. `as_text` are columns whose
    type has no Arrow type of ours, and that came as text.
    """

    frame: pl.DataFrame
    names: tuple[str, ...]
    truncated: bool = False
    seconds: float = 0.0
    as_text: tuple[str, ...] = ()


@runtime_checkable
class Source(Protocol):
    """A database that runs one reading statement at a time for each caller, within limits, by the privileges that it has.

    May be used from several threads and event loops. `name` is what people call it, without a password; `identity` tells
    sources apart (a hash: nobody can read a password from it). `notices` are what a user must know of the login.
    """

    @property
    def dialect(self) -> Dialect: ...

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def notices(self) -> Sequence[str]: ...

    def read_schema(self, wish: SchemaWish) -> DatabaseSchema:
        """Its tables, columns and keys. Raises SourceError."""
        ...

    async def aread_schema(self, wish: SchemaWish) -> DatabaseSchema:
        """Its tables, columns and keys. Raises SourceError."""
        ...

    def run(self, sql: str, limits: RunLimits) -> QueryResult:
        """The rows of `sql`, which has been through the guard, or not: the engine refuses on its own what writes.

        Raises QueryError with the database's words, QueryTimeoutError, ResultTooLargeError, SourceError.
        """
        ...

    async def arun(self, sql: str, limits: RunLimits) -> QueryResult:
        """The rows of `sql`, which has been through the guard, or not: the engine refuses on its own what writes."""
        ...

    def close(self) -> None:
        """Give back connections and processes. The next use opens them again."""
        ...

    async def aclose(self) -> None:
        """Give back connections and processes. The next use opens them again."""
        ...
