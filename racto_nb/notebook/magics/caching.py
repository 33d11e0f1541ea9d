"""The session's exact cache: which one the settings name, what it keeps, and the kits that ask through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError

if TYPE_CHECKING:
    from racto_nb.cache.exact import ExactCache
    from racto_nb.kits.kit import DeveloperKit

MEMORY, DISK = "memory", "disk"
SERVERS = ("redis://", "rediss://", "unix://")
"""How the address of a server begins, whose answers a fleet shares."""


@dataclass(slots=True)
class SessionCaches:
    """The caches that cells have asked through, each opened once: one in memory, and one for each file and server."""

    _opened: dict[str, ExactCache] = field(default_factory=dict[str, "ExactCache"], repr=False)

    def cache(self, where: str) -> ExactCache:
        """The cache that `where` names: "memory", "disk" (in the user's cache directory), the path of a file, or a server."""
        known = self._opened.get(where)
        if known is None:
            known = self._opened[where] = _opened(where)
        return known

    def known(self, where: str) -> ExactCache | None:
        """The same, but none is made: None where nothing was ever kept."""
        if where in self._opened or where.startswith(SERVERS) or (where != MEMORY and _place(where).exists()):
            return self.cache(where)
        return None

    def close(self) -> None:
        """Close the files and the connections. They are opened again where they are needed."""
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
    cells = f"use it: RactoMagics.cache is {shown(setting)!r}" if setting else "use none, but with --cache"
    is_file = where != MEMORY and not where.startswith(SERVERS)
    rows = [("cells", cells), ("kept in", str(_place(where)) if is_file else shown(where))]
    if cache is None:
        return [*rows, ("answers", "none yet")]
    stats = cache.stats
    rows += [
        ("answers", f"{stats.size:,}"),
        ("in this session", f"{stats.hits:,} of {stats.total:,} found ({stats.hit_rate:.0%})"),
    ]
    return rows if not is_file else [*rows, ("size", f"{_bytes_of(_place(where)) / 1e6:,.1f} MB")]


def shown(where: str) -> str:
    """`where` as it may be shown: an address without its password."""
    if not where.startswith(SERVERS):
        return where
    from racto_nb.redis.places import place_of

    return place_of(where)


def _opened(where: str) -> ExactCache:
    if where.startswith(SERVERS):
        from racto_nb.redis import RedisExactCache

        return RedisExactCache(url=where)
    from racto_nb.cache import DiskCache, ExactMatchCache

    return ExactMatchCache() if where == MEMORY else DiskCache(_place(where))


def _place(where: str) -> Path:
    from racto_nb.cache.disk import default_place

    if not where.strip():
        msg = 'RactoMagics.cache is "", "memory", "disk", the path of a file, or an address such as redis://localhost:6379/0.'
        raise UsageError(msg)
    return default_place() if where == DISK else expanded(where)


def _bytes_of(path: Path) -> int:
    """With what SQLite has written beside the file."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(each.stat().st_size for each in files if each.exists())
