"""The connections of a PostgresSource: psycopg's, and ADBC's for Arrow data. Kind: threaded.

What is asked about a database goes over an idle connection that is kept. A statement of somebody else's runs on a connection of
its own, which is closed with it: so nothing that it did to its session, a setting or an advisory lock, is there for the next.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from racto_nb._extras import imported
from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.sources.addresses import Address, url_of

if TYPE_CHECKING:
    from adbc_driver_manager import AdbcConnection, AdbcDatabase
    from psycopg import Connection

T = TypeVar("T")
EXTRA = "sql-postgres"
_PATIENCE = "10"
"""Seconds that a server may take to accept a connection, unless the address says otherwise."""
_SETTINGS = {
    "default_transaction_read_only": "on",
    "datestyle": "ISO,YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
"""How values are written as text, whatever the server or the role prefers, and that nothing is written to tables."""
_ASYNCPG = {"ssl": "sslmode"}
"""What other drivers call libpq's options."""


class Connections:
    """Opens connections to the database of `address`. `examine` looks at each that is kept before it is used."""

    def __init__(self, address: Address, examine: Callable[[Connection[Any]], None]) -> None:
        self.name = address.name
        self._address, self._examine = address, examine
        self._options = _options(address)
        self._idle: list[tuple[int, Connection[Any]]] = []
        self._turn = threading.Lock()
        self._arrow: tuple[int, AdbcDatabase] | None = None
        weakref.finalize(self, _close_all, self._idle)

    def ask(self, work: Callable[[Connection[Any]], T]) -> T:
        """What `work` makes of a connection that is kept. One that was lost while idle is opened again once."""
        psycopg = imported("psycopg", extra=EXTRA)
        for last in (False, True):
            connection, fresh = self._taken()
            try:
                return work(connection)
            except psycopg.Error:
                if last or fresh or not connection.closed:
                    raise
                self.close()  # the others went the same way
            finally:
                self._give_back(connection)
        raise AssertionError  # pragma: no cover  (the second round returns or raises)

    @contextmanager
    def reading(self) -> Generator[Connection[Any]]:
        """A connection of its own, whose transactions are READ ONLY and are never committed."""
        connection = self._opened()
        connection.autocommit = False
        connection.read_only = True
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def arrow(self) -> Generator[AdbcConnection | None]:
        """A connection of ADBC's of its own, in a transaction that is never committed. None where ADBC's library does not come
        through to a server that psycopg's has reached: it is built without some ways to log in."""
        manager = imported("adbc_driver_manager", extra=EXTRA)
        try:
            connection: AdbcConnection = manager.AdbcConnection(self._database())
        except manager.Error:
            yield None
            return
        try:
            connection.set_autocommit(False)
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._turn:
            _close_all(self._idle)
            arrow, self._arrow = self._arrow, None
        if arrow is not None and arrow[0] == os.getpid():
            with suppress(RuntimeError):  # a statement runs on it still, and it goes with that
                arrow[1].close()

    def _taken(self) -> tuple[Connection[Any], bool]:
        with self._turn:
            while self._idle:
                process, connection = self._idle.pop()
                if process == os.getpid() and not connection.closed:
                    return connection, False
        connection = self._opened()
        try:
            self._examine(connection)
        except BaseException:
            connection.close()
            raise
        return connection, True

    def _give_back(self, connection: Connection[Any]) -> None:
        with self._turn:
            if not connection.closed and not self._idle and not connection.info.transaction_status:
                self._idle.append((os.getpid(), connection))
                return
        connection.close()

    def _opened(self) -> Connection[Any]:
        psycopg = imported("psycopg", extra=EXTRA)
        try:
            return psycopg.connect(**self._options, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            words = self._address.cleaned(str(error))
        msg = f"No connection to {self._address.name}: {words}. Is the server running, and are address and login right?"
        raise SourceError(msg, source=self._address.name)  # apart from the library's own error, which may hold the password

    def _database(self) -> AdbcDatabase:
        """What ADBC knows of the database: the numbers of its types. A forked child learns them for itself."""
        with self._turn:
            if self._arrow is None or self._arrow[0] != os.getpid():
                manager, driver = imported("adbc_driver_manager", extra=EXTRA), imported("adbc_driver_postgresql", extra=EXTRA)
                bare = replace(self._address, options={})
                plain = {name: str(value) for name, value in self._options.items() if name not in _IN_URL}
                opened = manager.AdbcDatabase(driver=driver._driver_path(), uri=url_of(bare, **plain))  # noqa: SLF001  (all that its own `connect` does)
                self._arrow = (os.getpid(), opened)
            return self._arrow[1]


_IN_URL = frozenset({"host", "port", "dbname", "user", "password"})


def _options(address: Address) -> dict[str, Any]:
    """What psycopg is given. SourceError for an option of the address that libpq does not know."""
    psycopg = imported("psycopg", extra=EXTRA)
    known = {entry.keyword.decode() for entry in psycopg.pq.Conninfo.get_defaults()}
    given = {_ASYNCPG.get(name, name): value for name, value in address.options.items()}
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known)
            msg = f"The address {address.name} has an option that PostgreSQL's library does not know: {name!r}.{hint}"
            raise SourceError(msg, source=address.name)
    login = {
        "host": address.host,
        "port": address.port,
        "dbname": address.database,
        "user": address.user,
        "password": address.password,
    }
    settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    if "PGCONNECT_TIMEOUT" not in os.environ:
        given.setdefault("connect_timeout", _PATIENCE)
    given["options"] = f"{given.get('options') or os.environ.get('PGOPTIONS', '')} {settings}".strip()
    given["client_encoding"] = "UTF8"
    given.setdefault("application_name", "racto_nb")
    return {**given, **{name: value for name, value in login.items() if value is not None}}


def _close_all(idle: list[tuple[int, Connection[Any]]]) -> None:
    """Close those of this process: a parent's connection that its child closed would end for the parent too."""
    while idle:
        process, connection = idle.pop()
        if process == os.getpid():
            connection.close()
