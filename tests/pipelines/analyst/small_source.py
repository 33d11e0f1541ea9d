"""A source in memory, kits that answer as models do, and pipelines made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from racto_nb.exceptions import QueryError
from racto_nb.flow.threads import in_thread
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.testing import FakeKit

PEOPLE = (
    "CREATE TABLE people (id INTEGER, name VARCHAR, email VARCHAR, age INTEGER)",
    "INSERT INTO people VALUES (1, 'Ada', 'ada@secret.example', 36), (2, 'Bob', 'bob@secret.example', 41)",
    "INSERT INTO people VALUES (3, 'Cid', 'cid@secret.example', 17)",
    "CREATE TABLE secrets (k VARCHAR)",
    "INSERT INTO secrets VALUES ('TOPSECRET')",
)
ADULTS = "SELECT name, age FROM people WHERE age >= 18 ORDER BY name"
NO_PLAN = '{"steps": []}'


class MemorySource:
    """DuckDB in memory, which stands here for any database. `ran` has every statement that reached it, `closed` counts closings."""

    dialect = "duckdb"
    name = "memory"

    def __init__(self, statements: Sequence[str] = PEOPLE, *, identity: str = "memory-1", notices: Sequence[str] = ()) -> None:
        self.connection = duckdb.connect()
        for statement in statements:
            self.connection.execute(statement)
        self.identity, self.notices = identity, notices
        self.ran: list[str] = []
        self.read = 0
        self.closed = 0
        self.error: Exception | None = None

    def read_schema(self, wish: SchemaWish) -> DatabaseSchema:
        self.read += 1
        cursor = self.connection.cursor()
        return schema_of("duckdb", lambda sql: cursor.execute(sql).fetchall(), wish)

    async def aread_schema(self, wish: SchemaWish) -> DatabaseSchema:
        return await in_thread(self.read_schema, wish)

    def run(self, sql: str, limits: RunLimits) -> QueryResult:
        self.ran.append(sql)
        if self.error is not None:
            raise self.error
        try:
            cursor = self.connection.cursor().execute(sql)
            names = tuple(column[0] for column in cursor.description)
            rows = cursor.fetchall()
        except duckdb.Error as error:
            raise QueryError(f"The database did not run it: {error}", sql=sql, reason=str(error)) from error
        most = limits.max_rows
        unique = [name if name not in names[:place] else f"{name}_{place + 1}" for place, name in enumerate(names)]
        frame = pl.DataFrame(rows, schema=unique, orient="row", infer_schema_length=None)
        kept = frame if most is None else frame.head(most)
        return QueryResult(kept, names, truncated=frame.height > kept.height)

    async def arun(self, sql: str, limits: RunLimits) -> QueryResult:
        return await in_thread(self.run, sql, limits)

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def wrote(sql: str, **more: Any) -> str:
    """What a model writes that fills in the class it was given."""
    return json.dumps({"sql": sql, "tables_used": [], "assumptions": [], "cannot_answer": False, "reason": "", **more})


def pipeline(replies: Sequence[Any] | FakeKit, source: object = None, **options: Any) -> SQLAnalystPipeline:
    """A pipeline over people, which only writes SQL if the test does not say otherwise."""
    kit = replies if isinstance(replies, FakeKit) else FakeKit(replies)
    given = {"run_pandas": False, "run_answer": False, "chart": None, "schema_cache_ttl": 0, "engine": source or MemorySource()}
    return SQLAnalystPipeline(kit, **(given | options))


def told(kit: FakeKit) -> str:
    """Everything that was ever said to the model."""
    return "\n".join(message["content"] for call in kit.calls for message in call["messages"])
