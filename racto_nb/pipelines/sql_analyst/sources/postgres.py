"""PostgreSQL, read by a login that can only read, or in READ ONLY transactions. Kind: threaded."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from racto_nb._extras import imported
from racto_nb.exceptions import LoginWarning, QueryError, SourceError
from racto_nb.pipelines.sql_analyst.limits import Dialect, RunLimits
from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish
from racto_nb.pipelines.sql_analyst.sources.addresses import Address
from racto_nb.pipelines.sql_analyst.sources.postgres_connections import EXTRA, Connections
from racto_nb.pipelines.sql_analyst.sources.postgres_login import UNSAFE, WRITING, Server, notice_of, refuse_unsafe
from racto_nb.pipelines.sql_analyst.sources.postgres_rows import arrow_result, described, text_result
from racto_nb.pipelines.sql_analyst.sources.postgres_types import Described
from racto_nb.pipelines.sql_analyst.sources.postgres_words import words_of, words_of_details
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.pipelines.sql_analyst.sources.stoppable_source import StoppableSource
from racto_nb.pipelines.sql_analyst.sources.stopping import Ending, too_long, watched

if TYPE_CHECKING:
    from psycopg import Connection

_CANCELLED = "57014"
_NOT_FOR_COPY = "42601"
_LIBRARIES = ("adbc_driver_manager", "adbc_driver_postgresql", "polars", "psycopg", "pyarrow")
_CATALOGUE_SECONDS = 60.0


class PostgresSource(StoppableSource):
    """The database at `address`. It is connected to when something is asked; `notices` are known from then on.

    A login that is a superuser, or that may reach files, programs or others' sessions of the server, is refused
    (UnsafeLoginError). One that could write is warned of once (LoginWarning) and used: its statements run in READ ONLY
    transactions that are never committed. Each runs on a connection of its own and is ended on the server at its deadline.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address.name, address.identity)
        self._address = address
        self._connections = Connections(address, self._examine)

    @property
    def dialect(self) -> Dialect:
        """The language of its statements."""
        return "postgres"

    def close(self) -> None:
        """Give back connections, processes and copies. The next use opens them again."""
        self._connections.close()

    def _run(self, sql: str, limits: RunLimits, stop: threading.Event | None) -> QueryResult:
        for library in _LIBRARIES:
            imported(library, extra=EXTRA)  # the deadline is the statement's
        return watched(lambda ending: self._result(sql, limits, ending), sql=sql, deadline=limits.deadline, stop=stop)

    def _result(self, sql: str, limits: RunLimits, ending: Ending) -> QueryResult:
        psycopg, manager = imported("psycopg", extra=EXTRA), imported("adbc_driver_manager", extra=EXTRA)
        try:
            columns = self._connections.ask(lambda connection: described(connection, sql, ending))
            self._refuse_without_rows(sql, columns)
            began = time.perf_counter()
            result = self._as_arrow(sql, columns, limits, ending)
            if result is None:
                result = text_result(self._connections, sql, columns, limits, ending)
            return replace(result, seconds=time.perf_counter() - began)
        except psycopg.Error as error:
            raise self._refused(sql, limits, error.sqlstate, words_of(error.diag, sql) or str(error)) from None
        except manager.Error as error:
            raise self._refused(sql, limits, error.sqlstate, words_of_details(error.details) or str(error)) from None

    def _as_arrow(self, sql: str, columns: Sequence[Described], limits: RunLimits, ending: Ending) -> QueryResult | None:
        """The result by ADBC; None where it cannot give it. It runs a statement inside COPY, which takes queries only: what the
        server has prepared and COPY finds wrongly written is EXPLAIN, SHOW or the like."""
        if not all(column.has_arrow for column in columns):
            return None
        manager = imported("adbc_driver_manager", extra=EXTRA)
        try:
            return arrow_result(self._connections, sql, columns, limits, ending)
        except manager.Error as error:
            if error.sqlstate == _NOT_FOR_COPY:
                return None
            raise

    def _refuse_without_rows(self, sql: str, columns: Sequence[Described]) -> None:
        """SET, DO, COPY, CREATE, CALL and whatever else gives no rows: the server has described it, and it is not run."""
        if not columns:
            reason = "the statement gives no columns: only statements that read are run"
            raise QueryError(f"{self.name} did not run the statement: {reason}.", sql=sql, reason=reason)

    def _refused(self, sql: str, limits: RunLimits, state: str | None, words: str) -> Exception:
        if state == _CANCELLED:
            return too_long(sql, limits.deadline)
        reason = self._address.cleaned(words)
        if state is None or state.startswith(("08", "57P")):  # the connection is gone
            return SourceError(f"The connection to {self.name} was lost: {reason}", source=self.name)
        return QueryError(f"{self.name} did not run the statement: {reason}", sql=sql, reason=reason)

    def _schema(self, wish: SchemaWish, stop: threading.Event | None) -> DatabaseSchema:
        return watched(lambda ending: self._read(wish, ending), sql="", deadline=_CATALOGUE_SECONDS, stop=stop)

    def _read(self, wish: SchemaWish, ending: Ending) -> DatabaseSchema:
        psycopg = imported("psycopg", extra=EXTRA)

        def read(sql: str) -> list[tuple[object, ...]]:
            def asked(connection: Connection[Any]) -> list[tuple[object, ...]]:
                ending.by(lambda: connection.cancel_safe(timeout=5))
                try:
                    return connection.execute(sql.encode()).fetchall()
                finally:
                    ending.by(None)

            try:
                return self._connections.ask(asked)
            except psycopg.Error as error:
                words = self._address.cleaned(words_of(error.diag, sql) or str(error))
            raise SourceError(f"{self.name} did not tell its schema: {words}", source=self.name)

        return schema_of("postgres", read, wish)

    def _examine(self, connection: Connection[Any]) -> None:
        """Refuse a login that no transaction holds back, and tell of one that could write."""
        login = str(connection.execute("SELECT session_user").fetchall()[0][0])
        server = Server(self.name, login, connection.info.server_version // 10_000)
        refuse_unsafe(server, connection.execute(UNSAFE).fetchall())
        notice = notice_of(server, connection.execute(WRITING).fetchall())
        if notice is not None and notice not in self._notices:
            self._notices = (notice,)
            warnings.warn(notice, LoginWarning, stacklevel=2)
