"""What every call of every kit used and cost, one row each, in a folder of the user's.

    from racto_nb import ledger

    ledger.total().price        # US dollars, as a Decimal
    ledger.by("model")          # a polars frame
    ledger.sql("SELECT model, sum(price) FROM calls GROUP BY model")

It is on by default and keeps no texts. `RACTO_LEDGER` names another folder, or `off`; `use` and `ledger_at` do so in a program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from racto_nb.ledger.choosing import current, ledger_at, needed, use
from racto_nb.ledger.ledger import Ledger
from racto_nb.ledger.reading import Library, Since, Total

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Ledger", "Total", "by", "connect", "current", "frame", "ledger_at", "sql", "total", "use"]


def connect() -> DuckDBPyConnection:
    """A DuckDB connection with the table `calls` of the ledger that holds. Raises UsageError where it is off."""
    return needed().connect()


def sql(query: str, *, as_: Library = "polars") -> Any:
    """The result of a DuckDB `query` over the table `calls`, as a frame of polars, or of pandas."""
    return needed().sql(query, as_=as_)


def frame(*, as_: Library = "polars") -> Any:
    """All rows of the ledger that holds, as a frame of polars, or of pandas. Prices are decimals."""
    return needed().frame(as_=as_)


def total(*, since: Since = None, session: str | None = None) -> Total:
    """The sums over all calls, or those from `since` on: a datetime, a date, or a timedelta before now."""
    return needed().total(since=since, session=session)


def by(what: str, *, since: Since = None, session: str | None = None, as_: Library = "polars") -> Any:
    """The sums for each "day" (of UTC), "model", "cell" or "provider", as a frame."""
    return needed().by(what, since=since, session=session, as_=as_)
