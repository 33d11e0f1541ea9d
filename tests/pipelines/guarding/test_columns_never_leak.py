"""Random queries over tables with masked and blocked columns are run for real: their values come out in no other place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pipelines.guarding.shop import COLUMNS, RULED, SECRET, Databases, schema, shown

from racto_nb.pipelines import GuardPolicy, SQLGuard


@dataclass(frozen=True)
class Query:
    """A query and the names of its columns."""

    sql: str
    names: tuple[str, ...]


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    opened = Databases()
    yield opened
    opened.close()


@st.composite
def sources(draw: st.DrawFn, depth: int, number: int) -> tuple[str, list[str]]:
    """What may stand after FROM, and its columns by alias."""
    alias = f"t{depth}{number}"
    if depth <= 0 or draw(st.booleans()):
        table = draw(st.sampled_from(sorted(COLUMNS)))
        return f"{table} AS {alias}", [f"{alias}.{column}" for column in COLUMNS[table]]
    inner = draw(queries(depth - 1))
    return f"({inner.sql}) AS {alias}", [f"{alias}.{name}" for name in inner.names]


@st.composite
def expressions(draw: st.DrawFn, columns: list[str], depth: int) -> str:
    column, other = draw(st.sampled_from(columns)), draw(st.sampled_from(columns))
    shapes = [
        column, column, column, f"upper({column})", f"{column} || '!'", f"coalesce({column}, {other})", f"CASE WHEN {other} IS NULL THEN '-' ELSE {column} END",
        f"max({column}) OVER ()", f"min({column}) OVER (PARTITION BY {other})", f"lag({column}) OVER (ORDER BY {other})", f"nullif({column}, '1')",
        f"CAST({column} AS VARCHAR)", f"replace({column}, 'q', {other})", f"(SELECT max(s.email) FROM users AS s WHERE s.id = {column})",
        f"(SELECT min(s.name) FROM users AS s WHERE s.email = {column})", "'plain'",
    ]  # fmt: skip
    return draw(st.sampled_from(shapes))


@st.composite
def conditions(draw: st.DrawFn, columns: list[str]) -> str:
    column, other = draw(st.sampled_from(columns)), draw(st.sampled_from(columns))
    shapes = [
        f"{column} IS NOT NULL", f"{column} = {other}", f"{column} <> 'x'", f"{column} IN (SELECT u.email FROM users AS u)", f"{column} < {other}",
        f"EXISTS (SELECT 1 FROM orders AS o WHERE o.contact = {column})", f"{column} LIKE '%1'", f"({column} = {other} OR {column} = '1')",
    ]  # fmt: skip
    return draw(st.sampled_from(shapes))


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> Query:
    kind = draw(st.sampled_from(["select"] * 6 + ["union", "with", "group"]))
    if kind == "union" and depth > 0:
        left, right = draw(queries(depth - 1)), draw(queries(depth - 1))
        assume(len(left.names) == len(right.names))
        word = draw(st.sampled_from(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]))
        return Query(f"SELECT * FROM ({left.sql}) AS l {word} SELECT * FROM ({right.sql}) AS r", left.names)
    if kind == "with" and depth > 0:
        inner = draw(queries(depth - 1))
        listed = ", ".join(f"n{place}" for place in range(len(inner.names)))
        names = tuple(listed.split(", "))
        return Query(f"SELECT w.* FROM (WITH c({listed}) AS ({inner.sql}) SELECT * FROM c) AS w", names)
    first, columns = draw(sources(depth, 0))
    from_ = first
    if draw(st.booleans()):
        second, more = draw(sources(depth, 1))
        on = draw(conditions([*columns, *more]))
        from_, columns = f"{first} JOIN {second} ON {on}", [*columns, *more]
    where = f" WHERE {draw(conditions(columns))}" if draw(st.booleans()) else ""
    if kind == "group":
        column, other = draw(st.sampled_from(columns)), draw(st.sampled_from(columns))
        sql = f"SELECT {column} AS g, max({other}) AS most, CAST(count({other}) AS VARCHAR) AS n FROM {from_}{where} GROUP BY {column}"
        return Query(sql, ("g", "most", "n"))
    parts = draw(st.lists(expressions(columns, depth), min_size=1, max_size=3))
    listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts))
    order = f" ORDER BY {draw(st.sampled_from(columns))}" if draw(st.booleans()) else ""
    return Query(f"SELECT {listed} FROM {from_}{where}{order}", tuple(f"c{place}" for place in range(len(parts))))


PROPERTY = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@PROPERTY
@given(query=queries())
def test_a_masked_value_comes_out_in_masked_places_only(dialect: str, databases: Databases, query: Query):
    verdict = SQLGuard(GuardPolicy(dialect, schema=schema(dialect), mask_columns=RULED)).check(query.sql)
    event("allowed" if verdict else verdict.violations[0].message.partition(" is refused")[2][:60])
    if verdict:
        rows = databases.rows(dialect, verdict.sql)
        assert not any(secret in shown(rows, list(verdict.masked)) for secret in SECRET), (query.sql, verdict.masked)
        assert verdict.width is None or all(len(row) == verdict.width for row in rows)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@PROPERTY
@given(query=queries())
def test_a_blocked_value_never_comes_out(dialect: str, databases: Databases, query: Query):
    verdict = SQLGuard(GuardPolicy(dialect, schema=schema(dialect), blocked_columns=RULED)).check(query.sql)
    event(f"allowed: {bool(verdict)}")
    if verdict:
        assert not any(secret in shown(databases.rows(dialect, verdict.sql)) for secret in SECRET), query.sql
    else:
        assert {violation.rule for violation in verdict.violations} == {"column"}
