"""A cache of exact repetitions in a file, which outlives the kernel and is shared by all processes that name it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from racto_nb._paths import expanded
from racto_nb.cache.exact import ExactCache
from racto_nb.cache.keeping import Kept
from racto_nb.cache.keys import checked_seconds, checked_size

if TYPE_CHECKING:
    from racto_nb.cache.sqlite_store import SqliteStore

__all__ = ["DiskCache"]


class DiskCache(ExactCache):
    """Gives the known answer to a question that was asked before, in any session on this machine. In one SQLite file.

    `path` is the file, by default `answers.sqlite3` in the user's cache directory (RACTO_CACHE_DIR, if that is set). It is made
    where it is missing, readable by its owner only. `max_size` is about how many answers it keeps (0: no limit); those that were
    not used for longest go, a few dozen at a time where there are many. `ttl_seconds` is how long an answer is kept (None: for
    ever). Each process has its own limits. Questions with a temperature pass by, unless `samples=True`.

    What was kept survives a process that is killed. Raises UnreadableFileError for a file that is no cache of racto_nb, or is
    damaged: nothing is written into it. Close the cache (`close`, or as a context manager) where the file shall be moved.

    >>> import tempfile
    >>> from racto_nb.models import LLMResponse
    >>> with tempfile.TemporaryDirectory() as folder, DiskCache(f"{folder}/answers.sqlite3") as cache:
    ...     cache.put("greeting", LLMResponse(content="Hello"))
    ...     cache.get("greeting").content, len(cache)
    ('Hello', 1)
    """

    _store: SqliteStore

    def __init__(
        self,
        path: str | Path | None = None,
        max_size: int = 10_000,
        ttl_seconds: float | None = None,
        *,
        samples: bool = False,
    ) -> None:
        from racto_nb.cache.sqlite_store import SqliteStore

        place = default_place() if path is None else expanded(path)
        super().__init__(SqliteStore(place, checked_size(max_size), checked_seconds(ttl_seconds)), samples=samples)

    @property
    def path(self) -> Path:
        """The file."""
        return self._store.path

    def purge(self) -> int:
        """Remove the answers whose time is over or that are too many, and give the room back to the disk. Returns how many."""
        from racto_nb.cache.sqlite_store import Purge

        return cast("int", self._store.send(Purge()))

    def close(self) -> None:
        """Close the file. The next use opens it again."""
        self._store.close()

    def _looked_up(self, key: str) -> Kept | None:
        return self._store.look(key)  # without a request around it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"DiskCache({str(self.path)!r}, max_size={self._store.max_size}, ttl_seconds={self._store.ttl})"


def default_place() -> Path:
    """`answers.sqlite3` in the user's cache directory."""
    import os

    import platformdirs

    return Path(os.environ.get("RACTO_CACHE_DIR") or platformdirs.user_cache_dir("racto_nb", appauthor=False)) / "answers.sqlite3"
