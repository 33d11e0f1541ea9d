"""A ledger: what every call of every kit used and cost, one row each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError
from racto_nb.ledger import reading
from racto_nb.ledger.compacting import compact, load_rows
from racto_nb.ledger.port import KeptInMemory, LedgerPort, where_of
from racto_nb.ledger.reading import Library, Since, Total
from racto_nb.ledger.segments import Segments

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = ":memory:"


class Ledger:
    """The ledger in the folder `path` (":memory:": it ends with the process). The folder is made when the first row is written.

    Each call is one row: when, where (session, notebook, cell), who answered, tokens, the price in US dollars, how long it took,
    where the answer came from, and the class of its error. `texts=True` keeps questions and answers too, without the secrets of
    the environment; by default nothing of them is written down, but a hash of the question. Any number of processes may write
    and read at once.

    >>> Ledger(":memory:").total().calls
    0
    """

    def __init__(self, path: str | os.PathLike[str], *, texts: bool = False) -> None:
        text = os.fspath(path)
        if not text.strip():
            message = "A ledger needs a folder, or ':memory:'; the path is empty."
            raise UsageError(message)
        self.path: Path | None = None if text == MEMORY else expanded(text).absolute()
        self.texts = texts
        self._rows = KeptInMemory() if self.path is None else Segments(self.path)
        self.port = LedgerPort(self._rows, where_of(self.path), texts=texts)

    def connect(self) -> DuckDBPyConnection:
        """A DuckDB connection with the table `calls`: all rows as of now. What is done to it is not kept."""
        import duckdb

        self.port.settle()
        connection = duckdb.connect(":memory:")
        connection.execute("SET enable_progress_bar = false")
        if isinstance(self._rows, Segments):
            compact(self._rows)
            with self._rows.held_for_reading():
                load_rows(connection, *self._rows.files())
            return connection
        with _written_down(self._rows.rows) as path:
            load_rows(connection, [path], [])
        return connection

    def sql(self, query: str, *, as_: Library = "polars") -> Any:
        """The result of a DuckDB `query` over the table `calls`, as a frame of polars, or with `as_="pandas"` of pandas.

        >>> Ledger(":memory:").sql("SELECT count(*) AS n FROM calls")["n"].item()
        0
        """
        with self.connect() as connection:
            return reading.frame(connection, query, [], library=as_)

    def frame(self, *, as_: Library = "polars") -> Any:
        """All rows, the oldest first, as a frame of polars, or with `as_="pandas"` of pandas. Prices are decimals."""
        return self.sql("SELECT * EXCLUDE (version) FROM calls ORDER BY time, id", as_=as_)

    def total(self, *, since: Since = None, session: str | None = None) -> Total:
        """The sums over all calls, or those from `since` on: a datetime, a date, or a timedelta before now."""
        with self.connect() as connection:
            return reading.total(connection, since=since, session=session)

    def by(self, what: str, *, since: Since = None, session: str | None = None, as_: Library = "polars") -> Any:
        """The sums for each "day" (of UTC), "model", "cell" or "provider", as a frame."""
        with self.connect() as connection:
            return reading.by(connection, what, since=since, session=session, library=as_)

    def close(self) -> None:
        """Write what was begun, and let go of the file. The next call opens another."""
        self.port.close()

    def __repr__(self) -> str:
        return f"Ledger({where_of(self.path)!r})"


def texts_wanted(environ: Mapping[str, str]) -> bool:
    """Whether RACTO_LEDGER_TEXTS asks to keep questions and answers."""
    return environ.get("RACTO_LEDGER_TEXTS", "").strip().lower() in {"1", "true", "yes", "on"}


@contextmanager
def _written_down(rows: list[bytes]) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="racto-ledger-") as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes(b"".join(rows))
        yield path
