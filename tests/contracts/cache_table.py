"""Every exact cache, and how a test makes one. A later cache is one more entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racto_nb.cache import DiskCache, ExactMatchCache
from racto_nb.cache.exact import ExactCache
from racto_nb.redis import RedisExactCache
from racto_nb.redis.connecting import Command, Scan
from racto_nb.redis.places import pattern_of


@dataclass(frozen=True)
class CacheEntry:
    """`make(folder, **options)` gives a cache that is empty; what it needs on the disk goes into `folder`.

    One that is `served` is made with the `url` of a server, and the `key_prefix` of its test. `pass_time(cache, seconds)` makes
    what is in the cache older by so much.
    """

    cache_class: type[ExactCache]
    make: Callable[..., ExactCache]
    pass_time: Callable[[Any, float], None]
    served: bool = False

    @property
    def name(self) -> str:
        return self.cache_class.__name__


def _memory(folder: Path, **options: Any) -> ExactCache:
    return ExactMatchCache(**options)


def _disk(folder: Path, **options: Any) -> ExactCache:
    return DiskCache(folder / "answers.sqlite3", **options)


def _redis(folder: Path, **options: Any) -> ExactCache:
    return RedisExactCache(**options)


def _by_clock(cache: Any, seconds: float) -> None:
    clock = cache._store.clock
    cache._store.clock = lambda: clock() + seconds


def _by_server(cache: RedisExactCache, seconds: float) -> None:
    """The clock of a server cannot be moved: the time that its keys have left is shortened."""
    way = cache._way
    for key in way.send(Scan(pattern_of(cache._store.prefix))):
        left = way.send(Command(("PTTL", key)))
        if left >= 0:
            way.send(Command(("PEXPIRE", key, round(left - 1000 * seconds))))


CACHES = (
    CacheEntry(ExactMatchCache, _memory, _by_clock),
    CacheEntry(DiskCache, _disk, _by_clock),
    CacheEntry(RedisExactCache, _redis, _by_server, served=True),
)
