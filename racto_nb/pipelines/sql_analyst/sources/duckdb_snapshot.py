"""The database file that is made of an origin and lent to the child process, for as long as it is current. Kind: threaded."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from racto_nb.pipelines.sql_analyst.own_folder import own_folder
from racto_nb.pipelines.sql_analyst.sources.duckdb_origins import Origin


@dataclass(slots=True)
class _Copy:
    path: Path
    users: int = 0
    is_old: bool = False

    def remove(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)


class Snapshot:
    """A database file made of `origin`, in a folder of its own: made by the first use, anew when the origin has changed.

    What a statement still reads is removed after it. The folder goes with `remove`, the last reference and the process.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._turn = threading.Lock()
        self._process = os.getpid()
        self._folder: Path | None = None
        self._count = 0
        self._copy: _Copy | None = None

    @contextmanager
    def lent(self) -> Generator[Path]:
        """The file, which stays for the length of the block. Raises SourceError."""
        self._after_fork()
        with self._turn:
            copy = self._current()
            copy.users += 1
        try:
            yield copy.path
        finally:
            with self._turn:
                copy.users -= 1
                if copy.is_old and copy.users == 0:
                    copy.remove()

    def renew(self) -> None:
        """Let the next use make the file anew."""
        self._after_fork()
        with self._turn:
            self._leave()

    def remove(self) -> None:
        """Remove the file and its folder; the next use makes them anew. A file that a statement reads goes after it."""
        self.renew()
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.rmdir()

    def _current(self) -> _Copy:
        if self._copy is not None and self._origin.is_current():
            return self._copy
        self._leave()
        if self._folder is None or not self._folder.is_dir():
            self._folder = own_folder("duckdb")
            weakref.finalize(self, _removed, str(self._folder), os.getpid())
        self._count += 1
        place = self._folder / str(self._count)
        place.mkdir()
        copy = _Copy(place / f"{self._origin.catalog}.duckdb")
        try:
            self._origin.write(copy.path)
        except BaseException:
            copy.remove()
            raise
        self._copy = copy
        return copy

    def _leave(self) -> None:
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.is_old = True
            if copy.users == 0:
                copy.remove()

    def _after_fork(self) -> None:
        """A fork makes files of its own: the other process may remove these, and its lock may be held by a thread of the past."""
        if self._process != os.getpid():
            self._process, self._turn = os.getpid(), threading.Lock()
            self._folder = self._copy = None


def _removed(folder: str, process: int) -> None:
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
