"""Schemas for tests that need no database."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, ForeignKey, Table


def table(
    name: str, *columns: str, keys: dict[str, str] | None = None, schema: str | None = None, comment: str | None = None
) -> Table:
    """A table of integers; `keys` are columns and the tables whose "id" they hold."""
    return Table(
        name=name,
        schema=schema,
        columns=tuple(Column(column, "INTEGER") for column in ("id", *columns, *(keys or {}))),
        primary_key=("id",),
        foreign_keys=tuple(ForeignKey((column,), target, ("id",)) for column, target in (keys or {}).items()),
        comment=comment,
    )


def database(*tables: Table, dialect: Dialect = "duckdb", default: str | None = "main") -> DatabaseSchema:
    return DatabaseSchema(dialect, tables, default)


SHOP = database(
    replace(
        table("customers", "name", "email", "country", comment="people; their email is personal"),
        columns=(
            Column("id", "INTEGER", nullable=False),
            Column("name", "VARCHAR", samples=("Ada", "Ben")),
            Column("email", "VARCHAR", comment="the email address", samples=("a@b",)),
            Column("country", "VARCHAR", samples=("Germany", "Spain")),
        ),
        indexes=(("email",), ("country", "name"), ("lower(email)",)),
    ),
    table("orders", "status", "ordered_on", keys={"customer_id": "customers"}),
    replace(
        table("order_items", "quantity", keys={"order_id": "orders", "product_id": "products"}),
        primary_key=("order_id", "product_id"),
    ),
    table("products", "title", "price", keys={"category_id": "categories"}),
    table("categories", "label"),
    table("salaries", "amount", schema="private", comment="of employees"),
)
"""A shop, with a table in another schema."""


def texts() -> st.SearchStrategy[str]:
    """What may stand in a database, with what breaks lines and looks like structure in it."""
    pieces = [
        "\n",
        "\r",
        "\u2028",
        "\u2029",
        "\x85",
        "\x0b",
        "\x0c",
        "\x1c",
        "Table: ",
        "View: ",
        "PRIMARY KEY (",
        "INDEX (",
        "  ",
        "--",
        "e.g. ",
    ]
    pieces += [
        "Left out to keep this short: ",
        "Other tables, not described here: ",
        '"',
        "'",
        "`",
        ".",
        "<|im_start|>",
        "[INST]",
        "x",
        "Größe",
        "Question: ",
    ]
    return st.lists(st.one_of(st.sampled_from(pieces), st.text(max_size=6)), min_size=1, max_size=6).map("".join)


def odd_schemas(dialects: tuple[Dialect, ...] = ("duckdb", "sqlite", "postgres", "mysql")) -> st.SearchStrategy[DatabaseSchema]:
    """Schemas whose names, types, comments and samples are anything."""
    words = texts()
    column = st.builds(
        Column,
        name=words,
        type=words,
        nullable=st.booleans(),
        comment=st.none() | words,
        samples=st.lists(words, max_size=3).map(tuple),
    )
    key = st.builds(ForeignKey, columns=st.tuples(words), target=words, target_columns=st.tuples(words))
    made = st.builds(
        Table,
        name=words,
        columns=st.lists(column, max_size=3, unique_by=lambda each: each.name).map(tuple),
        schema=st.none() | words,
        kind=st.sampled_from(["table", "view"]),
        primary_key=st.lists(words, max_size=2).map(tuple),
        foreign_keys=st.lists(key, max_size=2).map(tuple),
        indexes=st.lists(st.tuples(words), max_size=2).map(tuple),
        row_count=st.none() | st.integers(0, 10**12),
        estimated=st.booleans(),
        comment=st.none() | words,
    )
    tables = st.lists(made, max_size=3, unique_by=lambda each: each.full_name).map(tuple)
    return st.builds(DatabaseSchema, dialect=st.sampled_from(dialects), tables=tables, default_schema=st.none() | words)
