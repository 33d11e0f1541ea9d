"""Every exact cache, and how a test makes one. A later cache is one more entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racto_nb.cache import DiskCache, ExactMatchCache
from racto_nb.cache.exact import ExactCache


@dataclass(frozen=True)
class CacheEntry:
    """`make(folder, **options)` gives a cache that is empty; what it needs on the disk goes into `folder`."""

    cache_class: type[ExactCache]
    make: Callable[..., ExactCache]

    @property
    def name(self) -> str:
        return self.cache_class.__name__


def _memory(folder: Path, **options: Any) -> ExactCache:
    return ExactMatchCache(**options)


def _disk(folder: Path, **options: Any) -> ExactCache:
    return DiskCache(folder / "answers.sqlite3", **options)


CACHES = (CacheEntry(ExactMatchCache, _memory), CacheEntry(DiskCache, _disk))
