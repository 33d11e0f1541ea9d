"""What a statement may do in SQLite: the authorizer's decisions, and the limits of a connection. Pure but for `opened`.

`mode=ro` alone is no lock: ATTACH makes other files, VACUUM INTO writes a copy, and a temporary table can be written. `PRAGMA
query_only` is none at all, since a statement can switch it off. So SQLite asks here about each step of each statement, before it
runs, and what is not a reading step is refused. A driver without a way to set an authorizer (ADBC's) cannot hold this lock.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from urllib.parse import quote

_NAMES = """
abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling changes char coalesce concat concat_ws cos cosh count cume_dist
current_date current_time current_timestamp date datetime degrees dense_rank exp first_value floor format glob group_concat
hex if ifnull iif instr julianday lag last_insert_rowid last_value lead length like likelihood likely ln log log10 log2 lower
ltrim max median min mod nth_value ntile nullif octet_length percent_rank percentile percentile_cont percentile_disc pi pow
power printf quote radians random rank regexp replace round row_number rtrim sign sin sinh soundex sqlite_source_id
sqlite_version sqrt strftime string_agg substr substring subtype sum tan tanh time timediff total total_changes trim trunc
typeof unhex unicode unistr unistr_quote unixepoch unlikely upper zeroblob randomblob -> ->> json json_array json_array_insert
json_array_length json_each json_error_position json_extract json_group_array json_group_object json_insert json_object
json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb jsonb_array
jsonb_array_insert jsonb_each jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch
jsonb_remove jsonb_replace jsonb_set jsonb_tree bm25 highlight match matchinfo offsets snippet rtreedepth rtreenode
"""
FUNCTIONS = frozenset(_NAMES.split())
"""Functions that only compute, by SQLite's own list of harmless ones and those of its text search. Not among them are
load_extension, fts3_tokenizer (a pointer into the process), optimize (writes an index), sqlite_log, and what its shell adds
(readfile, edit)."""

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
_WRITING = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE})
_TEMPORARY = frozenset({"sqlite_temp_master", "sqlite_temp_schema"})
"""Where SQLite writes down what is temporary."""
_SEARCHING = "data_version"
"""The one pragma that SQLite's own text search asks when a table of it is read."""
_SHORTEST = 1_000_000
_LONGEST = 2**31 - 1


def decision(action: int, first: str | None, second: str | None, database: str | None, inside: str | None) -> int:
    """What the authorizer says to a step of a statement: reading, or refused."""
    del database, inside
    if action in _READING or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first == _SEARCHING and second is None:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def describing(action: int, first: str | None, second: str | None, database: str | None, inside: str | None) -> int:
    """The same while the columns of a statement are asked for: it is made a view in the connection's own memory, and not run."""
    if action == sqlite3.SQLITE_CREATE_TEMP_VIEW or (action in _WRITING and first in _TEMPORARY):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first == "table_info":
        return sqlite3.SQLITE_OK
    return decision(action, first, second, database, inside)


def opened(path: str, *, longest: int) -> sqlite3.Connection:
    """The database file `path`, which must be there, to be read only. No value is longer than `longest` bytes."""
    address = f"file:{quote(path)}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, cached_statements=0)
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")  # what stands in a view may call harmless functions only
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(max(longest, _SHORTEST), _LONGEST))
        _connect_virtual(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_virtual(connection: sqlite3.Connection) -> None:
    """Let the virtual tables (text search, JSON) come into being while nobody is asked: they do so by steps that write."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'").fetchall()
    names = [str(row[0]).replace('"', '""') for row in found]
    for table in (*(f'"{name}"' for name in names), "json_each('[]')", "json_tree('[]')"):
        with suppress(sqlite3.OperationalError):  # its module is not here: the statement that reads it will be told
            connection.execute(f"SELECT 1 FROM {table} LIMIT 0").close()  # noqa: S608  (names of the catalogue, quoted)
