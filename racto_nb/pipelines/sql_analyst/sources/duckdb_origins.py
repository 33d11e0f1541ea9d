"""Where the tables of a DuckDB source come from, if not from a database file: files and frames. Kind: threaded.

Each writes a database file that the child process opens to read only, and tells whether that file is as it should be still.
"""

from __future__ import annotations

import glob
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from racto_nb.exceptions import SourceError, UsageError
from racto_nb.pipelines.sql_analyst.schema.quoting import quoted
from racto_nb.pipelines.sql_analyst.sources.files import found_path

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from duckdb import DuckDBPyConnection


class ArrowTable(Protocol):
    """Whatever gives its rows as an Arrow stream: a frame of polars, a table of pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


T = TypeVar("T")

_READERS = {
    ".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv", ".parquet": "read_parquet", ".pq": "read_parquet",
    ".json": "read_json", ".jsonl": "read_json", ".ndjson": "read_json",
}  # fmt: skip
_PACKED = {".gz", ".zst"}
_OWN_NAME = "racto"
"""The name of the database that files and frames are put in."""


class Origin(ABC):
    """Tables that have to be put in a database file before they can be asked."""

    catalog = _OWN_NAME
    """The name of the database file, and so of the database: statements may write it before the name of a table."""

    @abstractmethod
    def is_current(self) -> bool:
        """Whether nothing has changed since `write`."""
        ...

    @abstractmethod
    def write(self, path: Path) -> None:
        """Put the tables into a new database file. Raises SourceError."""
        ...


class FilesOrigin(Origin):
    """Files by the names of their tables. They are read again when one of them has another time or size."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = {name: (_reader(path), path) for name, path in _named(files).items()}
        self._written: object = None
        self._marks()

    def is_current(self) -> bool:
        """Whether the files have the times and sizes that they had."""
        return self._written == self._marks()

    def write(self, path: Path) -> None:
        """Read the files into tables, all of their rows."""
        marks = self._marks()
        with _new_database(path) as connection:
            for name, (reader, place) in self._files.items():
                with told_of(f"the file {str(place)!r}"):
                    connection.execute(f"CREATE TABLE {quoted(name, 'duckdb')} AS SELECT * FROM {reader}({as_text(str(place))})")  # noqa: S608  (all quoted)
        self._written = marks

    def _marks(self) -> dict[str, list[tuple[str, int, int]]]:
        return {name: _marks(place) for name, (_, place) in self._files.items()}


class FramesOrigin(Origin):
    """Frames by the names of their tables, as they are when they are written: what changes in them later is not seen."""

    def __init__(self, frames: Mapping[str, ArrowTable | pd.DataFrame]) -> None:
        self._frames = {name: _checked(name, frame) for name, frame in _named(frames).items()}
        self._is_written = False

    def is_current(self) -> bool:
        """Whether they have been written."""
        return self._is_written

    def write(self, path: Path) -> None:
        """Make a table of each frame."""
        with _new_database(path) as connection:
            for name, frame in self._frames.items():
                with told_of(f"the frame {name!r}"):
                    connection.register("racto_given", _as_taken(frame))
                    connection.execute(f"CREATE TABLE {quoted(name, 'duckdb')} AS SELECT * FROM racto_given")  # noqa: S608  (quoted)
                    connection.unregister("racto_given")
        self._is_written = True


class told_of:  # noqa: N801  (reads as a word in a `with` line)
    """Turn what DuckDB or a frame raises inside the block into a SourceError about `what`."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, SourceError):
            msg = f"DuckDB could not read {self._what}: {str(error).strip()}"
            raise SourceError(msg, source=self._what) from error


def _new_database(path: Path) -> DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(str(path), config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection


def _named(tables: Mapping[str, T]) -> dict[str, T]:
    """`tables` with names that differ, to DuckDB too, which does not tell large letters from small ones."""
    if not tables:
        msg = "There is no table: give at least one by its name, such as {'orders': ...}."
        raise UsageError(msg)
    if len({name.lower() for name in tables}) < len(tables) or not all(tables):
        msg = f"Names of tables are not empty and differ in more than large and small letters; these are {list(tables)}."
        raise UsageError(msg)
    return dict(tables)


def _reader(path: Path) -> str:
    suffixes = [each.lower() for each in path.suffixes]
    kind = suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in _PACKED else suffixes[-1] if suffixes else ""
    if kind in _READERS:
        return _READERS[kind]
    msg = f"DuckDB reads tables from {', '.join(_READERS)} (also with .gz or .zst behind it), not from {str(path)!r}."
    raise SourceError(msg, source=str(path))


def _marks(path: Path) -> list[tuple[str, int, int]]:
    """The files that `path`, which may be a pattern, means now, with their times and sizes."""
    places = [Path(found) for found in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207  (an absolute pattern)
    if path.exists() or not places:
        places = [found_path(path)]
    return [(str(place), stat.st_mtime_ns, stat.st_size) for place in places for stat in [place.stat()]]


def as_text(value: str) -> str:
    """`value` as a string of SQL."""
    return "'" + value.replace("'", "''") + "'"


class _Streamed:
    """A frame as nothing but its stream: DuckDB takes that without pyarrow, which it would ask for if it saw polars."""

    def __init__(self, frame: ArrowTable) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def _checked(name: str, frame: ArrowTable | pd.DataFrame) -> ArrowTable | pd.DataFrame:
    if _is_of("pandas", frame) or hasattr(frame, "__arrow_c_stream__"):
        return frame
    hint = " Call collect() on it." if hasattr(frame, "collect") else ""
    msg = f"{name!r} is a {type(frame).__name__}; a frame of pandas or polars, or an Arrow table, makes a table.{hint}"
    raise UsageError(msg)


def _is_of(library: str, frame: object) -> bool:
    return type(frame).__module__.partition(".")[0] == library


def _as_taken(frame: ArrowTable | pd.DataFrame) -> object:
    """The frame as DuckDB takes it: an index of pandas that has names as columns, types that Arrow has not as their likes."""
    if _is_of("pandas", frame):
        table = cast("pd.DataFrame", frame)
        return table.reset_index() if any(name is not None for name in table.index.names) else table
    if _is_of("polars", frame):
        return _Streamed(_with_arrow_types(cast("pl.DataFrame", frame)))
    return _Streamed(cast("ArrowTable", frame))


def _with_arrow_types(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    likes: dict[object, pl.DataType] = {pl.Null: pl.String(), pl.Int128: pl.Decimal(38, 0)}
    changed = [pl.col(name).cast(likes[kind]) for name, kind in frame.schema.items() if kind in likes]
    return frame.with_columns(changed)
