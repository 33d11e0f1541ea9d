"""What each database has of its own: attached databases, temporary tables, virtual ones, partitions, rights."""

from __future__ import annotations

from pipelines.schema.engines import EVERYTHING, Engine, in_duckdb, in_mysql, in_postgres, in_sqlite

from racto_nb.pipelines.sql_analyst.schema import sampling
from racto_nb.pipelines.sql_analyst.schema.values import ForeignKey, SchemaWish


def names(engine: Engine) -> list[str]:
    return [table.full_name for table in engine.schema().tables]


@in_duckdb
def test_duckdbs_other_schemas_and_attached_databases_have_names(engine: Engine):
    engine.run("CREATE SCHEMA sales; CREATE TABLE sales.t (i int); ATTACH ':memory:' AS other; CREATE TABLE other.u (i int)")
    engine.run(
        "CREATE SCHEMA other.deep; CREATE TABLE other.deep.v (i int); INSERT INTO other.deep.v VALUES (5); CREATE TABLE w (i int)"
    )
    assert names(engine) == ["w", "other.u", "other.deep.v", "sales.t"]
    assert engine.schema().default_schema == "main"
    assert engine.table("other.deep.v").columns[0].samples == ("5",)


@in_duckdb
def test_a_registered_frame_is_a_table_and_hides_one_of_its_name(engine: Engine):
    engine.run("CREATE TABLE t (a int, b int, PRIMARY KEY (a)); CREATE INDEX ti ON t (b)")
    engine.run("CREATE TEMP VIEW t AS SELECT 'x' AS c FROM range(3)")
    table = engine.table("t")
    assert (table.kind, table.row_count, table.primary_key, table.indexes) == ("table", 3, (), ())
    assert [(column.name, column.samples) for column in table.columns] == [("c", ("x",))]


@in_duckdb
def test_duckdbs_types_are_written_as_it_writes_them(engine: Engine):
    engine.run(
        "CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE TABLE t (m mood, l int[], s STRUCT(a int, b text), d DECIMAL(9,3))"
    )
    engine.run("INSERT INTO t VALUES ('sad', [1], {a: 1, b: 'x'}, 1.5)")
    table = engine.table("t")
    assert [column.type for column in table.columns] == [
        "ENUM('sad', 'it''s ok')",
        "INTEGER[]",
        "STRUCT(a INTEGER, b VARCHAR)",
        "DECIMAL(9,3)",
    ]
    assert [column.samples for column in table.columns] == [("sad",), (), (), ("1.500",)]


@in_duckdb
def test_an_index_over_an_expression_keeps_it_and_a_generated_column_is_one(engine: Engine):
    engine.run('CREATE TABLE t ("a""b" varchar, n int, g int GENERATED ALWAYS AS (n + 1))')
    engine.run('CREATE INDEX one ON t ("a""b", n); CREATE INDEX two ON t (lower("a""b"))')
    table = engine.table("t")
    assert ('a"b', "n") in table.indexes
    assert any("lower" in part for index in table.indexes for part in index)
    assert [column.name for column in table.columns] == ['a"b', "n", "g"]


@in_duckdb
def test_a_view_over_something_gone_costs_the_other_tables_nothing(engine: Engine):
    engine.run("CREATE TABLE gone (i int); CREATE VIEW v AS SELECT * FROM gone; CREATE TEMP VIEW tv AS SELECT * FROM gone")
    engine.run("CREATE TABLE t (i int); INSERT INTO t VALUES (1); DROP TABLE gone")
    assert (engine.table("tv").row_count, engine.table("tv").columns[0].samples) == (None, ())
    assert (engine.table("t").row_count, engine.table("t").columns[0].samples) == (1, ("1",))


@in_sqlite
def test_sqlites_declared_types_are_kept_and_may_be_missing(engine: Engine):
    engine.run("CREATE TABLE t (a, b VARCHAR(20), c FLOAT PRECISION, d INTEGER GENERATED ALWAYS AS (b || 'x') STORED)")
    assert [(column.name, column.type) for column in engine.table("t").columns] == [
        ("a", ""),
        ("b", "VARCHAR(20)"),
        ("c", "FLOAT PRECISION"),
        ("d", "INTEGER"),
    ]


@in_sqlite
def test_only_keys_that_sqlite_keeps_from_null_are_not_nullable(engine: Engine):
    engine.run("CREATE TABLE rowid_ (id INTEGER PRIMARY KEY)")
    engine.run("CREATE TABLE other (id TEXT PRIMARY KEY)")
    engine.run("CREATE TABLE without (b TEXT, a INT, PRIMARY KEY (a, b)) WITHOUT ROWID")
    assert not engine.table("rowid_").columns[0].nullable
    assert engine.table("other").columns[0].nullable
    assert [column.nullable for column in engine.table("without").columns] == [False, False]
    assert engine.table("without").primary_key == ("a", "b")


@in_sqlite
def test_a_key_that_names_no_column_means_the_targets_primary_key(engine: Engine):
    engine.run("CREATE TABLE Target (k INTEGER PRIMARY KEY)")
    engine.run("CREATE TABLE t (x REFERENCES TARGET, y REFERENCES missing (z))")
    assert engine.table("t").foreign_keys == (ForeignKey(("x",), "Target", ("k",)), ForeignKey(("y",), "missing", ("z",)))


@in_sqlite
def test_a_broken_view_is_said_to_be_one_and_the_others_are_read(engine: Engine):
    for statement in (
        "CREATE TABLE gone (i)",
        "CREATE VIEW bad AS SELECT * FROM gone",
        "CREATE TABLE t (i)",
        "CREATE VIEW good AS SELECT i FROM t",
    ):
        engine.run(statement)
    engine.run("DROP TABLE gone")
    assert engine.table("bad").columns == ()
    assert "cannot be read" in (engine.table("bad").comment or "")
    assert [column.name for column in engine.table("good").columns] == ["i"]


@in_sqlite
def test_virtual_tables_show_without_their_shadows_and_attached_ones_have_names(engine: Engine):
    engine.run("CREATE VIRTUAL TABLE notes USING fts5(body)")
    engine.run("ATTACH ':memory:' AS extra")
    engine.run("CREATE TABLE extra.t (i INTEGER PRIMARY KEY, j UNIQUE)")
    engine.run("INSERT INTO extra.t VALUES (1, 'x')")
    engine.run("CREATE TEMP TABLE temporary (i)")
    assert names(engine) == ["notes", "temporary", "extra.t"]
    assert engine.table("extra.t").columns[1].samples == ("x",)
    assert engine.table("extra.t").indexes == (("j",),)


@in_sqlite
def test_a_temporary_table_hides_the_one_of_its_name(engine: Engine):
    engine.run("CREATE TABLE t (old)")
    engine.run("CREATE TEMP TABLE t (new INTEGER PRIMARY KEY)")
    assert [column.name for column in engine.table("t").columns] == ["new"]


@in_sqlite
def test_large_tables_are_estimated_by_their_last_row(engine: Engine, monkeypatch):
    monkeypatch.setattr(sampling, "_MANY", 3)
    engine.run("CREATE TABLE small (i INTEGER PRIMARY KEY)")
    engine.run("INSERT INTO small VALUES (100), (200), (300)")
    engine.run("CREATE TABLE large (i INTEGER PRIMARY KEY)")
    engine.run("INSERT INTO large VALUES (1), (2), (3), (4), (9)")
    engine.run("CREATE TABLE wide (i INTEGER PRIMARY KEY) WITHOUT ROWID")
    engine.run("INSERT INTO wide VALUES (1), (2), (3), (4), (9)")
    counts = {name: (engine.table(name).row_count, engine.table(name).estimated) for name in ("small", "large", "wide")}
    assert counts == {"small": (3, False), "large": (9, True), "wide": (3, True)}


@in_sqlite
def test_blobs_among_other_values_are_no_samples(engine: Engine):
    engine.run("CREATE TABLE t (v)")
    engine.run("INSERT INTO t VALUES (1), ('text'), (2.5), (x'00'), (NULL), (10)")
    assert engine.table("t").columns[0].samples == ("1", "2.5", "10", "text")


@in_postgres
def test_postgres_hides_partitions_and_what_an_extension_brought(engine: Engine):
    engine.run("CREATE TABLE parts (d date NOT NULL, v text) PARTITION BY RANGE (d)")
    engine.run("CREATE TABLE parts_23 PARTITION OF parts FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')")
    engine.run("CREATE TABLE parts_24 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')")
    engine.run("INSERT INTO parts VALUES ('2023-02-03', 'a'), ('2024-02-03', 'b')")
    engine.run("CREATE EXTENSION pg_stat_statements")
    assert names(engine) == ["parts"]
    assert (engine.table("parts").row_count, engine.table("parts").columns[1].samples) == (2, ("a", "b"))


@in_postgres
def test_postgres_shows_only_what_the_login_may_read(engine: Engine):
    engine.run("CREATE TABLE secret (i int)")
    engine.run("CREATE TABLE half (open int PRIMARY KEY, closed int)")
    engine.run("CREATE SCHEMA private CREATE TABLE t (i int)")
    engine.run("CREATE ROLE half_reader")
    engine.run("GRANT SELECT (open) ON half TO half_reader")
    engine.run("GRANT SELECT ON private.t TO half_reader")
    engine.run("INSERT INTO half VALUES (1, 2)")
    try:
        engine.run("SET ROLE half_reader")
        assert names(engine) == ["half"]
        assert [(column.name, column.samples) for column in engine.table("half").columns] == [("open", ("1",))]
    finally:
        engine.run("RESET ROLE")
        engine.run("DROP OWNED BY half_reader")
        engine.run("DROP ROLE half_reader")


@in_postgres
def test_postgres_schemas_types_views_and_expressions(engine: Engine):
    engine.run("CREATE SCHEMA sales")
    engine.run("CREATE TYPE mood AS ENUM ('sad', 'fine')")
    engine.run("CREATE DOMAIN mail AS varchar(80)")
    engine.run("CREATE TABLE keys (k int PRIMARY KEY)")
    engine.run(
        'CREATE TABLE sales."T" (m mood, a int[], j jsonb, e mail, x int REFERENCES public.keys, g int GENERATED ALWAYS AS (1) STORED)'
    )
    engine.run('CREATE INDEX ON sales."T" (lower(e), x) INCLUDE (m)')
    engine.run("CREATE MATERIALIZED VIEW sales.mv AS SELECT 1 AS one")
    engine.run("""INSERT INTO sales."T" (m, j, e) VALUES ('fine', '{}', 'a@b')""")
    table = engine.table("sales.T")
    assert [column.type for column in table.columns] == ["mood", "integer[]", "jsonb", "mail", "integer", "integer"]
    assert [column.samples for column in table.columns] == [("fine",), (), (), ("a@b",), (), ("1",)]
    assert table.foreign_keys == (ForeignKey(("x",), "keys", ("k",)),)
    assert [(index[0].startswith("lower("), index[1]) for index in table.indexes] == [(True, "x")]
    assert (engine.table("sales.mv").kind, engine.table("sales.mv").row_count) == ("view", 1)
    assert engine.schema().default_schema == "public"


@in_postgres
def test_postgres_large_tables_have_its_own_estimate(engine: Engine):
    engine.run("CREATE TABLE large AS SELECT repeat('x', 900) AS t FROM generate_series(1, 40000)")
    before = engine.table("large", SchemaWish(row_counts=True))
    engine.run("ANALYZE large")
    after = engine.table("large", SchemaWish(row_counts=True))
    assert (before.row_count, before.estimated) == (None, False)
    assert (after.row_count, after.estimated) == (40000, True)


@in_mysql
def test_mysqls_types_comments_and_generated_columns(engine: Engine):
    engine.run(
        "CREATE TABLE t (e enum('a','b') COMMENT 'it''s', u int unsigned, j json, b blob, g int AS (u + 1), "
        "p varchar(10), KEY k (p(3), e)) COMMENT 'a table'"
    )
    engine.run("INSERT INTO t (e, u, j, p) VALUES ('a', 7, '{}', 'long value')")
    table = engine.table("t")
    assert [column.type for column in table.columns][:2] == ["enum('a','b')", "int(10) unsigned"]
    assert (table.comment, table.columns[0].comment, table.indexes) == ("a table", "it's", (("p", "e"),))
    assert [column.samples for column in table.columns] == [("a",), ("7",), (), (), ("8",), ("long value",)]


@in_mysql
def test_a_login_without_a_database_sees_all_of_them_with_their_names(engine: Engine):
    name = engine.run("SELECT database()")[0][0]
    engine.run("CREATE TABLE t (id int PRIMARY KEY)")
    engine.run("CREATE TABLE u (t int, FOREIGN KEY (t) REFERENCES t (id))")
    assert names(engine) == ["t", "u"]
    engine.run(f"CREATE DATABASE {name}_empty")
    engine.run(f"USE {name}_empty")
    assert names(engine) == []
    engine.run(f"DROP DATABASE {name}_empty")  # now none is chosen
    schema = engine.schema(EVERYTHING)
    mine = {table.full_name: table for table in schema.tables if table.schema == name}
    assert sorted(mine) == [f"{name}.t", f"{name}.u"]
    assert mine[f"{name}.u"].foreign_keys == (ForeignKey(("t",), f"{name}.t", ("id",)),)
    assert (schema.default_schema, mine[f"{name}.t"].row_count) == (None, 0)
    assert {table.schema for table in schema.tables}.isdisjoint({"mysql", "information_schema", "performance_schema", "sys"})
