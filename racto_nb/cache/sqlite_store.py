"""Answers in one SQLite file, for several processes and threads, in both colours.

Each answer is one row, written in one transaction, with the write-ahead log: who is killed leaves the file whole, and who reads
does not wait for who writes. When an answer was used last is noted in memory and written with the next answer, so that a hit
writes nothing.
"""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racto_nb.cache.keeping import Kept, read, written
from racto_nb.cache.storing import Clear, Count, Forget, Keep, Look, StoreReply, StoreRequest
from racto_nb.exceptions import UnreadableFileError, WrongTypeError
from racto_nb.flow.threads import ThreadedPort

APPLICATION = 0x52434E42
"""What says in the file's header that it is ours: "RCNB"."""
SCHEMA = 1
PATIENCE = 2.0
"""Seconds to wait for another process that writes."""
MOST_NOTES = 1000
"""Uses that are noted before they are written without waiting for the next answer."""

_TABLES = """
    CREATE TABLE answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL, stored REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
    CREATE INDEX by_use ON answers (used);
"""
_LOOK = "SELECT answer, stored FROM answers WHERE key = ?"


@dataclass(frozen=True, slots=True)
class Purge:
    """Remove what is too old or too much, and shrink the file. Answer with how many were removed."""


class SqliteStore(ThreadedPort[StoreRequest | Purge, StoreReply]):
    """Answers in the file `path`: at most about `max_size` (0: no limit), each for `ttl` seconds (None: for ever)."""

    def __init__(self, path: Path, max_size: int, ttl: float | None) -> None:
        super().__init__("cache")
        self.path, self.max_size, self.ttl = path, max_size, ttl
        self.clock = time.time
        self._used: dict[str, float] = {}
        self._puts = 0
        self._opened: _Opened | None = None
        self._connection()

    def perform(self, request: StoreRequest | Purge) -> StoreReply:
        """The reply to one request."""
        match request:
            case Look(key):
                return self._look(key)
            case Keep(key, known):
                return self._keep(key, known)
            case Forget(key):
                self._used.pop(key, None)
                return self._execute("DELETE FROM answers WHERE key = ?", key).rowcount > 0
            case Clear():
                self._used.clear()
                self._execute("DELETE FROM answers")
                return self._shrink()
            case Count():
                return self._execute("SELECT count(*) FROM answers WHERE stored > ?", self._oldest()).fetchone()[0]
            case Purge():
                return self._purge()

    def send(self, request: StoreRequest | Purge) -> StoreReply:
        """The reply to `request`, made in this thread. Raises WrongTypeError for a key with half a character."""
        try:
            return super().send(request)
        except UnicodeEncodeError as error:
            raise _half(error) from error

    def look(self, key: str) -> Kept | None:
        """The reply to a Look, made in this thread."""
        try:
            with self._mine().turn:
                return self._look(key)
        except UnicodeEncodeError as error:
            raise _half(error) from error

    def close(self) -> None:
        """Write down what was noted and close the file."""
        self.rest()
        with self._mine().turn:
            opened, self._opened = self._opened, None
            if opened is not None and opened.process == os.getpid():
                with suppress(sqlite3.Error):  # which answers were used is no loss
                    _write_uses(opened.connection, self._used)
                opened.finalizer()

    def _look(self, key: str) -> Kept | None:
        found = self._connection().execute(_LOOK, (key,)).fetchone()
        if found is None or found[1] <= self._oldest():
            return None
        self._used[key] = self.clock()
        if len(self._used) > MOST_NOTES:
            with _transaction(self._connection()) as connection:
                self._write_uses(connection)
        return read(found[0], found[1])

    def _keep(self, key: str, known: Kept) -> None:
        row = (key, written(known), known.stored_at, self.clock())
        self._puts += 1
        self._open_anew_if_gone()
        with _transaction(self._connection()) as connection:
            self._write_uses(connection)
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)
            if self._puts % max(1, self.max_size // 64) == 0:
                self._evict(connection)

    def _evict(self, connection: sqlite3.Connection) -> int:
        """Remove what is over, then what was not used for longest. Returns how many."""
        over = connection.execute("DELETE FROM answers WHERE stored <= ?", (self._oldest(),)).rowcount if self.ttl else 0
        if not self.max_size:
            return over
        excess = connection.execute("SELECT count(*) FROM answers").fetchone()[0] - self.max_size
        if excess <= 0:
            return over
        oldest = "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY used LIMIT ?)"
        return over + connection.execute(oldest, (excess,)).rowcount

    def _purge(self) -> int:
        with _transaction(self._connection()) as connection:
            self._write_uses(connection)
            removed = self._evict(connection)
        self._shrink()
        return removed

    def _shrink(self) -> None:
        self._execute("VACUUM")
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _open_anew_if_gone(self) -> None:
        """Somebody who removes the file wants an empty cache, not answers that go into a file which nobody finds."""
        if self._opened is not None and not self.path.exists():
            self._opened.finalizer()
            self._opened = None
            self._used.clear()

    def _write_uses(self, connection: sqlite3.Connection) -> None:
        _write_uses(connection, self._used)
        self._used.clear()

    def _oldest(self) -> float:
        return 0.0 if self.ttl is None else self.clock() - self.ttl

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection().execute(statement, values)

    def _connection(self) -> sqlite3.Connection:
        """The connection of this process: one that was opened before a fork must not be used after it."""
        if self._opened is None or self._opened.process != os.getpid():
            connection = _opened(self.path)
            # A cache that is only dropped closes its file, in the process that opened it.
            finalizer = weakref.finalize(self, _close, connection, os.getpid())
            self._opened = _Opened(connection, os.getpid(), finalizer)
        return self._opened.connection


def _half(error: UnicodeEncodeError) -> WrongTypeError:
    return WrongTypeError(f"The key {error.object!r:.80} holds half a character, which no file takes. Give whole ones.")


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: sqlite3.Connection
    process: int
    finalizer: weakref.finalize[Any, Any]


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()


def _write_uses(connection: sqlite3.Connection, used: dict[str, float]) -> None:
    if used:
        rows = [(moment, key) for key, moment in used.items()]
        connection.executemany("UPDATE answers SET used = ? WHERE key = ?", rows)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _opened(path: Path) -> sqlite3.Connection:
    """A connection to our file at `path`, which is made where there is none. Nothing is written into a file of another's."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, PATIENCE, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        message = f"The cache {str(path)!r} cannot be opened: {error}. Give another path, or see to its permissions."
        raise UnreadableFileError(message, str(path), getattr(error, "errno", None)) from error
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        if not _is_ours(connection, path):
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            with _transaction(connection):
                if not _is_ours(connection, path):  # another process was quicker
                    for statement in filter(str.strip, _TABLES.split(";")):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("SELECT key, answer, stored, used FROM answers LIMIT 1").fetchall()
    except sqlite3.Error as error:
        message = (
            f"{str(path)!r} cannot be used as a cache: {error}. It was left as it is. Give another path, or move the file away "
            "if it is a cache that was damaged."
        )
        raise UnreadableFileError(message, str(path)) from error


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """True for our file, False for an empty one. Raises UnreadableFileError for another's, or one of another version."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark == APPLICATION and version == SCHEMA:
        return True
    if mark == 0 and version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return False
    kind = (
        f"a cache in the form {version} of another version of racto_nb" if mark == APPLICATION else "a database of something else"
    )
    message = f"{str(path)!r} is {kind}. Nothing was written into it. Give the cache another path."
    raise UnreadableFileError(message, str(path))
