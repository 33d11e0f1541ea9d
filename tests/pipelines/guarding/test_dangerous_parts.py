"""Statements built from a grammar of dangerous parts, put anywhere: always refused, and no input makes the guard fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.guarding.test_refused_statements import CATALOGUES, DIALECTS, FUNCTIONS, TABLE_FUNCTIONS

from racto_nb.exceptions import ReadOnlyViolationError
from racto_nb.pipelines import GuardPolicy, ReadOnlySQLGuard, SQLGuard, Verdict

VALUES = st.sampled_from(FUNCTIONS)
TABLES = st.sampled_from([*TABLE_FUNCTIONS, *CATALOGUES, "(SELECT * FROM people FOR UPDATE)"])
STATEMENTS = st.sampled_from(
    ["DELETE FROM people RETURNING *", "INSERT INTO people VALUES (1) RETURNING *", "UPDATE people SET a = 1 RETURNING *"]
)

VALUE_FRAMES = [
    "coalesce({}, 1)", "CASE WHEN {} IS NULL THEN 1 END", "CASE 1 WHEN 2 THEN {} ELSE 3 END", "({} + 1)", "- {}", "NOT ({} = 1)", "({} IN (1, 2))", "(1 BETWEEN {} AND 2)",
    "(SELECT {})", "(SELECT 1 WHERE {} = 1)", "EXISTS (SELECT {})", "CAST({} AS VARCHAR)", "sum({}) OVER (ORDER BY 1)", "sum(1) OVER (PARTITION BY {})", "upper(lower({}))",
    "count(DISTINCT {})", "({} || 'x')", "nullif(1, {})",
]  # fmt: skip
QUERY_FRAMES = [
    "SELECT {}", "SELECT 1 FROM people WHERE {} = 1", "SELECT 1 FROM people GROUP BY {}", "SELECT count(*) FROM people HAVING {} = 1", "SELECT 1 FROM people ORDER BY {}",
    "SELECT 1 FROM people JOIN shops ON {} = 1", "SELECT 1 UNION ALL SELECT {}", "WITH c AS (SELECT {} AS x) SELECT 1", "SELECT 1 FROM (SELECT {} AS x) AS s", "SELECT 1 LIMIT (SELECT {})",
    "SELECT DISTINCT {}", "SELECT 1 FROM people WHERE id IN (SELECT {} FROM shops)", "EXPLAIN SELECT {}",
]  # fmt: skip
TABLE_FRAMES = [
    "SELECT * FROM {} AS t", "SELECT 1 FROM people, {} AS t", "SELECT 1 FROM people JOIN {} AS t ON 1 = 1", "SELECT (SELECT count(*) FROM {} AS t)", "WITH c AS (SELECT * FROM {} AS t) SELECT 1",
    "SELECT 1 UNION SELECT 1 FROM {} AS t", "SELECT 1 WHERE EXISTS (SELECT 1 FROM {} AS t)", "SELECT 1 FROM (SELECT * FROM (SELECT * FROM {} AS t) AS a) AS b", "SELECT 1 ORDER BY (SELECT 1 FROM {} AS t)",
]  # fmt: skip
SPACES = st.sampled_from([" ", "\n", "\t", "  ", " /* x */ ", " -- x\n"])


@st.composite
def dangerous(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        sql = draw(TABLES)
        sql = draw(st.sampled_from(TABLE_FRAMES)).replace("{}", sql)
    else:
        sql = draw(VALUES)
        for frame in draw(st.lists(st.sampled_from(VALUE_FRAMES), max_size=3)):
            sql = frame.replace("{}", sql)
        sql = draw(st.sampled_from(QUERY_FRAMES)).replace("{}", sql)
    if draw(st.booleans()):
        sql = f"WITH first AS (SELECT 1 AS x) {sql}" if not sql.startswith(("WITH", "EXPLAIN")) else sql
    space = draw(SPACES)
    return sql.replace(" ", space) if "'" not in sql else sql + space


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=40, deadline=None)
@given(sql=dangerous())
def test_a_dangerous_part_is_refused_wherever_it_stands(dialect: str, sql: str):
    verdict = SQLGuard(GuardPolicy(dialect)).check(sql)
    assert not verdict.allowed
    assert verdict.sql == ""


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=30, deadline=None)
@given(statement=STATEMENTS, after=st.sampled_from(QUERY_FRAMES[:-1]))
def test_a_writing_cte_is_refused_before_any_query(dialect: str, statement: str, after: str):
    assert not SQLGuard(GuardPolicy(dialect)).check(f"WITH w AS ({statement}) {after.replace('{}', '1')}")


PIECES = st.sampled_from(
    ["SELECT", "FROM", "(", ")", "'", '"', "`", "[", "]", "{", "}", "--", "/*", "*/", "/*!", "#", "$$", "$1", ";", "\\", "\n", "\r", "\x00", "\u00a0", "é", "\u202e", "\ud800", "a", "t", "1", "1e", ".", ",", "*", ":", "::", "@", "?", "->", "x'", "E'", "U&'", "WITH", "AS", "UNION", "JOIN", "ON", "LIMIT", "CASE", "END", "DATE", "ARRAY", "EXPLAIN", "INTO", "=", "-", "NOT", "INTERVAL", "lambda"]
)  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=60, deadline=None)
@given(
    sql=st.one_of(
        st.text(max_size=60),
        st.lists(PIECES, max_size=25).map(" ".join),
        st.lists(PIECES, max_size=25).map("".join),
        st.lists(PIECES, max_size=25).map(lambda parts: "SELECT " + " ".join(parts)),
    )
)
def test_any_text_ends_in_a_verdict(dialect: str, sql: str):
    verdict = SQLGuard(GuardPolicy(dialect)).check(sql)
    assert isinstance(verdict, Verdict)
    assert verdict.allowed or verdict.violations[0].message


LONG = {
    "a megabyte": "SELECT '" + "x" * 1_000_000 + "'",
    "brackets": "SELECT " + "(" * 50_000,
    "closed brackets": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * 5_000 + "t" + ")" * 5_000,
    "joins": "SELECT 1 FROM t " + "JOIN t " * 5_000,
    "left joins": "SELECT 1 FROM t " + "LEFT JOIN t " * 30,
    "not": "SELECT " + "NOT " * 20_000 + "1",
    "minus": "SELECT " + "- " * 20_000 + "1",
    "plus": "SELECT " + "1 + " * 20_000 + "1",
    "case": "SELECT " + "CASE WHEN " * 10_000,
    "unions": "SELECT 1 " + "UNION SELECT 1 " * 10_000,
    "types": "SELECT " + "DATE(" * 40 + "1" + ")" * 40,
    "arrays": "SELECT " + "ARRAY[" * 40 + "1" + "]" * 40,
    "structs": "SELECT " + "STRUCT(" * 40 + "1" + ")" * 40,
    "commas": "SELECT 1" + ", 1" * 30_000,
    "unknown functions": "SELECT " + ", ".join(f"unknown_{number}()" for number in range(5_000)),
    "comments": "/*" * 50_000,
    "semicolons": ";" * 100_000,
    "quotes": "'" * 99_999,
    "dots": "SELECT a" + ".a" * 20_000,
    "casts": "SELECT 1" + "::int" * 20_000,
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", LONG)
@pytest.mark.timeout(60)
def test_a_long_or_deep_text_ends_in_a_verdict(dialect: str, name: str):
    assert isinstance(SQLGuard(GuardPolicy(dialect)).check(LONG[name]), Verdict)


@pytest.mark.parametrize("name", ["types", "arrays", "left joins"])
def test_the_guard_without_a_dialect_refuses_what_is_too_deep(name: str):
    with pytest.raises(ReadOnlyViolationError, match="refused"):
        ReadOnlySQLGuard.check(LONG[name])
