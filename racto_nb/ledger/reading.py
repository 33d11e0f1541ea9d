"""What a ledger is asked: SQL over its rows, frames, sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from racto_nb.exceptions import UsageError, did_you_mean

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Since = datetime | date | timedelta | None
Library = Literal["polars", "pandas"]
GROUPS = {
    "day": "CAST(time AS DATE)",
    "model": "provider || ':' || coalesce(answered, model)",
    "cell": "cell",
    "provider": "provider",
}
"""What rows may be summed up by, in SQL. Days are those of UTC."""

_SUMS = """
    count(*) AS calls,
    coalesce(sum(requests), 0)::BIGINT AS requests,
    coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
    coalesce(sum(cached_tokens), 0)::BIGINT AS cached_tokens,
    coalesce(sum(cache_write_tokens), 0)::BIGINT AS cache_write_tokens,
    coalesce(sum(reasoning_tokens), 0)::BIGINT AS reasoning_tokens,
    coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
    coalesce(sum(price), 0)::DECIMAL(24,12) AS price,
    coalesce(sum(unpriced), 0)::BIGINT AS unpriced,
    coalesce(sum(saved), 0)::DECIMAL(24,12) AS saved
"""


@dataclass(frozen=True, slots=True)
class Total:
    """The sums over some calls. `price` and `saved` are US dollars.

    `saved` is what answers would have cost that were known already. `unpriced` counts the requests whose price nobody knows:
    where it is not 0, the calls cost more than `price`.
    """

    calls: int
    requests: int
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    output_tokens: int
    price: Decimal
    unpriced: int
    saved: Decimal


def total(connection: DuckDBPyConnection, *, since: Since, session: str | None) -> Total:
    """The sums over the calls that began at `since` or later, in a `session` (None: in all)."""
    where, values = _condition(since, session)
    row = connection.execute(f"SELECT {_SUMS} FROM calls WHERE {where}", values).fetchone()  # noqa: S608  (our own words)
    assert row is not None  # noqa: S101  (sums over nothing are a row too)
    return Total(*row)


def by(connection: DuckDBPyConnection, what: str, *, since: Since, session: str | None, library: Library) -> Any:
    """The sums for each day, model, cell or provider as a frame, in their order or by price."""
    if what not in GROUPS:
        message = f"A ledger is summed up by {', '.join(GROUPS)}, not by {what!r}.{did_you_mean(what, GROUPS)}"
        raise UsageError(message)
    where, values = _condition(since, session)
    order = what if what == "day" else f"price DESC, calls DESC, {what}"
    columns = f"{GROUPS[what]} AS {what}, {_SUMS}"
    query = f"SELECT {columns} FROM calls WHERE {where} GROUP BY 1 ORDER BY {order}"  # noqa: S608  (our own words)
    return frame(connection, query, values, library=library)


def frame(connection: DuckDBPyConnection, query: str, values: list[object], *, library: Library) -> Any:
    """The rows of a query as a frame of polars or pandas, its decimals as decimals."""
    found = connection.execute(query, values)
    names = [column[0] for column in found.description or ()]
    kinds = [str(column[1]) for column in found.description or ()]
    rows = found.fetchall()
    if library == "pandas":
        import pandas as pd

        return pd.DataFrame(rows, columns=pd.Index(names))
    if library != "polars":
        message = f"A frame is one of polars or of pandas, not of {library!r}."
        raise UsageError(message)
    import polars as pl

    schema = {name: _polars_type(kind) for name, kind in zip(names, kinds, strict=True)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _polars_type(kind: str) -> Any:
    """The type of a column in polars, None for one that polars finds itself."""
    import polars as pl

    name, _, inside = kind.partition("(")
    if name == "DECIMAL":
        precision, scale = (int(part) for part in inside.rstrip(")").split(","))
        return pl.Decimal(precision, scale)
    known = {
        "VARCHAR": pl.String,
        "BIGINT": pl.Int64,
        "INTEGER": pl.Int32,
        "DOUBLE": pl.Float64,
        "BOOLEAN": pl.Boolean,
        "DATE": pl.Date,
        "TIMESTAMP": pl.Datetime("us"),
    }
    return known.get(name)


def _condition(since: Since, session: str | None) -> tuple[str, list[object]]:
    """A condition in SQL with its values."""
    begins = _begin(since)
    parts = [("time >= ?", begins), ("session = ?", session)]
    given = [(text, value) for text, value in parts if value is not None]
    return " AND ".join(text for text, _ in given) or "true", [value for _, value in given]


def _begin(since: Since) -> datetime | None:
    """The moment in UTC, without its zone, as rows have it. A time without a zone is of this machine."""
    match since:
        case None:
            return None
        case datetime():
            return since.astimezone(UTC).replace(tzinfo=None)
        case date():
            return datetime.combine(since, time()).astimezone(UTC).replace(tzinfo=None)
        case timedelta():
            return (datetime.now(UTC) - since).replace(tzinfo=None)
