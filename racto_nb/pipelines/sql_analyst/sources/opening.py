"""Whatever a user has that can be asked, as a source: an address, a file, an engine, a connection, a frame. Kind: threaded."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable
from urllib.parse import unquote

from racto_nb.exceptions import SourceError, UsageError, WrongTypeError
from racto_nb.pipelines.sql_analyst.sources.addresses import PORTS, Address, address_of, dialect_of
from racto_nb.pipelines.sql_analyst.sources.column_names import unique_names
from racto_nb.pipelines.sql_analyst.sources.duckdb_source import DuckDBSource
from racto_nb.pipelines.sql_analyst.sources.files import checked_file, found_path
from racto_nb.pipelines.sql_analyst.sources.mysql import MySQLSource
from racto_nb.pipelines.sql_analyst.sources.postgres import PostgresSource
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.sources.sqlite import SQLiteSource

_TABLES = (".csv", ".tsv", ".parquet", ".pq", ".json", ".jsonl", ".ndjson")
_PACKED = (".gz", ".zst")
_DUCKDB = (".duckdb", ".ddb")
_FRAME = "df"
"""The table that a frame without a name becomes."""
_FILES = frozenset({"duckdb", "sqlite"})
_MEMORY = frozenset({"", ":memory:"})


def opened_source(
    *,
    connection_string: object = None,
    engine: object = None,
    host: str = "localhost",
    port: int = 5432,
    database: str | None = None,
    username: str | None = None,
    password: str | None = None,
    driver: str = "postgresql",
) -> Source:
    """The source that is meant. A server is connected to, and a file read, when it is asked first.

    `connection_string` and `engine` are two places for one thing:

    * an address: `postgresql://`, `mysql://`, `mariadb://`, `sqlite:///`, `duckdb:///`, with or without a driver (`+psycopg`);
    * the path of a file of DuckDB or SQLite (told apart by what is in it), of CSV, TSV, Parquet or JSON (gzip too), or a folder
      of such: each file is a table of its name;
    * an engine of SQLAlchemy, a connection of DuckDB or of sqlite3, a source;
    * a frame of pandas or polars (the table `df`), or a mapping of names to frames, or to paths.

    Else the parts are given: a `database` of `driver` at `host` and `port` (3306 for MySQL, where 5432 stands), with characters
    of any kind in user and password. For "sqlite" and "duckdb", `database` is the path.

    Raises UsageError when nothing, or two things, are given; WrongTypeError for what cannot be asked; SourceError for an address
    that cannot be read or a scheme that nobody speaks; MissingFileError for a path where nothing is: no file is ever made.

    >>> opened_source(database="shop", username="ann", password="p@ss/wörd").name
    'postgresql://ann@localhost:5432/shop'
    """
    given = [each for each in (connection_string, engine) if each is not None]
    if len(given) > 1:
        msg = "Give connection_string or engine, not both: they are two places for one thing."
        raise UsageError(msg)
    if given:
        return _of(given[0])
    if database is None and username is None:
        msg = (
            "Say what to ask: connection_string='postgresql://user:password@host:5432/database', the path of a file, an engine, "
            "a connection or a frame; or host=, database=, username=, password= and driver=."
        )
        raise UsageError(msg)
    dialect = dialect_of(driver)
    if dialect in _FILES:
        return _of_file(database or "", dialect)
    chosen = port if port != PORTS["postgres"] else PORTS[dialect]
    return _of_server(Address(dialect, host, chosen, database, username, password))


@runtime_checkable
class _Engine(Protocol):
    """What is used of SQLAlchemy's engine, of either colour."""

    @property
    def url(self) -> Any: ...
    @property
    def dialect(self) -> Any: ...


def connection_of(engine: object) -> object:
    """`engine`, or its connection where it is one to a database in memory: its pool may give other threads another, empty one."""
    return _in_memory(engine) if isinstance(engine, _Engine) and _is_in_memory(engine) else engine


def _is_in_memory(engine: _Engine) -> bool:
    return engine.url.get_backend_name() in _FILES and (engine.url.database or "") in _MEMORY


def _in_memory(engine: object) -> object:
    return cast("Any", engine).raw_connection().driver_connection


def _of(given: object) -> Source:
    if isinstance(given, str | os.PathLike):
        text = os.fspath(cast("str | os.PathLike[str]", given))
        return _of_url(text) if "://" in text else _of_path(text)
    if isinstance(given, sqlite3.Connection):
        return SQLiteSource.from_connection(given)
    if isinstance(given, Mapping):
        return _of_tables(cast("Mapping[str, object]", given))
    if isinstance(given, Source):
        return given
    return _of_object(given)


def _of_object(given: Any) -> Source:
    kind = cast("type[object]", type(given))
    if kind.__name__ == "DuckDBPyConnection":
        return DuckDBSource.from_connection(given)
    if _is_frame(given):
        return DuckDBSource.from_frames({_FRAME: given})
    if isinstance(given, _Engine):
        return _of_engine(given)
    msg = (
        f"A {kind.__module__}.{kind.__qualname__} cannot be asked. Give an address, a path, an engine of SQLAlchemy, a "
        "connection of DuckDB or sqlite3, a frame of pandas or polars, or a mapping of names to frames."
    )
    raise WrongTypeError(msg)


def _of_url(text: str) -> Source:
    scheme, _, rest = text.partition("://")
    dialect = dialect_of(scheme)
    if dialect in _FILES:
        return _of_file(rest.removeprefix("/"), dialect)
    return _of_server(address_of(text))


def _of_server(address: Address) -> Source:
    return PostgresSource(address) if address.dialect == "postgres" else MySQLSource(address)


def _of_engine(engine: _Engine) -> Source:
    """The database of an engine. What its address does not say, such as a password that a function gives, is not known here."""
    url = engine.url
    dialect = dialect_of(url.get_backend_name())
    if dialect in _FILES:
        if _is_in_memory(engine):
            return _of(_in_memory(engine))
        return _of_file(url.database, dialect)
    options = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    password = None if url.password is None else str(url.password)
    return _of_server(Address(dialect, url.host, url.port, url.database, url.username, password, options))


def _of_file(path: str, dialect: str) -> Source:
    """A file that an address names: it may be percent-escaped, and SQLite's may be an address of its own (`file:…?mode=ro`)."""
    plain = path.removeprefix("file:").partition("?")[0]
    if plain in _MEMORY:
        msg = f"A {dialect} database in memory is only in its connection: give the connection itself."
        raise UsageError(msg)
    chosen = plain if Path(plain).exists() else unquote(plain)
    return DuckDBSource.from_file(checked_file(chosen)) if dialect == "duckdb" else SQLiteSource.from_file(chosen)


def _of_path(path: str) -> Source:
    place = found_path(path)
    if place.is_dir():
        return _of_folder(place, path)
    if _is_table(place):
        return DuckDBSource.from_files({_table_name(place): place})
    with place.open("rb") as file:
        head = file.read(16)
    is_duckdb = head[8:12] == b"DUCK" or (not head and place.suffix.lower() in _DUCKDB)
    return DuckDBSource.from_file(place) if is_duckdb else SQLiteSource.from_file(path)


def _of_folder(folder: Path, told: str) -> Source:
    files = sorted(each for each in folder.iterdir() if each.is_file() and _is_table(each))
    if not files:
        msg = f"There is no table in the folder {told!r}: files of {', '.join(_TABLES)} are looked for, in the folder itself."
        raise SourceError(msg, source=told)
    return DuckDBSource.from_files(dict(zip(unique_names([_table_name(each) for each in files]), files, strict=True)))


def _of_tables(tables: Mapping[str, object]) -> Source:
    paths = {
        name: os.fspath(cast("str | os.PathLike[str]", path))
        for name, path in tables.items()
        if isinstance(path, str | os.PathLike)
    }
    if not paths:
        return DuckDBSource.from_frames(cast("Any", tables))
    if len(paths) < len(tables):
        msg = "A mapping gives frames or paths of files, not both: read the files into frames first, or the frames into files."
        raise UsageError(msg)
    return DuckDBSource.from_files({name: checked_file(path) for name, path in paths.items()})


def _is_frame(given: object) -> bool:
    library = type(given).__module__.partition(".")[0]
    return hasattr(given, "__arrow_c_stream__") or (library in {"pandas", "polars"} and type(given).__name__.endswith("Frame"))


def _is_table(path: Path) -> bool:
    name = path.name.lower()
    plain = next((name.removesuffix(packed) for packed in _PACKED if name.endswith(packed)), name)
    return plain.endswith(_TABLES)


def _table_name(path: Path) -> str:
    """A name that needs no quotes: letters, digits and underscores of the file's name."""
    plain = re.sub(r"\W+", "_", path.name.partition(".")[0]).strip("_") or "data"
    return f"t_{plain}" if plain[0].isdigit() else plain
