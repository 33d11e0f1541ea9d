"""The connections of a PGVectorStore: opened when they are needed, lent to one thread at a time, reopened once when lost."""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from racto_nb._extras import imported
from racto_nb._secrecy import without_secret
from racto_nb.exceptions import StoreError, UsageError

if TYPE_CHECKING:
    from psycopg import Connection

T = TypeVar("T")
EXTRA = "rag-pgvector"
_KEPT = 4
_PATIENCE = "10"
"""Seconds that a server may take to accept a connection, unless the dsn or PGCONNECT_TIMEOUT says otherwise."""
_DRIVER = re.compile(r"^(postgres(?:ql)?)\+\w+://")
"""The beginning of an address of SQLAlchemy's, which names a library."""


@dataclass(slots=True)
class Held:
    """A connection, the process that opened it, and whether it knows the type of vectors yet."""

    connection: Connection[Any]
    process: int
    knows_vectors: bool = False

    def learn_vectors(self) -> None:
        """Let the connection take and give vectors. The extension must be there."""
        if not self.knows_vectors:
            imported("pgvector.psycopg", extra=EXTRA).register_vector(self.connection)
            self.knows_vectors = True


class Connections:
    """Connections to the database of `dsn`. A password in it is in no repr and in no error.

    At most four stay open while nobody uses them. A forked child opens its own.
    """

    def __init__(self, dsn: str) -> None:
        self._options = _options(_DRIVER.sub(r"\1://", dsn))
        self._idle: list[Held] = []
        self._turn = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    @property
    def place(self) -> str:
        """Where the database is, for errors: no user and no password."""
        host = self._options.get("host") or os.environ.get("PGHOST") or "the local server"
        port = self._options.get("port") or os.environ.get("PGPORT") or "5432"
        return f"{host}:{port}/{self._options.get('dbname') or os.environ.get('PGDATABASE') or ''}"

    def perform(self, work: Callable[[Held], T]) -> T:
        """What `work` makes of a connection. StoreError for what the database says against it.

        A lost connection is reopened once and the work done again, and so it is after a deadlock: `work` may be done twice.
        """
        psycopg = imported("psycopg", extra=EXTRA)
        passing = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
        for last in (False, True):
            held = self._taken()
            try:
                return work(held)
            except psycopg.Error as error:
                lost = held.connection.closed
                if last or not (lost or isinstance(error, passing)):
                    raise self._refused(error) from error
                if lost:
                    self.close()  # the others went the same way
            except BaseException as error:
                if not isinstance(error, Exception):
                    held.connection.close()  # stopped in the middle of an answer
                raise
            finally:
                self._give_back(held)
        raise AssertionError  # pragma: no cover  (the second round returns or raises)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._turn:
            _close_all(self._idle)

    def _taken(self) -> Held:
        with self._turn:
            while self._idle:
                held = self._idle.pop()
                if held.process == os.getpid() and not held.connection.closed:
                    return held
        psycopg = imported("psycopg", extra=EXTRA)
        try:
            connection = psycopg.connect(**self._options, autocommit=True, prepare_threshold=None)
        except psycopg.Error as error:
            msg = (
                f"No connection to PostgreSQL at {self.place}: {self._cleaned(error)}. Is the server running, and the dsn right?"
            )
            raise StoreError(msg, place=self.place) from None  # the library's own error may hold the password
        return Held(connection, os.getpid())

    def _give_back(self, held: Held) -> None:
        with self._turn:
            if not held.connection.closed and len(self._idle) < _KEPT and not held.connection.info.transaction_status:
                self._idle.append(held)
                return
        held.connection.close()

    def _refused(self, error: Exception) -> StoreError:
        msg = f"PostgreSQL at {self.place} refused: {self._cleaned(error)}"
        return StoreError(msg, place=self.place)

    def _cleaned(self, error: Exception) -> str:
        text = " ".join(str(error).split())
        for secret in (self._options.get("password"), os.environ.get("PGPASSWORD")):
            if secret:
                text = without_secret(text, str(secret), "[password]")
        return text


def _options(dsn: str) -> dict[str, Any]:
    psycopg = imported("psycopg", extra=EXTRA)
    options: dict[str, Any] | None = None
    with suppress(psycopg.Error):  # it holds the dsn, and nothing of it may stand beside ours
        options = psycopg.conninfo.conninfo_to_dict(dsn)
    if options is None:
        msg = (
            "The dsn cannot be read (it is not shown, it may hold a password). Write "
            "'postgresql://user:password@host:5432/database' with special characters escaped by urllib.parse.quote, "
            "or 'host=... dbname=... user=...'."
        )
        raise UsageError(msg)
    if "PGCONNECT_TIMEOUT" not in os.environ:
        options.setdefault("connect_timeout", _PATIENCE)
    return options


def _close_all(idle: list[Held]) -> None:
    """Close those of this process: a parent's connection that its child closed would end for the parent too."""
    while idle:
        held = idle.pop()
        if held.process == os.getpid():
            held.connection.close()
