"""A SQLite file of ours, for several processes and threads: opened once in each process, written with the write-ahead log.

Who is killed leaves the file whole, and who reads does not wait for who writes. Nothing is written into a file of another's.
"""

from __future__ import annotations

import os
import sqlite3
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racto_nb.exceptions import UnreadableFileError

PATIENCE = 2.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a file of one kind looks like.

    `application` and `version` stand in its header, `tables` are made in an empty file, `probe` is a question that a whole file
    answers, and `holds` says in a message what it keeps, such as "a cache".
    """

    holds: str
    application: int
    version: int
    tables: tuple[str, ...]
    probe: str


class SqliteFile:
    """The file `path` of the form `form`. Raises UnreadableFileError, here and later, where it cannot be opened as one."""

    def __init__(self, path: Path, form: Form) -> None:
        self.path, self._form = path, form
        self._opened: _Opened | None = None
        self.connection()

    def connection(self) -> sqlite3.Connection:
        """The connection of this process: one that was opened before a fork must not be used after it."""
        if self._opened is None or self._opened.process != os.getpid():
            connection = _connected(self.path, self._form)
            # A file that is only dropped is closed, in the process that opened it.
            finalizer = weakref.finalize(self, _close, connection, os.getpid())
            self._opened = _Opened(connection, os.getpid(), finalizer)
        return self._opened.connection

    @property
    def is_open(self) -> bool:
        """Whether this process has opened it and not closed it since."""
        return self._opened is not None and self._opened.process == os.getpid()

    def forget_if_gone(self) -> bool:
        """Whether the file was removed: who does that wants an empty one, not rows that go into a file which nobody finds."""
        if self._opened is None or self.path.exists():
            return False
        self._opened.finalizer()
        self._opened = None
        return True

    def close(self) -> None:
        """Close it. The next use opens it again."""
        was_open, opened = self.is_open, self._opened
        self._opened = None
        if was_open and opened is not None:
            opened.finalizer()


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: sqlite3.Connection
    process: int
    finalizer: weakref.finalize[Any, Any]


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    """All that is written in the block, or after an error none of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _connected(path: Path, form: Form) -> sqlite3.Connection:
    """A connection to our file at `path`, which is made where there is none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        message = f"The cache {str(path)!r} cannot be opened: {error}. Give another path, or see to its permissions."
        raise UnreadableFileError(message, str(path), getattr(error, "errno", None)) from error
    try:
        _prepare(connection, path, form)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, form: Form) -> None:
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        if not _is_ours(connection, path, form):
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            with transaction(connection):
                if not _is_ours(connection, path, form):  # another process was quicker
                    for statement in form.tables:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {form.application}")
                    connection.execute(f"PRAGMA user_version = {form.version}")
        connection.execute(form.probe).fetchall()
    except sqlite3.Error as error:
        message = (
            f"{str(path)!r} cannot be used as {form.holds}: {error}. It was left as it is. Give another path, or move the file "
            f"away if it is {form.holds} that was damaged."
        )
        raise UnreadableFileError(message, str(path)) from error


def _is_ours(connection: sqlite3.Connection, path: Path, form: Form) -> bool:
    """True for our file, False for an empty one. Raises UnreadableFileError for another's, or one of another version."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark == form.application and version == form.version:
        return True
    if mark == 0 and version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return False
    is_older = mark == form.application
    kind = f"{form.holds} in the form {version} of another version of racto_nb" if is_older else "a database of something else"
    message = f"{str(path)!r} is {kind}. Nothing was written into it. Give another path."
    raise UnreadableFileError(message, str(path))
