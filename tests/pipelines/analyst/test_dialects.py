"""Dialect slips are translated, and unknown columns are named with the nearest ones, before anybody is asked again."""

from __future__ import annotations

import pytest

from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, Table
from racto_nb.pipelines.sql_analyst.writing.dialects import is_ordered, translations
from racto_nb.pipelines.sql_analyst.writing.unknowns import unknown_columns


def table(name: str, *columns: str, schema: str | None = None) -> Table:
    return Table(name, tuple(Column(column, "VARCHAR") for column in columns), schema=schema)


def shop(dialect: str = "duckdb") -> DatabaseSchema:
    tables = (
        table("customers", "customer_id", "name", "city"),
        table("orders", "order_id", "customer_id", "ordered_at", "status"),
        table("stock", "product", "amount", schema="warehouse"),
    )
    return DatabaseSchema(dialect, tables, default_schema="main")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql", "dialect", "meant"),
    [
        ("SELECT `name` FROM `t`", "postgres", 'SELECT "name" FROM "t"'),
        ("SELECT [name] FROM [t]", "postgres", 'SELECT "name" FROM "t"'),
        ("SELECT TOP 5 name FROM t", "duckdb", "SELECT name FROM t LIMIT 5"),
        ("SELECT name FROM t WHERE name ILIKE '%a%'", "sqlite", "SELECT name FROM t WHERE LOWER(name) LIKE LOWER('%a%')"),
        ("SELECT DATE_FORMAT(d, '%Y-%m') FROM t", "duckdb", "STRFTIME("),
        ("SELECT IFNULL(a, 0) FROM t", "postgres", "SELECT COALESCE(a, 0) FROM t"),
        ("SELECT a::TEXT FROM t", "sqlite", "SELECT CAST(a AS TEXT) FROM t"),
    ],
)
def test_another_dialect_is_translated(sql: str, dialect: str, meant: str):
    assert any(meant in found.sql for found in translations(sql, dialect))  # type: ignore[arg-type]


@pytest.mark.parametrize("sql", ["SELECT 1; DROP TABLE t", "SELECT FROM WHERE", "", "PRAGMA table_info(t)", "not SQL at all"])
def test_what_is_no_single_statement_is_not_translated(sql: str):
    assert all(";" not in found.sql for found in translations(sql, "sqlite"))


def test_no_translation_comes_twice_or_is_the_statement_itself():
    found = [each.sql for each in translations("SELECT a FROM t WHERE b ILIKE 'x'", "duckdb")]

    assert len(found) == len(set(found))
    assert "SELECT a FROM t WHERE b ILIKE 'x'" not in found


def test_an_order_is_one_of_the_whole_statement():
    assert is_ordered("SELECT a FROM t ORDER BY a", "duckdb")
    assert not is_ordered("SELECT a FROM (SELECT a FROM t ORDER BY a)", "duckdb")
    assert not is_ordered("nonsense (", "duckdb")


@pytest.mark.parametrize(
    ("sql", "name", "near"),
    [
        ("SELECT order_date FROM orders", "order_date", "orders.ordered_at"),
        ("SELECT o.order_date FROM orders o", "order_date", "orders.ordered_at"),
        ("SELECT count(*) FROM orders WHERE stat = 'paid'", "stat", "orders.status"),
        ("SELECT c.nam FROM customers c JOIN orders o ON o.customer_id = c.customer_id", "nam", "customers.name"),
        ("WITH x AS (SELECT citi FROM customers) SELECT * FROM x", "citi", "customers.city"),
        ("SELECT s.amout FROM warehouse.stock s", "amout", "warehouse.stock.amount"),
    ],
)
def test_an_unknown_column_is_named_with_the_nearest(sql: str, name: str, near: str):
    (sentence,) = unknown_columns(sql, shop())

    assert f"no column {name} in" in sentence
    assert near in sentence


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders",
        "SELECT ORDER_ID, o.Status FROM orders AS o",
        "SELECT status AS state, count(*) AS n FROM orders GROUP BY state ORDER BY n",
        "SELECT rowid FROM orders",
        "SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND city = 'Rome')",
        "SELECT x.total FROM (SELECT count(*) AS total FROM orders) x",
        "WITH x AS (SELECT status FROM orders) SELECT anything FROM x JOIN nowhere USING (id)",
        "SELECT list_transform([1], n -> n + 1) FROM orders",
        "SELECT unnested FROM orders, unnest([1, 2]) AS u(unnested)",
        "SELECT o FROM orders o",
        "SELECT ordered_at.year FROM orders",
        "SELECT nonsense FROM not_listed",
        "this is not SQL",
        "SELECT a FROM orders; SELECT b FROM orders",
    ],
)
def test_what_may_be_there_is_left_to_the_database(sql: str):
    assert unknown_columns(sql, shop()) == []


def test_a_quoted_text_in_sqlite_is_no_column():
    assert unknown_columns('SELECT name FROM customers WHERE city = "Rome"', shop("sqlite")) == []
