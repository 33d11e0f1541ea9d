"""Empty databases of four engines, read as a source reads them. `conftest` has the fixtures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from racto_nb.exceptions import QueryError
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish, Table

ENGINES: tuple[Dialect, ...] = ("duckdb", "sqlite", "postgres", "mysql")
EVERYTHING = SchemaWish(indexes=True, row_counts=True, samples=True)


class Engine:
    """A database of a test's own: `run` tells it something, `read` is what `schema_of` is given. `asked` counts statements."""

    def __init__(self, dialect: Dialect, run: Callable[[str], list[tuple[Any, ...]]], errors: type[Exception]) -> None:
        self.dialect, self.run, self.errors, self.asked = dialect, run, errors, 0

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        self.asked += 1
        try:
            return self.run(sql)
        except self.errors as error:
            raise QueryError(str(error), sql=sql, reason=str(error)) from error

    def schema(self, wish: SchemaWish = EVERYTHING) -> DatabaseSchema:
        return schema_of(self.dialect, self.read, wish)

    def table(self, name: str, wish: SchemaWish = EVERYTHING) -> Table:
        return next(table for table in self.schema(wish).tables if table.full_name == name)


in_every_engine = pytest.mark.parametrize("engine", ENGINES, indirect=True)
in_duckdb = pytest.mark.parametrize("engine", ["duckdb"], indirect=True)
in_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
in_postgres = pytest.mark.parametrize("engine", ["postgres"], indirect=True)
in_mysql = pytest.mark.parametrize("engine", ["mysql"], indirect=True)
