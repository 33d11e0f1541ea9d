"""A statement on PostgreSQL that is not ours: described before it runs, then run once in a READ ONLY transaction. Kind: threaded.

ADBC gives Arrow data at several times the speed of rows, and is used where it gives every column rightly (`Described.has_arrow`).
Else the server's own texts come as rows and become columns. Both ways hold the same lock: one statement, prepared by the server;
a transaction that is READ ONLY before the statement is seen, and for good, since a transaction that has asked something cannot be
made READ WRITE any more; and no commit.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from racto_nb._extras import imported
from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.kept_rows import kept, result_of_columns, result_of_texts, too_large
from racto_nb.pipelines.sql_analyst.sources.postgres_connections import EXTRA, Connections
from racto_nb.pipelines.sql_analyst.sources.postgres_types import NUMERIC, UUID, Described
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.pipelines.sql_analyst.sources.stopping import Ending
from racto_nb.pipelines.sql_analyst.sources.text_columns import typed

if TYPE_CHECKING:
    import polars as pl
    from adbc_driver_manager import AdbcConnection
    from psycopg import Connection
    from psycopg.pq.abc import PGresult

_AT_ONCE = 100
"""Rows that the library takes before it gives one: with large values these are many bytes."""
_BATCH_BYTES = 1024 * 1024
_FIRST = (
    "SELECT pg_catalog.set_config('statement_timeout', '{timeout}', true), pg_catalog.current_setting('transaction_read_only')"
)
"""The first statement of a transaction. After it, PostgreSQL refuses to make the transaction READ WRITE."""
_CALENDAR = frozenset({"date", "datetime", "instant"})
_DAY = 24 * 60 * 60 * 1_000_000
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""The first day of the year 1 and the last one of 9999, counted from 1970."""
_ENUMS = "SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'e' AND oid = ANY(%s)"


def described(connection: Connection[Any], sql: str, ending: Ending) -> tuple[Described, ...]:
    """The columns of `sql`, which the server prepares and does not run. Raises psycopg's errors."""
    ending.by(lambda: connection.cancel_safe(timeout=5))
    try:
        _succeeded(connection.pgconn.prepare(b"", sql.encode()))
        found = _succeeded(connection.pgconn.describe_prepared(b""))
        columns = [(found.fname(at) or b"", found.ftype(at), found.fmod(at)) for at in range(found.nfields)]
        own = [kind for _, kind, _ in columns if Described("", kind, 0).is_own]
        enums = {row[0] for row in connection.execute(_ENUMS, [own])} if own else set[int]()
    finally:
        ending.by(None)
    return tuple(Described(name.decode(), kind, modifier, kind in enums) for name, kind, modifier in columns)


def text_result(
    connections: Connections, sql: str, columns: Sequence[Described], limits: RunLimits, ending: Ending
) -> QueryResult:
    """The rows of `sql` as the server writes them. Raises psycopg's errors, ResultTooLargeError."""
    psycopg = imported("psycopg", extra=EXTRA)
    with connections.reading() as connection, connection.cursor() as cursor:
        ending.by(lambda: connection.cancel_safe(timeout=5))
        _refuse_writable(connection.execute(_first(limits).encode()).fetchone())
        for column in columns:
            cursor.adapters.register_loader(column.type, psycopg.types.string.TextLoader)
        size = _AT_ONCE if psycopg.capabilities.has_stream_chunked() else 1
        with closing(cast("Generator[Any]", cursor.stream(sql.encode(), size=size))) as found:
            rows, truncated = kept(found, limits, sql=sql, source=connections.name)
        ending.by(None)
    result = result_of_texts([column.name for column in columns], [(column.kind, column.places) for column in columns], rows)
    return replace(result, truncated=truncated)


def arrow_result(
    connections: Connections, sql: str, columns: Sequence[Described], limits: RunLimits, ending: Ending
) -> QueryResult | None:
    """The rows of `sql` as Arrow data, by ADBC. None where ADBC gives a column that is not right. Raises ADBC's errors,
    ResultTooLargeError."""
    with connections.arrow() as connection:
        if connection is None:
            return None
        ending.by(connection.cancel)
        with _reader(connection, _first(limits)) as first:
            _refuse_writable(tuple(first.read_all().to_pylist()[0].values()))
        # A comment at the end of the statement would hide what ADBC writes behind it.
        with _reader(connection, f"{sql}\n") as reader:
            table, truncated = _read(reader, connections.name, sql, limits)
            if truncated:
                connection.cancel()  # else closing reads all the rest
        ending.by(None)
    series = [_series(table.column(at), column) for at, column in enumerate(columns)]
    if any(each is None for each in series):
        return None
    made = [(each, column.kind == "other") for each, column in zip(series, columns, strict=True) if each is not None]
    return replace(result_of_columns([column.name for column in columns], made), truncated=truncated)


def _first(limits: RunLimits) -> str:
    return _FIRST.format(timeout=max(1, round(limits.deadline * 1000)))


def _refuse_writable(row: Sequence[object] | None) -> None:
    """A connection pooler may drop the options of a session; then nothing is run."""
    if row is None or row[1] != "on":
        msg = (
            "The connection is not READ ONLY: something on the way to the server drops its options. Connect to PostgreSQL itself."
        )
        raise SourceError(msg)


def _succeeded(result: PGresult) -> PGresult:
    psycopg = imported("psycopg", extra=EXTRA)
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result, encoding="utf-8")
    return result


@contextmanager
def _reader(connection: AdbcConnection, sql: str) -> Generator[Any]:
    """The batches of a statement. ADBC asks the server to prepare it, which refuses two, and lets it run as a query only."""
    manager = imported("adbc_driver_manager", extra=EXTRA)
    errors = imported("adbc_driver_manager._reader", extra=EXTRA)  # pyarrow's own reader forgets what the server said
    statement = manager.AdbcStatement(connection)
    try:
        statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
        statement.set_sql_query(sql)
        handle, _ = statement.execute_query()
        reader = errors.AdbcRecordBatchReader._import_from_c(handle.address)  # noqa: SLF001  (adbc has no other way)
        try:
            yield reader
        finally:
            reader.close()
    finally:
        statement.close()


def _read(reader: Any, name: str, sql: str, limits: RunLimits) -> tuple[Any, bool]:
    arrow = imported("pyarrow", extra=EXTRA)
    batches: list[Any] = []
    rows = taken = 0
    for batch in reader:
        batches.append(batch)
        rows, taken = rows + batch.num_rows, taken + batch.nbytes
        if limits.max_rows is not None and rows > limits.max_rows:
            break
        if taken > limits.max_bytes:
            raise too_large(sql, name, limits, f"more than {taken} bytes in {rows} rows")
    table = arrow.Table.from_batches(batches, reader.schema)
    if limits.max_rows is None or rows <= limits.max_rows:
        return table, False
    return table.slice(0, limits.max_rows), True


def _series(values: Any, column: Described) -> pl.Series | None:
    """A column of ADBC's as ours. None where it is none of the kind that was described, or has a value that polars lacks."""
    import polars as pl

    arrow = imported("pyarrow", extra=EXTRA)
    if isinstance(values.type, arrow.BaseExtensionType):
        values = arrow.chunked_array([chunk.storage for chunk in values.chunks], values.type.storage_type)
    series: pl.Series = imported("polars", extra=EXTRA).from_arrow(values)
    if column.type == UUID:
        return _uuids(series)
    if column.type == NUMERIC:
        return typed(series, column.kind, column.places) if series.dtype == pl.String else None
    if column.kind in {"text", "other"} and series.dtype != pl.String:
        return None  # a type that was made after ADBC had asked which there are
    return series if column.kind not in _CALENDAR or _has_a_year(series) else None


def _has_a_year(series: pl.Series) -> bool:
    """Whether all moments are in the years 1 to 9999. Python has no others, and "infinity" comes as one of them."""
    import polars as pl

    days = series.to_physical() if series.dtype == pl.Date else series.to_physical() // _DAY
    return bool(days.is_between(_FIRST_DAY, _LAST_DAY).all())


def _uuids(series: pl.Series) -> pl.Series:
    """Sixteen bytes as PostgreSQL writes them."""
    import polars as pl

    digits = series.bin.encode("hex").to_frame("v").lazy()
    parts = [pl.col("v").str.slice(start, length) for start, length in ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))]
    return digits.select(pl.concat_str(parts, separator="-")).collect().to_series()
