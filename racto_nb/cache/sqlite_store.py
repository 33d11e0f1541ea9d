"""Answers in one SQLite file, for several processes and threads, in both colours.

Each answer is one row, written in one transaction. When an answer was used last is noted in memory and written with the next
answer, so that a hit writes nothing.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from racto_nb.cache.keeping import Kept, read, written
from racto_nb.cache.sqlite_file import Form, SqliteFile, transaction
from racto_nb.cache.storing import Clear, Count, Forget, Keep, Look, StoreReply, StoreRequest
from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.threads import ThreadedPort

APPLICATION = 0x52434E42
"""What says in the file's header that it is ours: "RCNB"."""
MOST_NOTES = 1000
"""Uses that are noted before they are written without waiting for the next answer."""

_FORM = Form(
    holds="a cache",
    application=APPLICATION,
    version=1,
    tables=(
        """CREATE TABLE answers (
            key TEXT PRIMARY KEY, answer BLOB NOT NULL, stored REAL NOT NULL, used REAL NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX by_use ON answers (used)",
    ),
    probe="SELECT key, answer, stored, used FROM answers LIMIT 1",
)
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
        self._file = SqliteFile(path, _FORM)

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
            if self._file.is_open:
                with suppress(sqlite3.Error):  # which answers were used is no loss
                    _write_uses(self._connection(), self._used)
            self._file.close()

    def _look(self, key: str) -> Kept | None:
        found = self._connection().execute(_LOOK, (key,)).fetchone()
        if found is None or found[1] <= self._oldest():
            return None
        self._used[key] = self.clock()
        if len(self._used) > MOST_NOTES:
            with transaction(self._connection()) as connection:
                self._write_uses(connection)
        return read(found[0], found[1])

    def _keep(self, key: str, known: Kept) -> None:
        row = (key, written(known), known.stored_at, self.clock())
        self._puts += 1
        if self._file.forget_if_gone():
            self._used.clear()
        with transaction(self._connection()) as connection:
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
        with transaction(self._connection()) as connection:
            self._write_uses(connection)
            removed = self._evict(connection)
        self._shrink()
        return removed

    def _shrink(self) -> None:
        self._execute("VACUUM")
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _write_uses(self, connection: sqlite3.Connection) -> None:
        _write_uses(connection, self._used)
        self._used.clear()

    def _oldest(self) -> float:
        return 0.0 if self.ttl is None else self.clock() - self.ttl

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection().execute(statement, values)

    def _connection(self) -> sqlite3.Connection:
        return self._file.connection()


def _half(error: UnicodeEncodeError) -> WrongTypeError:
    return WrongTypeError(f"The key {error.object!r:.80} holds half a character, which no file takes. Give whole ones.")


def _write_uses(connection: sqlite3.Connection, used: dict[str, float]) -> None:
    if used:
        rows = [(moment, key) for key, moment in used.items()]
        connection.executemany("UPDATE answers SET used = ? WHERE key = ?", rows)
