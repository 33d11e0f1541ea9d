"""What a pipeline does not show is gone everywhere."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from pipelines.schema.parts import SHOP, database, table

from racto_nb.pipelines.sql_analyst.schema.filtering import unknown_names, visible, without_samples
from racto_nb.pipelines.sql_analyst.schema.rendering import schema_text
from racto_nb.pipelines.sql_analyst.schema.values import Column, DatabaseSchema, ForeignKey, Table


def names(schema: DatabaseSchema) -> list[str]:
    return [table.full_name for table in schema.tables]


def named(schema: DatabaseSchema, name: str) -> Table:
    return next(table for table in schema.tables if table.full_name == name)


def test_without_rules_all_is_shown():
    assert visible(SHOP) == SHOP


def test_only_allowed_tables_are_shown_and_keys_to_others_are_gone():
    shown = visible(SHOP, allowed_tables=["Orders", "main.order_items"])
    assert names(shown) == ["orders", "order_items"]
    assert named(shown, "orders").foreign_keys == ()
    assert [key.target for key in named(shown, "order_items").foreign_keys] == ["orders"]


def test_a_table_of_another_schema_is_allowed_by_its_whole_name_only():
    assert names(visible(SHOP, allowed_tables=["salaries"])) == []
    assert names(visible(SHOP, allowed_tables=["private.salaries"])) == ["private.salaries"]


def test_a_blocked_column_is_gone_from_keys_indexes_samples_and_comments():
    customers = named(visible(SHOP, blocked_columns=["EMAIL"]), "customers")
    assert [column.name for column in customers.columns] == ["id", "name", "country"]
    assert customers.indexes == (("country", "name"),)
    assert customers.comment is None
    shown = visible(SHOP, blocked_columns=["products.id", "order_items.order_id"])
    assert named(shown, "products").primary_key == ()
    assert (named(shown, "order_items").primary_key, named(shown, "order_items").foreign_keys) == ((), ())
    assert named(shown, "orders").primary_key == ("id",)


def test_a_comment_may_name_a_column_that_another_table_still_shows():
    schema = database(table("a", "name", comment="the name of it"), table("b", "name"))
    assert named(visible(schema, blocked_columns=["b.name"]), "a").comment == "the name of it"


def test_a_masked_column_keeps_its_name_and_loses_its_samples():
    customers = named(without_samples(SHOP, ["customers.name"]), "customers")
    assert [(column.name, column.samples) for column in customers.columns][1:3] == [("name", ()), ("email", ("a@b",))]


def test_names_that_mean_nothing_are_told():
    assert unknown_names(SHOP, tables=["orders", "oders", "salaries"], columns=["email", "orders.email", "nothing"]) == [
        "nothing",
        "oders",
        "orders.email",
        "salaries",
    ]


words = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"])


@st.composite
def schemas(draw: st.DrawFn) -> DatabaseSchema:
    """Schemas of few words, which stand everywhere where a name can stand."""
    tables: list[Table] = []
    for name in draw(st.lists(words, min_size=1, max_size=4, unique=True)):
        columns = draw(st.lists(words, min_size=1, max_size=4, unique=True))
        note = st.none() | st.lists(words, max_size=3).map(" of ".join)
        some = st.lists(st.sampled_from(columns), max_size=2, unique=True).map(tuple)
        tables.append(
            Table(
                name,
                tuple(Column(column, "INT", comment=draw(note)) for column in columns),
                primary_key=draw(some),
                foreign_keys=tuple(
                    draw(st.lists(st.builds(ForeignKey, some, words, st.lists(words, max_size=2).map(tuple)), max_size=2))
                ),
                indexes=tuple((f"lower({part})",) for part in draw(some)),
                comment=draw(note),
            )
        )
    return DatabaseSchema("duckdb", tuple(tables), "main")


@settings(max_examples=60)
@given(schemas(), st.frozensets(words, max_size=4), st.none() | st.frozensets(words, max_size=3))
def test_a_name_that_is_hidden_everywhere_occurs_nowhere_in_the_text(
    schema: DatabaseSchema, blocked: frozenset[str], allowed: frozenset[str] | None
):
    shown = visible(schema, allowed_tables=allowed, blocked_columns=blocked)
    left = {table.name for table in shown.tables} | {column.name for table in shown.tables for column in table.columns}
    present = {table.name for table in schema.tables} | {column.name for table in schema.tables for column in table.columns}
    text = schema_text(shown).replace("(", " ").replace(")", " ").replace(",", " ").split()
    assert not (present - left) & set(text)
    assert not {column.name for table in shown.tables for column in table.columns} & blocked


@settings(max_examples=60)
@given(schemas(), st.frozensets(words, max_size=4))
def test_hiding_twice_hides_no_more(schema: DatabaseSchema, blocked: frozenset[str]):
    once = visible(schema, blocked_columns=blocked)
    assert visible(once, blocked_columns=blocked) == once
    assert replace(once, tables=()) == replace(schema, tables=())
