"""Statements that must not run: those of every family, by name, in each dialect, alone and inside others."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import ReadOnlyViolationError
from racto_nb.pipelines import GuardPolicy, ReadOnlySQLGuard, SQLGuard

DIALECTS = ("duckdb", "sqlite", "postgres", "mysql")

WRITING = {
    "insert": "INSERT INTO people VALUES (1)",
    "update": "UPDATE people SET name = 'x'",
    "delete": "DELETE FROM people",
    "drop": "DROP TABLE people",
    "create table as": "CREATE TABLE copied AS SELECT * FROM people",
    "create view": "CREATE VIEW v AS SELECT 1",
    "alter": "ALTER TABLE people ADD COLUMN x int",
    "rename": "RENAME TABLE people TO folk",
    "truncate": "TRUNCATE TABLE people",
    "merge": "MERGE INTO people USING more ON people.id = more.id WHEN MATCHED THEN DELETE",
    "replace": "REPLACE INTO people VALUES (1)",
    "grant": "GRANT ALL ON people TO PUBLIC",
    "revoke": "REVOKE ALL ON people FROM PUBLIC",
    "copy to program": "COPY people TO PROGRAM 'sh -c id'",
    "copy to a file": "COPY people TO '/tmp/x.csv'",
    "copy of a query": "COPY (SELECT * FROM people) TO '/tmp/x.csv'",
    "copy from a file": "COPY people FROM '/etc/passwd'",
    "export database": "EXPORT DATABASE '/tmp/x'",
    "import database": "IMPORT DATABASE '/tmp/x'",
    "vacuum into": "VACUUM INTO '/tmp/x.db'",
    "vacuum": "VACUUM",
    "reindex": "REINDEX people",
    "select into a table": "SELECT * INTO copied FROM people",
    "select into temp": "SELECT * INTO TEMP copied FROM people",
    "select into outfile": "SELECT * FROM people INTO OUTFILE '/tmp/x'",
    "select into outfile first": "SELECT * INTO OUTFILE '/tmp/x' FROM people",
    "select into dumpfile": "SELECT 'x' INTO DUMPFILE '/tmp/x'",
    "select into a variable": "SELECT name INTO @x FROM people",
    "load data": "LOAD DATA INFILE '/etc/passwd' INTO TABLE people",
    "delete in a CTE": "WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone",
    "insert in a CTE": "WITH new AS (INSERT INTO people VALUES (1) RETURNING *) SELECT * FROM new",
    "update in a CTE": "WITH new AS (UPDATE people SET name = 'x' RETURNING *) SELECT * FROM new",
    "delete after a CTE": "WITH few AS (SELECT 1) DELETE FROM people",
    "insert after a CTE": "WITH few AS (SELECT 1) INSERT INTO people SELECT * FROM few",
    "explain analyze": "EXPLAIN ANALYZE DELETE FROM people",
    "explain analyze of a query": "EXPLAIN ANALYZE SELECT 1",
    "explain with options": "EXPLAIN (ANALYZE true) SELECT 1",
    "explain of a delete": "EXPLAIN DELETE FROM people",
    "comment on": "COMMENT ON TABLE people IS 'x'",
    "analyze": "ANALYZE people",
    "checkpoint": "CHECKPOINT",
}

SESSION = {
    "pragma": "PRAGMA writable_schema = 1",
    "pragma user_version": "PRAGMA user_version=4242 /* LIMIT 1 */",
    "pragma query_only": "PRAGMA query_only = OFF",
    "set": "SET threads = 10",
    "set role": "SET ROLE postgres",
    "set session": "SET SESSION TRANSACTION READ WRITE",
    "set global": "SET GLOBAL general_log = 1",
    "reset": "RESET ALL",
    "begin": "BEGIN",
    "commit": "COMMIT",
    "use": "USE mysql",
    "show": "SHOW ALL",
    "show tables": "SHOW TABLES",
    "attach": "ATTACH 'other.db' AS other",
    "attach database": "ATTACH DATABASE '/tmp/x.db' AS x /* LIMIT 1 */",
    "detach": "DETACH other",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "do": "DO $$ BEGIN PERFORM 1; END $$",
    "do of MySQL": "DO sleep(5)",
    "call": "CALL anything()",
    "execute": "EXECUTE anything",
    "prepare": "PREPARE p AS SELECT 1",
    "kill": "KILL 1",
    "handler": "HANDLER people OPEN",
    "lock": "LOCK TABLE people",
    "lock tables": "LOCK TABLES people WRITE",
    "listen": "LISTEN x",
    "declare": "DECLARE c CURSOR FOR SELECT 1",
    "for update": "SELECT * FROM people FOR UPDATE",
    "for share": "SELECT * FROM people FOR SHARE",
    "for no key update": "SELECT * FROM people FOR NO KEY UPDATE",
    "lock in share mode": "SELECT * FROM people LOCK IN SHARE MODE",
    "for update inside": "SELECT * FROM (SELECT * FROM people FOR UPDATE) AS p",
    "two statements": "SELECT 1; DROP TABLE people",
    "two queries": "SELECT 1; SELECT 2",
    "second after a comment": "SELECT 1 /* ; */ ; DELETE FROM people",
    "second without a space": "SELECT 1;DELETE FROM people;",
    "empty": "",
    "only a semicolon": ";",
    "only a comment": "-- nothing",
    "no SQL": "Cannot answer that, sorry.",
    "a variable that is set": "SELECT @x := 1",
    "procedure analyse": "SELECT * FROM people PROCEDURE ANALYSE()",
    "an unclosed string": "SELECT 'abc",
    "an unclosed bracket": "SELECT (1",
    "a NUL": "SELECT 1\x00; DROP TABLE people",
}

FUNCTIONS = [
    "pg_read_file('/etc/passwd')", "pg_read_binary_file('x')", "pg_ls_dir('.')", "pg_stat_file('x')", "lo_export(1, '/tmp/x')",
    "lo_import('/etc/passwd')", "lo_get(1)", "lo_put(1, 0, 'x')", "lo_unlink(1)", "dblink('host=x', 'select 1')", "dblink_exec('x', 'y')", "nextval('s')",
    "setval('s', 1)", "currval('s')", "lastval()", "pg_sleep(10)", "pg_sleep_for('1 h')", "pg_terminate_backend(1)", "pg_cancel_backend(1)",
    "pg_reload_conf()", "pg_rotate_logfile()", "pg_notify('a', 'b')", "pg_advisory_lock(1)", "pg_try_advisory_lock(1)", "set_config('a', 'b', false)",
    "current_setting('data_directory')", "query_to_xml('select 1', true, true, '')", "table_to_xml('people', true, true, '')",
    "database_to_xml(true, true, '')", "ts_stat('select 1')", "cursor_to_xml('c', 1, true, true, '')", "pg_export_snapshot()", "txid_current()",
    "inet_server_addr()", "version()", "current_database()", "pg_switch_wal()", "pg_create_restore_point('x')", "has_table_privilege('x', 'y')",
    "load_extension('x')", "fts3_tokenizer('x')", "last_insert_rowid()", "changes()", "sqlite_compileoption_get(1)", "readfile('/etc/passwd')",
    "writefile('/tmp/x', 'y')", "edit('x')", "randomblob(1000000000)", "zeroblob(1000000000)",
    "load_file('/etc/passwd')", "sleep(10)", "benchmark(1000000000, md5('x'))", "get_lock('x', 10)", "release_lock('x')", "is_free_lock('x')",
    "master_pos_wait('x', 1)", "last_insert_id()", "last_insert_id(5)", "sys_exec('id')", "sys_eval('id')", "row_count()", "found_rows()", "connection_id()",
    "getenv('HOME')", "read_text('/etc/passwd')", "read_blob('/etc/passwd')", "write_log('x')", "getvariable('x')", "sleep_ms(1000)", "setseed(0.5)",
    "query('DROP TABLE people')", "query_table('people')", "json_execute_serialized_sql('x')", "current_query()", "error('x')", "anything(1)", "xp_cmdshell('x')",
    "pg_catalog.pg_sleep(1)", "public.lower('x')", "other.upper('x')",
]  # fmt: skip

TABLE_FUNCTIONS = [
    "read_csv('/etc/passwd')", "read_csv_auto('x')", "read_parquet('x')", "parquet_scan('x')", "read_json('x')", "read_json_auto('x')", "read_text('x')", "read_blob('x')",
    "glob('/etc/*')", "sniff_csv('x')", "parquet_metadata('x')", "parquet_schema('x')", "duckdb_settings()", "duckdb_secrets()", "duckdb_tables()",
    "pragma_table_info('people')", "pragma_database_list()", "pragma_version()", "query('SELECT 1')", "query_table('people')", "sqlite_scan('x', 'y')",
    "postgres_query('x', 'y')", "pg_ls_dir('.')", "pg_read_file('x')", "pg_ls_logdir()", "dblink('x', 'select 1')", "pg_stat_file('x')", "json_execute_serialized_sql('x')",
    "pg_logical_slot_get_changes('x', NULL, NULL)", "pg_show_all_settings()", "fsdir('/etc')", "arrow_scan(1, 2, 3)", "which_secret('x', 'y')", "anything()",
]  # fmt: skip

CATALOGUES = [
    "information_schema.tables", "information_schema.columns", "pg_catalog.pg_class", "pg_class", "pg_shadow", "pg_authid", "pg_user", "pg_stat_activity",
    "pg_settings", "sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_sequence", "main.sqlite_master", "mysql.user", "mysql.db", "performance_schema.threads", "sys.processlist",
    "duckdb_tables", "duckdb_settings", "pragma_database_list", "pragma_table_list", "dbstat", "other.main.people", "system.information_schema.tables",
]  # fmt: skip


def guard(dialect: str) -> SQLGuard:
    return SQLGuard(GuardPolicy(dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [*WRITING, *SESSION])
def test_what_is_no_single_query_is_refused_and_not_run(dialect: str, name: str):
    verdict = guard(dialect).check({**WRITING, **SESSION}[name])
    assert not verdict.allowed
    assert verdict.sql == ""
    assert all(violation.message for violation in verdict.violations)


@pytest.mark.parametrize("name", [*WRITING, *SESSION])
def test_the_guard_without_a_dialect_refuses_them_too(name: str):
    with pytest.raises(ReadOnlyViolationError):
        ReadOnlySQLGuard.check({**WRITING, **SESSION}[name])


AROUND = {
    "alone": "SELECT {}",
    "in a subquery": "SELECT * FROM (SELECT {} AS x) AS s",
    "in a CTE": "WITH c AS (SELECT {} AS x) SELECT * FROM c",
    "in a condition": "SELECT 1 FROM people WHERE {} IS NOT NULL",
    "in CASE": "SELECT CASE WHEN 1 = 1 THEN {} ELSE 2 END",
    "in ORDER BY": "SELECT name FROM people ORDER BY {}",
    "in GROUP BY": "SELECT count(*) FROM people GROUP BY {}",
    "in HAVING": "SELECT name FROM people GROUP BY name HAVING {} IS NULL",
    "in a join": "SELECT 1 FROM people AS p JOIN shops AS s ON p.id = {}",
    "in a window": "SELECT row_number() OVER (ORDER BY {}) FROM people",
    "in UNION": "SELECT 1 UNION ALL SELECT {}",
    "as an argument": "SELECT coalesce(upper({}), 'x')",
    "in upper case": "SELECT {upper}",
    "in LIMIT": "SELECT name FROM people LIMIT (SELECT {})",
}


def around(frame: str, part: str) -> str:
    return frame.replace("{upper}", part.partition("(")[0].upper() + "(" + part.partition("(")[2]).replace("{}", part)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("call", FUNCTIONS)
def test_a_function_that_does_not_only_compute_is_refused_wherever_it_stands(dialect: str, call: str):
    passed = [name for name, frame in AROUND.items() if guard(dialect).check(around(frame, call))]
    assert passed == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("call", TABLE_FUNCTIONS)
def test_a_table_function_that_reads_something_else_is_refused(dialect: str, call: str):
    frames = [
        "SELECT * FROM {}",
        "SELECT * FROM people, {} AS x",
        "SELECT * FROM people CROSS JOIN LATERAL {} AS x",
        "SELECT 1 WHERE 1 IN (SELECT 1 FROM {})",
    ]
    assert [frame for frame in frames if guard(dialect).check(frame.replace("{}", call))] == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", CATALOGUES)
def test_catalogues_and_other_databases_are_not_read(dialect: str, name: str):
    frames = [
        "SELECT * FROM {}",
        "SELECT 1 FROM people JOIN {} AS x ON true",
        "SELECT (SELECT count(*) FROM {})",
        "WITH c AS (SELECT * FROM {}) SELECT 1",
        "SELECT 1 UNION SELECT 2 FROM {}",
    ]
    assert [frame for frame in frames if guard(dialect).check(frame.replace("{}", name))] == []


@pytest.mark.parametrize(
    "sql",
    [
        "FROM 'people.csv'",
        "SELECT * FROM 'people.parquet'",
        'SELECT * FROM "data/people.csv"',
        "SELECT * FROM 'https://x/y.csv'",
        "SELECT * FROM '*.json'",
    ],
)
def test_a_file_in_the_place_of_a_table_is_refused(sql: str):
    assert guard("duckdb").check(sql).violations[0].rule == "table"


@pytest.mark.parametrize(
    ("sql", "rule", "found"),
    [
        ("DELETE FROM people", "writes", "DELETE"),
        ("SELECT 1; DROP TABLE people", "one_statement", "DROP TABLE people"),
        ("SELECT name\nFROM people\nWHERE pg_sleep(1) IS NULL", "function", "pg_sleep"),
        ("SELECT * FROM read_csv('x')", "table_function", "read_csv"),
        ("SELECT * FROM people FOR UPDATE", "locking", "FOR"),
        ("SELECT * FROM secret.people", "table", "secret.people"),
        ("SET threads = 1", "setting", "SET"),
        ("ATTACH 'x'", "statement_kind", "ATTACH"),
        ("SELECT FROM WHERE", "syntax", None),
    ],
)  # fmt: skip
def test_a_violation_says_the_rule_and_where_it_is(sql: str, rule: str, found: str | None):
    policy = GuardPolicy("duckdb", allowed_tables=frozenset({"people"}))
    violation = SQLGuard(policy).check(sql).violations[0]
    assert violation.rule == rule
    if found is not None:
        assert violation.found == found
        assert sql[violation.start : violation.end] == found


def test_refuse_raises_with_the_rule_the_place_and_the_verdict():
    with pytest.raises(ReadOnlyViolationError, match=r"refused \(function, line 2, column 3\): The function pg_sleep") as caught:
        guard("postgres").refuse("SELECT\n  pg_sleep(1)")
    assert caught.value.verdict.violations[0].rule == "function"
    assert guard("postgres").refuse("SELECT 1").allowed


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "SELECT /*! sleep(10), */ 1"),
        ("mysql", "SELECT /*!50000 sleep(10), */ 1"),
        ("mysql", "SELECT /*M! sleep(10), */ 1"),
        ("mysql", "SELECT 'a\\', ' ; DROP TABLE people; -- '"),
        ("mysql", "SELECT @@global.secure_file_priv"),
        ("mysql", "SELECT /*+ SET_VAR(sql_mode='') */ 1"),
        ("postgres", "SELECT 'a\\', ' ; DROP TABLE people; -- '"),
        ("postgres", 'SELECT U&"\\0061" FROM people'),
        ("postgres", "SELECT U&'\\0061'"),
        ("postgres", "SELECT $1"),
        ("postgres", "SELECT 1 OPERATOR(pg_catalog.+) 1"),
        ("duckdb", "SELECT $name"),
        ("duckdb", "SELECT ?"),
        ("duckdb", "SELECT * FROM people AT (VERSION => 1)"),
        ("sqlite", "SELECT :name"),
        ("sqlite", "SELECT @name"),
        ("duckdb", "SELECT a\u200b FROM people"),
        ("postgres", "SELECT 1\u00a0, 2"),
        ("duckdb", "SELECT 1 table, 2 FROM people"),
        ("postgres", "SELECT a FROM people procedure"),
    ],
)  # fmt: skip
def test_what_an_engine_might_read_otherwise_is_refused(dialect: str, sql: str):
    assert not guard(dialect).check(sql)
