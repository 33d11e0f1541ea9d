"""The connections of a MySQLSource, by PyMySQL. Kind: threaded.

A statement runs on a connection of its own, in a READ ONLY transaction that is never committed, and is ended from another one.
Arrow data by connectorx would be faster, and is not used: it makes every decimal one of ten places and so changes values, breaks
on TIME, NULL and geometry, has no way to be stopped, and gives all rows or none. The server's texts become columns of polars as a
whole, without a Python object for a number.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from racto_nb._extras import imported
from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.sources.addresses import PORTS, Address

EXTRA = "sql-mysql"
_PATIENCE = 10
_SLACK = 10.0
"""Seconds after the deadline in which the server itself may end a statement, before the connection is given up."""
_LATER = 1.0
"""Seconds by which the server's own limit is later than ours: what it stops may look like a result."""
_OPTIONS: Mapping[str, Callable[[str], object]] = {
    "connect_timeout": int,
    "ssl_ca": str,
    "ssl_cert": str,
    "ssl_key": str,
    "ssl_key_password": str,
    "ssl_disabled": lambda text: text.lower() in {"1", "true", "yes"},
    "ssl_verify_cert": lambda text: text.lower() in {"1", "true", "yes"},
    "ssl_verify_identity": lambda text: text.lower() in {"1", "true", "yes"},
    "unix_socket": str,
}
_IGNORED = frozenset({"charset", "collation"})
"""Texts travel as utf8mb4, whatever an address says."""


class Connections:
    """Opens connections to the database of `address`."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._options = _options(address)

    @contextmanager
    def opened(self, *, deadline: float) -> Generator[Any]:
        """A connection in a READ ONLY transaction. The server ends statements after `deadline` seconds, where it can."""
        connection = self._opened(deadline)
        try:
            with connection.cursor() as cursor:
                for statement in _settings(connection.get_server_info(), deadline + _LATER):
                    cursor.execute(statement)
            yield connection
        finally:
            connection.close()

    def end(self, number: int) -> None:
        """End the statement that runs on the connection `number`."""
        connection = self._opened(_SLACK)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"KILL QUERY {number:d}")
        finally:
            connection.close()

    def _opened(self, deadline: float) -> Any:
        pymysql = imported("pymysql", extra=EXTRA)
        try:
            return pymysql.connect(**self._options, read_timeout=deadline + _SLACK, write_timeout=_SLACK)
        except (pymysql.Error, OSError, RuntimeError) as error:  # a RuntimeError tells of a library that a way to log in needs
            words = self._address.cleaned(words_of(error))
        name = self._address.name
        msg = f"No connection to {name}: {words}. Is the server running, and are address and login right?"
        raise SourceError(msg, source=name)  # apart from the library's own error


def words_of(error: BaseException) -> str:
    """What the server said: PyMySQL's errors are a number and words."""
    words = error.args[-1] if error.args else type(error).__name__
    return str(words)


def _settings(version: str, deadline: float) -> list[str]:
    """MariaDB counts seconds and MySQL milliseconds, of SELECT only. The session is READ ONLY beyond the transaction too."""
    limit = (
        f"max_statement_time = {deadline:.3f}"
        if "mariadb" in version.lower()
        else f"max_execution_time = {max(1, round(deadline * 1000))}"
    )
    return [f"SET SESSION {limit}", "SET SESSION TRANSACTION READ ONLY", "START TRANSACTION READ ONLY"]


def _options(address: Address) -> dict[str, Any]:
    pymysql = imported("pymysql", extra=EXTRA)
    made: dict[str, Any] = {"connect_timeout": _PATIENCE}
    for name, text in address.options.items():
        if name in _IGNORED:
            continue
        if name not in _OPTIONS:
            known = [*_OPTIONS, *_IGNORED]
            msg = f"The address {address.name} has an option that is not known: {name!r}.{did_you_mean(name, known)}"
            raise SourceError(msg, source=address.name)
        made[name] = _OPTIONS[name](text)
    # Only what writes Python's values as SQL: what the server sends stays as it is.
    writing = {kind: write for kind, write in pymysql.converters.conversions.items() if isinstance(kind, type)}
    # PyMySQL would write a password as Latin-1, and servers have it in UTF-8.
    password = None if address.password is None else address.password.encode()
    login = {"user": address.user, "password": password, "database": address.database}
    return {
        **made,
        **{name: value for name, value in login.items() if value is not None},
        "host": address.host or "localhost",
        "port": address.port or PORTS["mysql"],
        "charset": "utf8mb4",
        "conv": writing,
        "autocommit": None,
        "local_infile": False,
    }
