"""A refused statement comes with one near to it that is allowed, where there is one; tables and columns are resolved."""

from __future__ import annotations

import pytest
from pipelines.guarding.shop import RULED, schema

from racto_nb.pipelines import GuardPolicy, SQLGuard


def guard(dialect: str = "duckdb", **rules: object) -> SQLGuard:
    return SQLGuard(GuardPolicy(dialect, schema=schema(dialect), **rules))


@pytest.mark.parametrize(
    ("dialect", "sql", "rewrite"),
    [
        ("duckdb", "SELECT name FROM users; DROP TABLE users", "SELECT name FROM users"),
        ("postgres", "SELECT name FROM users FOR UPDATE", "SELECT name FROM users"),
        ("postgres", "SELECT name INTO copied FROM users", "SELECT name FROM users"),
        ("duckdb", "SELECT name FROM user", "SELECT name FROM users"),
        ("duckdb", "SELECT u.name FROM usres AS u JOIN order ON true", "SELECT u.name FROM users AS u JOIN orders ON true"),
        ("duckdb", "SELECT pg_sleep(1)", None),
        ("duckdb", "DROP TABLE users", None),
    ],
)
def test_a_statement_near_to_it_is_offered(dialect: str, sql: str, rewrite: str | None):
    verdict = guard(dialect).check(sql)
    assert not verdict
    assert verdict.rewrite == rewrite
    assert rewrite is None or guard(dialect).check(rewrite)


@pytest.mark.parametrize(
    ("sql", "rewrite"),
    [
        ("SELECT * FROM users", "SELECT id, name FROM users"),
        ("SELECT u.* FROM users AS u", "SELECT u.id, u.name FROM users AS u"),
        ("DESCRIBE users", None),
        ("SELECT email FROM users", None),
    ],
)
def test_a_star_over_blocked_columns_becomes_the_others(sql: str, rewrite: str | None):
    verdict = guard(blocked_columns=RULED).check(sql)
    assert verdict.violations[0].rule == "column"
    assert verdict.rewrite == rewrite


@pytest.mark.parametrize(
    ("sql", "masked"),
    [
        ("SELECT * FROM users", {2: ("users.email",), 3: ("users.salary",)}),
        ("SELECT EMAIL AS x, name FROM USERS", {0: ("users.email",)}),
        ("SELECT count(email), count(DISTINCT email), count(*) FROM users", {}),
        ("SELECT max(email) FROM users", {0: ("users.email",)}),
        ("SELECT name FROM users WHERE email = 'x' ORDER BY salary", {}),
        ("SELECT name FROM users UNION ALL SELECT email FROM users", {0: ("users.email",)}),
        ("WITH c AS (SELECT * FROM users) SELECT upper(c.email) FROM c", {0: ("users.email",)}),
        ("SELECT o.note, o.user_id FROM orders AS o JOIN users AS u ON o.note = u.email", {0: ("users.email",)}),
        ("SELECT r.i FROM range(9) AS r(i) JOIN users AS u ON CAST(u.salary AS INT) > 3", {}),
        ("SELECT (SELECT min(email) FROM users) AS x", {0: ("users.email",)}),
        ("SELECT {'a': email}.a FROM users", {0: ("users.email",)}),
        ("SELECT row_number() OVER (ORDER BY salary) FROM users", {0: ("users.salary",)}),
        ("SELECT r.i FROM range(9) AS r(i), users AS u ORDER BY r.i = u.salary", {0: ("users.salary",)}),
        ("SELECT town FROM towns", {}),
    ],
)
def test_masked_places_follow_the_lineage(sql: str, masked: dict[int, tuple[str, ...]]):
    verdict = guard(mask_columns=RULED).check(sql)
    assert verdict.violations == ()
    assert verdict.masked == masked


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT u FROM users AS u", "SELECT row_to_json(u) FROM users AS u", "SELECT COLUMNS('e.*') FROM users", "SELECT #3 FROM users", "SELECT rowid FROM users",
        "SELECT x FROM users AS u(a, b, x, d)", "SUMMARIZE users", "SELECT name AS email FROM users", "SELECT id FROM users UNION BY NAME SELECT email FROM users",
        "SELECT * FROM users JOIN orders USING (id)", "SELECT * FROM users NATURAL JOIN orders", "SELECT nothing FROM users", "SELECT name FROM users LIMIT (SELECT salary FROM users)",
        "SELECT count(*) FROM range(100) AS r(i), users AS u WHERE r.i < u.salary",
        "SELECT i FROM (SELECT r.i, r.i = u.salary AS hit FROM range(9) AS r(i), users AS u) AS s WHERE hit", "SELECT unnest(range(CAST(salary AS INT))) FROM users",
        "SELECT count(*) FROM users AS u, range(CAST(u.salary AS INT)) AS r", "SELECT * FROM users PIVOT (max(email) FOR name IN ('Ann'))", "VALUES ((SELECT email FROM users))",
        "WITH RECURSIVE r AS (SELECT salary AS s FROM users UNION ALL SELECT s - 1 FROM r WHERE s > 0) SELECT count(*) FROM r",
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused_where_columns_have_rules(sql: str):
    verdict = guard(mask_columns=RULED).check(sql)
    assert "column" in {violation.rule for violation in verdict.violations}


def test_rules_for_columns_without_a_schema_refuse_every_table():
    verdict = SQLGuard(GuardPolicy("duckdb", mask_columns=frozenset({"email"}))).check("SELECT a FROM b")
    assert "no schema" in verdict.violations[0].message


@pytest.mark.parametrize(
    ("dialect", "sql", "found"),
    [
        ("duckdb", "WITH secrets AS (SELECT 1 AS a) SELECT * FROM secrets", None),
        ("duckdb", "WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", None),
        ("duckdb", "WITH users AS (SELECT * FROM secrets) SELECT * FROM users", "secrets"),
        ("duckdb", "WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets", "secrets"),
        ("duckdb", "WITH b AS (SELECT * FROM secrets), secrets AS (SELECT 1) SELECT * FROM b", "secrets"),
        ("duckdb", "SELECT * FROM (WITH secrets AS (SELECT 1) SELECT * FROM secrets) AS s, secrets", "secrets"),
        ("postgres", 'WITH "Secrets" AS (SELECT 1) SELECT * FROM secrets', "secrets"),
        ("postgres", "WITH Secrets AS (SELECT 1) SELECT * FROM SECRETS", None),
        ("duckdb", "WITH main AS (SELECT 1) SELECT * FROM main.secrets", "main.secrets"),
        ("duckdb", "SELECT * FROM main.users", None),
        ("duckdb", "SELECT * FROM shop.users", None),
        ("duckdb", "SELECT * FROM other.users", "other.users"),
        ("postgres", "SELECT * FROM public.users", None),
        ("postgres", 'SELECT * FROM "Users"', "Users"),
        ("mysql", "SELECT * FROM Users", "Users"),
        ("mysql", "SELECT * FROM shop.users", None),
        ("sqlite", "SELECT * FROM temp.users", "temp.users"),
        ("sqlite", "SELECT * FROM USERS", None),
        ("sqlite", "SELECT * FROM 'secrets'", "secrets"),
        ("sqlite", "SELECT * FROM users INDEXED BY by_name", "by_name"),
        ("duckdb", "SELECT 1 UNION TABLE secrets", "secrets"),
        ("duckdb", "SELECT * FROM users AS secrets", None),
    ],
)
def test_tables_are_resolved_through_ctes_schemas_and_case(dialect: str, sql: str, found: str | None):
    verdict = guard(dialect, database="shop").check(sql)
    assert [violation.found for violation in verdict.violations][:1] == ([found] if found else [])


def test_only_allowed_tables_are_read():
    few = guard(allowed_tables=frozenset({"towns", "main.users"}))
    assert few.check("SELECT * FROM towns, users").tables == ("towns", "users")
    assert few.check("SELECT * FROM towns, orders").violations[0].rule == "table"
