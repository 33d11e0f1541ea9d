"""A small shop, the same in DuckDB, SQLite, PostgreSQL and MySQL, for tests and notebooks of the SQL analyst.

Six tables with keys, comments and indexes, and a view; orders from 2023-01-01 to 2024-12-31. The rows are the same each time.

    shop.build("duckdb", connection.execute)     # any callable that runs one statement
    shop.duckdb_file(path), shop.sqlite_file(path), shop.frames()
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

Dialect = Literal["duckdb", "sqlite", "postgres", "mysql"]
Rows = list[tuple[Any, ...]]

FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2024, 12, 31)
STATUSES = ("cancelled", "paid", "pending", "shipped")
COUNTRIES = ("Austria", "France", "Germany", "Italy", "Spain")
PAID_ORDERS = "SELECT id, customer_id, ordered_on FROM orders WHERE status IN ('paid', 'shipped')"
_AT_ONCE = 200


class ShopColumn(NamedTuple):
    """`kind` is one of the keys of `_TYPES`."""

    name: str
    kind: str
    null: bool = False
    comment: str | None = None


class ShopTable(NamedTuple):
    """`references` are columns and the tables whose `id` they hold."""

    name: str
    columns: tuple[ShopColumn, ...]
    key: tuple[str, ...] = ("id",)
    references: tuple[tuple[str, str], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    comment: str | None = None


TABLES = (
    ShopTable(
        "categories",
        (ShopColumn("id", "int"), ShopColumn("name", "text"), ShopColumn("parent_id", "int", null=True)),
        references=(("parent_id", "categories"),),
        indexes=(("parent_id",),),
    ),
    ShopTable(
        "customers",
        (
            ShopColumn("id", "int"),
            ShopColumn("name", "text"),
            ShopColumn("email", "text", comment="personal: never show it"),
            ShopColumn("city", "text"),
            ShopColumn("country", "text"),
            ShopColumn("joined_on", "date"),
        ),
        indexes=(("country", "city"),),
        comment="people who have ordered at least once, or signed up",
    ),
    ShopTable(
        "products",
        (
            ShopColumn("id", "int"),
            ShopColumn("name", "text"),
            ShopColumn("category_id", "int"),
            ShopColumn("price", "money", comment="in euros, with tax"),
            ShopColumn("discontinued", "int", comment="1 where it is no longer sold"),
        ),
        references=(("category_id", "categories"),),
        indexes=(("category_id",),),
    ),
    ShopTable(
        "orders",
        (
            ShopColumn("id", "int"),
            ShopColumn("customer_id", "int"),
            ShopColumn("ordered_on", "date"),
            ShopColumn("status", "text", comment="only paid and shipped orders are revenue"),
        ),
        references=(("customer_id", "customers"),),
        indexes=(("customer_id",), ("ordered_on",)),
        comment="one row for each order; what was ordered stands in order_items",
    ),
    ShopTable(
        "order_items",
        (
            ShopColumn("order_id", "int"),
            ShopColumn("product_id", "int"),
            ShopColumn("quantity", "int"),
            ShopColumn("unit_price", "money", comment="the price on the day of the order"),
        ),
        key=("order_id", "product_id"),
        references=(("order_id", "orders"), ("product_id", "products")),
        indexes=(("product_id",),),
    ),
    ShopTable(
        "reviews",
        (
            ShopColumn("id", "int"),
            ShopColumn("product_id", "int"),
            ShopColumn("customer_id", "int"),
            ShopColumn("rating", "int", comment="1 (bad) to 5 (good)"),
            ShopColumn("comment", "text", null=True),
            ShopColumn("written_on", "date"),
        ),
        references=(("customer_id", "customers"), ("product_id", "products")),
        indexes=(("customer_id",), ("product_id",)),
    ),
)  # fmt: skip

_TYPES: dict[Dialect, dict[str, str]] = {
    "duckdb": {"int": "INTEGER", "text": "VARCHAR", "money": "DECIMAL(10,2)", "date": "DATE"},
    "sqlite": {"int": "INTEGER", "text": "TEXT", "money": "DECIMAL(10,2)", "date": "DATE"},
    "postgres": {"int": "integer", "text": "text", "money": "numeric(10,2)", "date": "date"},
    "mysql": {"int": "int(11)", "text": "varchar(200)", "money": "decimal(10,2)", "date": "date"},
}


def type_of(column: ShopColumn, dialect: Dialect) -> str:
    """The type of `column` as the database writes it (MariaDB, for "mysql": MySQL 8 writes "int")."""
    return _TYPES[dialect][column.kind]


def statements(dialect: Dialect) -> Iterator[str]:
    """All statements that make the shop, one after another, without semicolons."""
    for table in TABLES:
        yield _created(table, dialect)
        yield from _comments(table, dialect)
        for columns in table.indexes:
            yield f"CREATE INDEX {table.name}_{'_'.join(columns)} ON {table.name} ({', '.join(columns)})"
        rows = shop_rows()[table.name]
        # Rows that name others of their own table come one by one: DuckDB wants those to be there before.
        at_once = 1 if any(target == table.name for _, target in table.references) else _AT_ONCE
        for start in range(0, len(rows), at_once):
            values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows[start : start + at_once])
            yield f"INSERT INTO {table.name} VALUES {values}"
    yield f"CREATE VIEW paid_orders AS {PAID_ORDERS}"


def build(dialect: Dialect, execute: Callable[[str], object]) -> None:
    """Make the shop in an empty database; `execute` runs one statement."""
    for statement in statements(dialect):
        execute(statement)


def duckdb_file(path: Path) -> Path:
    """The shop as a new DuckDB file at `path`."""
    import duckdb

    with duckdb.connect(str(path)) as connection:
        build("duckdb", connection.execute)
    return path


def sqlite_file(path: Path) -> Path:
    """The shop as a new SQLite file at `path`."""
    import sqlite3

    connection = sqlite3.connect(path)
    build("sqlite", connection.execute)
    connection.commit()
    connection.close()
    return path


def frames() -> dict[str, Any]:
    """The six tables as polars frames."""
    import polars as pl

    kinds = {"int": pl.Int64, "text": pl.String, "money": pl.Decimal(10, 2), "date": pl.Date}
    return {
        table.name: pl.DataFrame(
            shop_rows()[table.name], schema={column.name: kinds[column.kind] for column in table.columns}, orient="row"
        )
        for table in TABLES
    }


@cache
def shop_rows() -> dict[str, Rows]:
    """The rows of each table, in the order of its columns."""
    chance = random.Random(20230101)
    categories, products, customers = _categories(), _products(chance), _customers(chance)
    orders, items = _orders(chance, customers, products)
    return {
        "categories": categories,
        "customers": customers,
        "products": products,
        "orders": orders,
        "order_items": items,
        "reviews": _reviews(chance, orders, items),
    }


def _categories() -> Rows:
    names = (
        ("Kitchen", None),
        ("Garden", None),
        ("Books", None),
        ("Pots", 1),
        ("Knives", 1),
        ("Seeds", 2),
        ("Tools", 2),
        ("Novels", 3),
    )
    return [(number, name, parent) for number, (name, parent) in enumerate(names, 1)]


def _products(chance: random.Random) -> Rows:
    things = {4: ("pot", "pan", "lid"), 5: ("knife", "peeler", "board"), 6: ("basil", "tomato", "poppy"), 7: ("spade", "rake", "hose"), 8: ("thriller", "romance", "saga")}  # fmt: skip
    names = [(f"{size} {thing}", category) for category, some in things.items() for thing in some for size in ("Small", "Large")]
    return [
        (number, name, category, Decimal(chance.randint(199, 9999)) / 100, int(number % 10 == 0))
        for number, (name, category) in enumerate(names, 1)
    ]


def _customers(chance: random.Random) -> Rows:
    first = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jo")
    last = ("Berg", "Costa", "Doyle", "Eriksen", "Fuchs", "O'Hara")
    cities = (("Wien", 0), ("Paris", 1), ("Lyon", 1), ("Berlin", 2), ("Hamburg", 2), ("Köln", 2), ("Roma", 3), ("Madrid", 4))
    rows: Rows = []
    for number in range(1, 61):
        given, family = first[number % 10], last[number % 6]
        city, country = chance.choice(cities)
        mail = f"{given}.{family}{number}@example.org".lower().replace("'", "")
        joined = FIRST_DAY - timedelta(days=chance.randint(0, 400))
        rows.append((number, f"{given} {family}", mail, city, COUNTRIES[country], joined))
    return rows


def _orders(chance: random.Random, customers: Rows, products: Rows) -> tuple[Rows, Rows]:
    """About four hundred orders. Three customers have none, two products were never sold."""
    orders: Rows = []
    items: Rows = []
    days = (LAST_DAY - FIRST_DAY).days
    for number in range(1, 401):
        customer = chance.choice(customers[:-3])[0]
        status = chance.choices(STATUSES, weights=(1, 4, 1, 6))[0]
        orders.append((number, customer, FIRST_DAY + timedelta(days=round(days * (number - 1) / 399)), status))
        for product in sorted(chance.sample(products[:-2], chance.randint(1, 4))):
            items.append((number, product[0], chance.randint(1, 5), product[3]))
    return orders, items


def _reviews(chance: random.Random, orders: Rows, items: Rows) -> Rows:
    words = ("Good.", "Not what I'd hoped for", "100% as described", "Would buy again; really", None)
    rows: Rows = []
    for number, item in enumerate(chance.sample(items, 150), 1):
        order = orders[item[0] - 1]
        written = order[2] + timedelta(days=chance.randint(2, 60))
        rows.append(
            (
                number,
                item[1],
                order[1],
                chance.choices((1, 2, 3, 4, 5), weights=(1, 1, 2, 4, 4))[0],
                chance.choice(words),
                written,
            )
        )
    return rows


def _created(table: ShopTable, dialect: Dialect) -> str:
    lines: list[str] = []
    for column in table.columns:
        comment = f" COMMENT {_literal(column.comment)}" if dialect == "mysql" and column.comment else ""
        lines.append(f"{column.name} {type_of(column, dialect)}{'' if column.null else ' NOT NULL'}{comment}")
    lines.append(f"PRIMARY KEY ({', '.join(table.key)})")
    lines += [f"FOREIGN KEY ({column}) REFERENCES {target} (id)" for column, target in table.references]
    comment = f" COMMENT {_literal(table.comment)}" if dialect == "mysql" and table.comment else ""
    return f"CREATE TABLE {table.name} ({', '.join(lines)}){comment}"


def _comments(table: ShopTable, dialect: Dialect) -> Iterator[str]:
    """SQLite has no comments; MySQL's stand in the table itself."""
    if dialect in {"sqlite", "mysql"}:
        return
    if table.comment:
        yield f"COMMENT ON TABLE {table.name} IS {_literal(table.comment)}"
    for column in table.columns:
        if column.comment:
            yield f"COMMENT ON COLUMN {table.name}.{column.name} IS {_literal(column.comment)}"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (str, date)):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)


def column_names(table: str) -> Sequence[str]:
    """The columns of a table of the shop, in order."""
    return [column.name for each in TABLES if each.name == table for column in each.columns]
