"""The session's exact cache: which one the settings name, what it keeps, and the kits that ask through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from racto_nb.exceptions import UsageError

if TYPE_CHECKING:
    from racto_nb.cache.exact import ExactCache
    from racto_nb.kits.kit import DeveloperKit

MEMORY, DISK = "memory", "disk"


@dataclass(slots=True)
class SessionCaches:
    """The caches that cells have asked through, each opened once: one in memory, and one for each file."""

    _opened: dict[str, ExactCache] = field(default_factory=dict[str, "ExactCache"], repr=False)

    def cache(self, where: str) -> ExactCache:
        """The cache that `where` names: "memory", "disk" (in the user's cache directory), or the path of a file."""
        known = self._opened.get(where)
        if known is None:
            known = self._opened[where] = _opened(where)
        return known

    def known(self, where: str) -> ExactCache | None:
        """The same, but none is made: None where nothing was ever kept."""
        if where in self._opened or (where != MEMORY and _place(where).exists()):
            return self.cache(where)
        return None

    def close(self) -> None:
        """Close the files. They are opened again where they are needed."""
        for cache in self._opened.values():
            close = getattr(cache, "close", None)
            if close is not None:
                close()


def asking_through(kit: DeveloperKit, caches: SessionCaches, where: str, *, wanted: bool, fresh: bool) -> DeveloperKit:
    """`kit` with the session's cache, where a cell wants it (`--cache`), or the setting names one and the kit has none."""
    if wanted or (where and kit.exact_cache is None):
        kit = kit.with_exact_cache(caches.cache(where or DISK))
    return kit.asking_anew() if fresh else kit


def report(cache: ExactCache | None, where: str, *, setting: str) -> list[tuple[str, str]]:
    """What `%racto cache` tells: rows of a name and a value."""
    cells = f"use it: RactoMagics.cache is {setting!r}" if setting else "use none, but with --cache"
    rows = [("cells", cells), ("kept in", where if where == MEMORY else str(_place(where)))]
    if cache is None:
        return [*rows, ("answers", "none yet")]
    stats = cache.stats
    rows += [
        ("answers", f"{stats.size:,}"),
        ("in this session", f"{stats.hits:,} of {stats.total:,} found ({stats.hit_rate:.0%})"),
    ]
    return rows if where == MEMORY else [*rows, ("size", f"{_bytes_of(_place(where)) / 1e6:,.1f} MB")]


def _opened(where: str) -> ExactCache:
    from racto_nb.cache import DiskCache, ExactMatchCache

    return ExactMatchCache() if where == MEMORY else DiskCache(_place(where))


def _place(where: str) -> Path:
    from racto_nb.cache.disk import default_place

    if not where.strip():
        msg = 'RactoMagics.cache is "", "memory", "disk" or the path of a file.'
        raise UsageError(msg)
    return default_place() if where == DISK else Path(where).expanduser()


def _bytes_of(path: Path) -> int:
    """With what SQLite has written beside the file."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(each.stat().st_size for each in files if each.exists())
