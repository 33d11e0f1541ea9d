"""Rows read from a ledger's files with DuckDB, and old segments put together in Parquet."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from racto_nb.ledger.entries import COLUMNS
from racto_nb.ledger.segments import MOST_SEGMENTS, Segments

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_PARTS = 16
"""So many Parquet files may lie around; from there on they become one."""
_LONGEST_ROW = 256 * 1024 * 1024


def load_rows(connection: DuckDBPyConnection, segments: Sequence[Path], parts: Sequence[Path]) -> None:
    """Make the table `calls` of the rows in some files, the last version of each. Torn lines are left out."""
    sources = [f"SELECT {_cast()} FROM ({_segments_sql(segments)})"] if segments else []  # noqa: S608  (our own names)
    if parts:
        sources.append(f"SELECT {_cast()} FROM read_parquet({_paths(parts)}, union_by_name = true)")  # noqa: S608  (our own names)
    sources = sources or [f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in COLUMNS.items())}"]
    connection.execute(
        f"CREATE TABLE calls AS SELECT * FROM ({' UNION ALL '.join(sources)}) WHERE id IS NOT NULL "  # noqa: S608  (our own names)
        "QUALIFY row_number() OVER (PARTITION BY id ORDER BY version DESC) = 1 ORDER BY time, id"
    )


def compact(own: Segments, *, most: int = MOST_SEGMENTS) -> bool:
    """Put the segments of ended processes together, where there are more than `most`. Whether that was done.

    The rows are in the new file before the old ones go. Who is killed in between leaves rows twice, of which one is read.
    """
    if len(own.files()[0]) <= most:
        return False
    with own.held_for_compacting() as mine:
        if not mine:
            return False
        for left in own.folder.glob("*.tmp"):
            left.unlink(missing_ok=True)
        ended, parts = own.ended(), own.files()[1]
        old = parts if len(parts) >= MOST_PARTS else []
        if not ended:
            return False
        _written_together(own.folder, ended, old)
        for path in (*ended, *old):
            path.unlink(missing_ok=True)
    return True


def _written_together(folder: Path, segments: Sequence[Path], parts: Sequence[Path]) -> None:
    import duckdb

    name = f"{segments[0].stem}-{secrets.token_hex(2)}"
    new = folder / f"{name}.tmp"
    with duckdb.connect(":memory:") as connection:
        load_rows(connection, segments, parts)
        connection.execute(f"COPY calls TO {_quoted(new)} (FORMAT parquet, COMPRESSION zstd)")
    new.chmod(0o600)
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(folder / f"{name}.parquet")


def _segments_sql(segments: Sequence[Path]) -> str:
    columns = ", ".join(f"{name}: '{'VARCHAR' if 'DECIMAL' in kind else kind}'" for name, kind in COLUMNS.items())
    return (
        f"SELECT * FROM read_json({_paths(segments)}, format = 'newline_delimited', columns = {{{columns}}}, "  # noqa: S608  (our own names)
        f"ignore_errors = true, maximum_object_size = {_LONGEST_ROW})"
    )


def _cast() -> str:
    """All columns with their types: what an older version did not write, and what is damaged, is NULL. Decimals come as texts."""
    return ", ".join(f"TRY_CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS.items())


def _paths(paths: Sequence[Path]) -> str:
    return f"[{', '.join(map(_quoted, paths))}]"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
