"""The names of rules mean the same to the guard as to the filter of the schema: what is not shown is not read either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.pipelines import GuardPolicy, SQLGuard
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.filtering import visible
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table

DEFAULTS: dict[Dialect, str] = {"duckdb": "main", "sqlite": "main", "postgres": "public", "mysql": "shop"}
TABLES = ((None, "users"), ("private", "users"), (None, "Users Of Old"), (None, "my.table"), (None, "Straße"), ("hr", "pay"))
COLUMNS = ("id", "email", "E-Mail", "price.net")


def schema(dialect: Dialect, *, spelt_out: bool = False) -> DatabaseSchema:
    default = DEFAULTS[dialect]
    tables = [
        Table(name, tuple(Column(column, "text") for column in COLUMNS), schema=place or (default if spelt_out else None))
        for place, name in TABLES
    ]
    return DatabaseSchema(dialect, tuple(tables), default)


def quoted(name: str, dialect: Dialect) -> str:
    return f"`{name}`" if dialect == "mysql" else f'"{name}"'


def spelt(draw: st.DrawFn, name: str) -> str:
    name = draw(st.sampled_from([name, name.upper(), name.lower(), name.casefold()]))
    return draw(st.sampled_from([name, f'"{name}"', f"`{name}`", f" {name} "]))


@st.composite
def names_of_tables(draw: st.DrawFn, default: str) -> str:
    place, name = draw(st.sampled_from(TABLES))
    shown = place or draw(st.sampled_from(["", default]))
    return ".".join(spelt(draw, part) for part in (shown, name) if part)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Dialect, bool, str, str]:
    dialect = draw(st.sampled_from(sorted(DEFAULTS)))
    table = draw(names_of_tables(DEFAULTS[dialect]))
    column = spelt(draw, draw(st.sampled_from(COLUMNS)))
    return dialect, draw(st.booleans()), table, draw(st.sampled_from([column, f"{table}.{column}"]))


@given(cases())
def test_a_column_that_the_filter_hides_is_refused_or_masked_by_the_guard_and_no_other(case: tuple[Dialect, bool, str, str]):
    dialect, spelt_out, _, rule = case
    whole = schema(dialect, spelt_out=spelt_out)
    shown = {(t.schema, t.name, c.name) for t in visible(whole, blocked_columns=[rule]).tables for c in t.columns}
    blocking = SQLGuard(GuardPolicy(dialect, schema=whole, blocked_columns=frozenset({rule})))
    masking = SQLGuard(GuardPolicy(dialect, schema=whole, mask_columns=frozenset({rule})))
    for place, name in TABLES:
        from_ = ".".join(quoted(part, dialect) for part in (place, name) if part)
        kept = place or (DEFAULTS[dialect] if spelt_out else None)
        for column in COLUMNS:
            sql = f"SELECT {quoted(column, dialect)} FROM {from_}"
            assert blocking.check(sql).allowed == ((kept, name, column) in shown), (rule, sql)
            assert (0 not in masking.check(sql).masked) == ((kept, name, column) in shown), (rule, sql)


@given(cases())
def test_a_table_that_the_filter_leaves_out_is_refused_and_no_other(case: tuple[Dialect, bool, str, str]):
    dialect, spelt_out, rule, _ = case
    whole = schema(dialect, spelt_out=spelt_out)
    shown = {(table.schema, table.name) for table in visible(whole, allowed_tables=[rule]).tables}
    guard = SQLGuard(GuardPolicy(dialect, schema=whole, allowed_tables=frozenset({rule})))
    for place, name in TABLES:
        sql = f"SELECT 1 FROM {'.'.join(quoted(part, dialect) for part in (place, name) if part)}"
        kept = place or (DEFAULTS[dialect] if spelt_out else None)
        assert guard.check(sql).allowed == ((kept, name) in shown), (rule, sql)


@pytest.mark.parametrize("sql", ['SELECT id FROM "PUBLIC".users', "SELECT id FROM Ärger"])
def test_postgres_tells_apart_names_that_differ_in_quoted_or_other_capitals(sql: str):
    tables = tuple(Table(name, (Column("id", "text"),)) for name in ("users", "ärger"))
    assert not SQLGuard(GuardPolicy("postgres", schema=DatabaseSchema("postgres", tables, "public"))).check(sql)


PETS = DatabaseSchema("postgres", (Table("pets", (Column("id", "int"), Column("Name", "text"))),), "public")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pets.secret FROM pets", "SELECT public.pets.secret FROM pets", "SELECT p.secret FROM pets AS p", "SELECT (p).secret FROM pets p",
        "SELECT ((SELECT p)).secret FROM pets p", "SELECT p.name FROM pets p", "SELECT 1 FROM pets p WHERE p.secret = 'x'",
        "SELECT p.secret FROM pets p WHERE EXISTS (SELECT 1 FROM (SELECT 1 AS secret) p)",
    ],
)  # fmt: skip
def test_a_function_of_a_row_is_not_called_by_the_name_of_a_column(sql: str):
    verdict = SQLGuard(GuardPolicy("postgres", schema=PETS)).check(sql)
    assert [violation.rule for violation in verdict.violations] == ["column"]


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT p.id, P."Name", pets.ctid FROM pets AS p, pets', "SELECT p.a FROM pets AS p(a, b)", "SELECT s.count FROM (SELECT count(*) FROM pets) AS s",
        "WITH c AS (SELECT id AS x FROM pets) SELECT c.x FROM c", "SELECT g.g FROM generate_series(1, 2) AS g", "SELECT (p).id FROM pets p",
        "SELECT e.key FROM pets p, jsonb_each_text(to_jsonb(p)) AS e",
    ],
)  # fmt: skip
def test_columns_of_tables_subqueries_and_functions_are_read(sql: str):
    assert SQLGuard(GuardPolicy("postgres", schema=PETS)).check(sql)


def test_mysql_reads_nothing_from_dual():
    guard = SQLGuard(GuardPolicy("mysql", schema=DatabaseSchema("mysql", PETS.tables, "shop")))
    assert guard.check("SELECT 1 FROM DUAL")
    assert not guard.check("SELECT 1 FROM `DUAL`")
