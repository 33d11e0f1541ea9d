"""A name in `allowed_tables`, `blocked_columns` or `mask_columns` means the same to what a model is told and to what the guard allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.pipelines.sql_analyst.guarding.guard import SQLGuard
from racto_nb.pipelines.sql_analyst.guarding.values import GuardPolicy, Verdict
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.filtering import visible, without_samples
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

HOMES: dict[Dialect, str] = {"duckdb": "main", "sqlite": "main", "postgres": "public", "mysql": "shop"}
NAMES = st.sampled_from(
    ["orders", "Orders", "people", "my.table", "weird name", 'q"t', "Größe", "Straße", "main", "public", "shop"]
)
PLACES = st.sampled_from([None, None, "private", "Hidden", "orders", "odd schema"])
Spelling = Literal["as it is", "capitals", "small"]


@st.composite
def databases(draw: st.DrawFn) -> DatabaseSchema:
    """Tables whose names differ by more than capitals, save in PostgreSQL."""
    dialect = draw(st.sampled_from(sorted(HOMES)))
    fold = str if dialect == "postgres" else str.casefold
    places = draw(
        st.lists(st.tuples(PLACES, NAMES), min_size=1, max_size=4, unique_by=lambda place: (fold(place[0] or ""), fold(place[1])))
    )
    columns = st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold)
    tables = (
        Table(name, tuple(Column(each, "text", samples=("a",)) for each in draw(columns)), schema=place) for place, name in places
    )
    return DatabaseSchema(dialect, tuple(tables), HOMES[dialect])


@st.composite
def names_in(draw: st.DrawFn, schema: DatabaseSchema, *, columns: bool) -> str:
    """A name as people write one: of a table or column that there is, in part or whole, or of none."""
    table = draw(st.sampled_from(schema.tables))
    place = draw(st.sampled_from([table.schema, None, schema.default_schema]))
    parts = [table.name] if place is None else [place, table.name]
    if columns:
        column = draw(st.sampled_from([*(each.name for each in table.columns), "gone"]))
        parts = [*parts, column] if place is not None or draw(st.booleans()) else [column]
    return ".".join(written(part, draw) for part in parts)


def written(part: str, draw: st.DrawFn) -> str:
    spelled = {"as it is": str, "capitals": str.upper, "small": str.lower}[
        draw(st.sampled_from(["as it is", "capitals", "small"]))
    ](part)
    return quoted(spelled, '"') if set(part) & {".", '"'} or draw(st.booleans()) else spelled


def quoted(name: str, mark: str) -> str:
    return mark + name.replace(mark, mark * 2) + mark


def read(schema: DatabaseSchema, table: Table, column: str | None = None) -> str:
    """A statement that reads `column` of `table`, or counts its rows."""
    mark = "`" if schema.dialect == "mysql" else '"'
    place = ".".join(quoted(part, mark) for part in (table.schema, table.name) if part)
    what = "count(*)" if column is None else f"t.{quoted(column, mark)}"
    return f"SELECT {what} AS found FROM {place} AS t"


def judged(schema: DatabaseSchema, sql: str, **rules: frozenset[str]) -> Verdict:
    return SQLGuard(GuardPolicy(schema.dialect, schema, max_rows=None, **rules)).check(sql)


def shown(tables: Iterable[Table]) -> set[tuple[str | None, str]]:
    return {(table.schema, table.name) for table in tables}


@given(st.data())
def test_the_tables_that_are_told_are_those_that_may_be_read(data: st.DataObject):
    schema = data.draw(databases())
    allowed = frozenset(data.draw(st.lists(names_in(schema, columns=False), max_size=3)))

    seen = shown(visible(schema, allowed_tables=allowed).tables)

    for table in schema.tables:
        verdict = judged(schema, read(schema, table), allowed_tables=allowed)
        assert verdict.allowed == ((table.schema, table.name) in seen), (table.full_name, verdict.violations)


@given(st.data())
def test_the_columns_that_are_told_are_those_that_may_be_read(data: st.DataObject):
    schema = data.draw(databases())
    blocked = frozenset(data.draw(st.lists(names_in(schema, columns=True), min_size=1, max_size=3)))

    for table, seen in zip(schema.tables, visible(schema, blocked_columns=blocked).tables, strict=True):
        for column in table.columns:
            verdict = judged(schema, read(schema, table, column.name), blocked_columns=blocked)
            assert verdict.allowed == (column.name in {each.name for each in seen.columns}), (column.name, verdict.violations)


@given(st.data())
def test_the_columns_without_samples_are_those_that_are_masked(data: st.DataObject):
    schema = data.draw(databases())
    masked = frozenset(data.draw(st.lists(names_in(schema, columns=True), min_size=1, max_size=3)))

    for table in without_samples(schema, masked).tables:
        for column in table.columns:
            verdict = judged(schema, read(schema, table, column.name), mask_columns=masked)
            assert verdict.allowed, verdict.violations
            assert (0 in verdict.masked) == (not column.samples), column.name


@pytest.mark.parametrize("dialect", sorted(HOMES))
def test_a_bare_name_gives_no_right_to_the_table_of_another_schema(dialect: Dialect):
    tables = (Table("orders", (Column("id", "text"),)), Table("orders", (Column("id", "text"),), schema="private"))
    schema = DatabaseSchema(dialect, tables, HOMES[dialect])

    assert [judged(schema, read(schema, each), allowed_tables=frozenset({"orders"})).allowed for each in tables] == [True, False]
    assert [judged(schema, read(schema, each, "id"), blocked_columns=frozenset({"id"})).allowed for each in tables] == [
        False,
        False,
    ]
