"""MySQL and MariaDB, read by a login that can only read, or in READ ONLY transactions. Kind: threaded."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import LoginWarning, QueryError, SourceError
from racto_nb.pipelines.sql_analyst.limits import Dialect, RunLimits
from racto_nb.pipelines.sql_analyst.schema.reading import schema_of
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish
from racto_nb.pipelines.sql_analyst.sources.addresses import Address
from racto_nb.pipelines.sql_analyst.sources.kept_rows import kept, result_of_texts
from racto_nb.pipelines.sql_analyst.sources.mysql_connections import EXTRA, Connections, words_of
from racto_nb.pipelines.sql_analyst.sources.mysql_login import grants_of, notice_of, refuse_unsafe
from racto_nb.pipelines.sql_analyst.sources.mysql_words import Field, refusal
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.pipelines.sql_analyst.sources.stoppable_source import StoppableSource
from racto_nb.pipelines.sql_analyst.sources.stopping import Ending, too_long, watched

_ENDED = frozenset({1317, 1969, 3024})
"""Interrupted; MariaDB's and MySQL's own limits of time."""
_LOST = frozenset({2006, 2013, 2055, 1053})
_CATALOGUE_SECONDS = 60.0


class MySQLSource(StoppableSource):
    """The database at `address`, of MySQL or MariaDB. It is connected to when something is asked; `notices` are known then.

    A login with rights over the server or its files is refused (UnsafeLoginError). One that could write is warned of once
    (LoginWarning) and used: its statements run in READ ONLY transactions that are never committed. Each runs on a connection of
    its own and is ended on the server at its deadline.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address.name, address.identity)
        self._address = address
        self._connections = Connections(address)

    @property
    def dialect(self) -> Dialect:
        """The language of its statements."""
        return "mysql"

    def close(self) -> None:
        """Give back connections, processes and copies. The next use opens them again.

        There are none to give back: each statement has a connection of its own.
        """

    def _run(self, sql: str, limits: RunLimits, stop: threading.Event | None) -> QueryResult:
        if (reason := refusal(sql)) is not None:
            raise self._query_error(sql, reason)
        imported("polars", extra=EXTRA)  # the deadline is the statement's
        return watched(lambda ending: self._result(sql, limits, ending), sql=sql, deadline=limits.deadline, stop=stop)

    def _result(self, sql: str, limits: RunLimits, ending: Ending) -> QueryResult:
        pymysql = imported("pymysql", extra=EXTRA)
        try:
            with self._opened(limits.deadline, ending) as connection, self._cursor(connection) as cursor:
                began = time.perf_counter()
                cursor.execute(sql)
                if cursor.description is None:
                    raise self._query_error(sql, "the statement gives no rows: only statements that read are run")
                fields = _fields(cursor)
                rows, truncated = kept(cursor, limits, sql=sql, source=self.name)
                taken = time.perf_counter() - began
        except pymysql.Error as error:
            raise self._refused(sql, limits, error) from None
        result = result_of_texts([each.name for each in fields], [(each.kind, each.places) for each in fields], rows)
        return replace(result, truncated=truncated, seconds=taken)

    @contextmanager
    def _cursor(self, connection: Any) -> Generator[Any]:
        """A cursor that reads rows as they come. What is left of them is not read: the server is told to stop."""
        pymysql = imported("pymysql", extra=EXTRA)
        cursor = connection.cursor(pymysql.cursors.SSCursor)
        try:
            yield cursor
        finally:
            if _has_more(cursor):
                self._connections.end(connection.thread_id())
            with suppress(pymysql.Error):  # that it was stopped
                cursor.close()

    @contextmanager
    def _opened(self, deadline: float, ending: Ending) -> Generator[Any]:
        with self._connections.opened(deadline=deadline) as connection:
            number = connection.thread_id()
            ending.by(lambda: self._connections.end(number))
            try:
                self._examine(connection)
                yield connection
            finally:
                ending.by(None)

    def _examine(self, connection: Any) -> None:
        """Refuse a login that no transaction holds back, and tell of one that could write."""
        with connection.cursor() as cursor:
            cursor.execute("SHOW GRANTS")
            grants = grants_of(str(row[0]) for row in cursor.fetchall())
        refuse_unsafe(self.name, self._address.database, grants)
        notice = notice_of(self.name, self._address.database, grants)
        if notice is not None and notice not in self._notices:
            self._notices = (notice,)
            warnings.warn(notice, LoginWarning, stacklevel=2)

    def _refused(self, sql: str, limits: RunLimits, error: Exception) -> Exception:
        number, reason = error.args[0] if error.args else None, self._address.cleaned(words_of(error))
        if number in _ENDED:
            return too_long(sql, limits.deadline)
        if number in _LOST:
            return SourceError(f"The connection to {self.name} was lost: {reason}", source=self.name)
        return self._query_error(sql, reason)

    def _query_error(self, sql: str, reason: str) -> QueryError:
        return QueryError(f"{self.name} did not run the statement: {reason}", sql=sql, reason=reason)

    def _schema(self, wish: SchemaWish, stop: threading.Event | None) -> DatabaseSchema:
        return watched(lambda ending: self._read(wish, ending), sql="", deadline=_CATALOGUE_SECONDS, stop=stop)

    def _read(self, wish: SchemaWish, ending: Ending) -> DatabaseSchema:
        pymysql = imported("pymysql", extra=EXTRA)
        with self._opened(_CATALOGUE_SECONDS, ending) as connection:

            def read(sql: str) -> list[tuple[object, ...]]:
                try:
                    with connection.cursor() as cursor:
                        cursor.execute(sql)
                        return list(cursor.fetchall())
                except pymysql.Error as error:
                    words = self._address.cleaned(words_of(error))
                raise SourceError(f"{self.name} did not tell its schema: {words}", source=self.name)

            return schema_of("mysql", read, wish)


def _fields(cursor: Any) -> list[Field]:
    """The columns with their flags and character sets, which the cursor's public description leaves out."""
    found: Any = cursor._result  # noqa: SLF001  (nothing public tells it)
    return [Field(each.name, each.type_code, each.flags, each.charsetnr, each.scale) for each in found.fields]


def _has_more(cursor: Any) -> bool:
    found: Any = cursor._result  # noqa: SLF001  (nothing public tells it)
    return found is not None and bool(found.unbuffered_active)
