"""What a name of a table or column means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipelines.schema.parts import texts

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.pipelines.sql_analyst.schema.naming import ColumnNames, TableNames, names_given, parts_of
from racto_nb.pipelines.sql_analyst.schema.quoting import quoted, written

name = st.one_of(texts(), st.text(min_size=1, max_size=12))


@pytest.mark.parametrize("given_name", ["orders", "ORDERS", '"Orders"', "`orders`", " orders ", "main.orders", 'Main."ORDERS"'])
def test_a_table_of_the_default_schema_has_many_spellings(given_name: str):
    assert (None, "Orders") in TableNames.of([given_name], "main")


def test_a_bare_table_name_does_not_give_the_tables_of_other_schemas():
    assert ("private", "orders") not in TableNames.of(["orders"], "main")
    assert ("private", "orders") in TableNames.of(["Private.Orders"], "main")
    assert (None, "orders") not in TableNames.of(["private.orders"], "main")


def test_a_bare_column_name_takes_the_column_from_every_table():
    names = ColumnNames.of(["password", "users.pin", "hr.people.salary"], "main")
    assert (None, "users", "PASSWORD") in names
    assert ("other", "anything", "password") in names
    assert (None, "users", "pin") in names
    assert ("other", "users", "pin") in names
    assert (None, "orders", "pin") not in names
    assert ("hr", "people", "salary") in names
    assert ("other", "people", "salary") not in names


def test_a_table_of_another_attached_database_is_named_with_dots():
    assert ("other.deep", "t") in TableNames.of(["other.deep.t"])
    assert ("other.deep", "t") in TableNames.of(['"other.deep".t'])


@given(name, name)
def test_a_quoted_name_means_just_that_table(schema: str, table: str):
    path = f"{quoted(schema, 'duckdb')}.{quoted(table, 'duckdb')}"
    assert (schema, table) in TableNames.of([path])
    assert (None, table) in TableNames.of([quoted(table, "duckdb")])
    assert (None, table) in TableNames.of([quoted(table, "mysql")])
    assert parts_of(path) == (schema.casefold(), table.casefold())


@given(name, name, name)
def test_a_quoted_column_is_found_in_its_table_and_nowhere_else(schema: str, table: str, column: str):
    names = ColumnNames.of([".".join(quoted(part, "sqlite") for part in (schema, table, column))])
    assert (schema, table, column) in names
    assert (schema, table + "_", column) not in names
    assert (schema, table, column + "_") not in names


@given(name)
def test_no_name_makes_the_reader_stumble(text: str):
    assert parts_of(text) == parts_of(text.strip())


def test_wrong_lists_are_refused_with_what_to_write():
    assert names_given(None, "allowed_tables") == frozenset()
    assert names_given(["a", "a"], "allowed_tables") == {"a"}
    with pytest.raises(WrongTypeError, match=r"Write \['password'\]"):
        names_given("password", "blocked_columns")
    with pytest.raises(WrongTypeError, match="not 3"):
        names_given([3], "blocked_columns")  # type: ignore[list-item]
    with pytest.raises(UsageError, match="empty name"):
        names_given([" "], "blocked_columns")


@pytest.mark.parametrize(
    ("plain", "dialect", "text"),
    [
        ("orders", "duckdb", "orders"),
        ("Orders", "postgres", '"Orders"'),
        ("order", "sqlite", '"order"'),
        ("a`b", "mysql", "`a``b`"),
        ("1st", "duckdb", '"1st"'),
        ("Größe", "duckdb", '"Größe"'),
    ],
)
def test_names_are_written_as_the_database_needs_them(plain: str, dialect: str, text: str):
    assert written(plain, dialect) == text  # type: ignore[arg-type]
