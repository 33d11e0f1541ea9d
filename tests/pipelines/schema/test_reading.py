"""The same shop in four databases is the same schema, but for the names of types and for what a database has no place for."""

from __future__ import annotations

import pytest
import shop_database as shop
from pipelines.schema.engines import Engine, in_every_engine

from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, ForeignKey, SchemaWish


@in_every_engine
def test_the_tables_are_those_of_the_shop_and_nothing_of_the_system(place: Engine):
    tables = place.schema().tables
    assert [table.full_name for table in tables] == sorted([*(table.name for table in shop.TABLES), "paid_orders"])
    assert [table.name for table in tables if table.kind == "view"] == ["paid_orders"]
    assert {table.schema for table in tables} == {None}


@in_every_engine
@pytest.mark.parametrize("table", shop.TABLES, ids=lambda table: table.name)
def test_a_table_has_its_columns_keys_indexes_and_rows(place: Engine, table: shop.ShopTable):
    read = place.table(table.name)
    assert [(column.name, column.nullable) for column in read.columns] == [(column.name, column.null) for column in table.columns]
    assert [column.type for column in read.columns] == [shop.type_of(column, place.dialect) for column in table.columns]
    assert read.primary_key == table.key
    assert read.foreign_keys == tuple(ForeignKey((column,), target, ("id",)) for column, target in table.references)
    assert read.indexes == table.indexes
    assert (read.row_count, read.estimated) == (len(shop.shop_rows()[table.name]), False)


@in_every_engine
def test_comments_are_read_where_the_database_has_them(place: Engine):
    has = place.dialect != "sqlite"
    for table in shop.TABLES:
        read = place.table(table.name)
        assert read.comment == (table.comment if has else None)
        assert [column.comment for column in read.columns] == [column.comment if has else None for column in table.columns]
    assert place.table("paid_orders").comment is None


@in_every_engine
def test_samples_are_the_values_of_columns_with_few_in_order_and_up_to_the_limit(place: Engine):
    samples = {column.name: column.samples for column in place.table("orders").columns}
    assert samples == {"id": (), "customer_id": (), "ordered_on": (), "status": shop.STATUSES}
    customers = {column.name: column.samples for column in place.table("customers").columns}
    assert customers["country"] == shop.COUNTRIES
    assert "Köln" in customers["city"]
    assert customers["email"] == ()
    two = place.table("categories", SchemaWish(samples=True, sample_limit=2))
    assert two.columns[1].samples == ("Books", "Garden")


@in_every_engine
def test_only_what_is_wished_is_read(place: Engine):
    table = place.table("orders", SchemaWish(indexes=False))
    assert (table.indexes, table.row_count, {column.samples for column in table.columns}) == ((), None, {()})
    assert place.schema(SchemaWish()) == schema_of(place.dialect, place.read)


@in_every_engine
def test_few_statements_are_asked_however_many_columns_there_are(place: Engine):
    place.asked = 0
    place.schema()
    assert place.asked <= 8  # SQLite asks for each view; the shop has one


@in_every_engine
def test_an_empty_database_has_no_tables(engine: Engine):
    empty = engine.schema()

    assert empty == DatabaseSchema(engine.dialect, (), empty.default_schema, empty.database)
    assert (empty.database is not None) == (engine.dialect == "duckdb")


@in_every_engine
def test_odd_names_are_read_as_they_are(engine: Engine):
    mark = "`" if engine.dialect == "mysql" else '"'
    names = (
        "weird name",
        "Größe",
        "select",
        "semi;colon",
        "it's",
        "100%",
        "a:b",
        "dot.ted",
        'quo"te' if mark == "`" else "back`tick",
    )
    columns = ", ".join(f"{mark}{name}{mark} int" for name in names)
    engine.run(f"CREATE TABLE {mark}Odd 'table' %s :x{mark} ({columns})")
    engine.run(f"INSERT INTO {mark}Odd 'table' %s :x{mark} VALUES ({', '.join('7' for _ in names)})")
    table = engine.table("Odd 'table' %s :x")
    assert [column.name for column in table.columns] == list(names)
    assert {column.samples for column in table.columns} == {("7",)}
    assert table.row_count == 1


@in_every_engine
def test_a_key_over_two_columns_keeps_their_order(engine: Engine):
    engine.run("CREATE TABLE pairs (a int NOT NULL, b int NOT NULL, PRIMARY KEY (b, a))")
    engine.run("CREATE TABLE uses (x int, y int, FOREIGN KEY (y, x) REFERENCES pairs (b, a))")
    assert engine.table("pairs").primary_key == ("b", "a")
    assert engine.table("uses").foreign_keys == (ForeignKey(("y", "x"), "pairs", ("b", "a")),)


@in_every_engine
def test_a_unique_column_is_an_index(engine: Engine):
    engine.run("CREATE TABLE people (id int PRIMARY KEY, mail varchar(50) UNIQUE)")
    assert engine.table("people").indexes == (("mail",),)


@in_every_engine
def test_long_values_are_cut_and_nulls_are_no_samples(engine: Engine):
    engine.run("CREATE TABLE notes (body varchar(5000))")
    engine.run(f"INSERT INTO notes VALUES ('{'ä' * 3000}'), (NULL), ('short')")
    assert engine.table("notes").columns[0].samples == ("short", "ä" * 60 + "…")


@in_every_engine
def test_columns_that_cannot_be_compared_have_no_samples(engine: Engine):
    binary = {"postgres": "bytea", "mysql": "longblob"}.get(engine.dialect, "BLOB")
    other = {"sqlite": "BLOB", "duckdb": "STRUCT(a INTEGER)"}.get(engine.dialect, "json")
    engine.run(f"CREATE TABLE things (b {binary}, o {other}, t varchar(10))")
    engine.run("INSERT INTO things VALUES (NULL, NULL, 'x')")
    if engine.dialect == "sqlite":
        engine.run("INSERT INTO things VALUES (x'00ff', x'01', 'y')")
    assert [column.samples for column in engine.table("things").columns][:2] == [(), ()]
    assert engine.table("things").columns[2].samples[0] == "x"


@in_every_engine
def test_many_tables_are_read_in_few_statements(engine: Engine):
    for number in range(130):
        engine.run(f"CREATE TABLE t{number:03} (a int, b int)")
    engine.run("INSERT INTO t129 VALUES (1, 2)")
    engine.asked = 0
    tables = engine.schema().tables
    assert engine.asked <= 15
    assert (tables[0].row_count, tables[129].row_count) == (0, 1)
    assert tables[129].columns[1].samples == ("2",)
