"""A cache of exact repetitions in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Never

from racto_nb.cache.exact import ExactCache
from racto_nb.cache.keeping import Kept
from racto_nb.cache.keys import checked_seconds, checked_size
from racto_nb.cache.storing import Clear, Count, Forget, Keep, Look, StoreReply, StoreRequest
from racto_nb.flow.threads import no_streams

__all__ = ["ExactMatchCache"]


class ExactMatchCache(ExactCache):
    """Gives the known answer to a question that was asked before, word for word with all its options. In memory.

    It keeps `max_size` answers (0: no limit) and drops the one that was not used for longest; `ttl_seconds` is how long an answer
    is kept (None: for ever). Questions with a temperature are passed on and not kept, unless `samples=True`. Several threads,
    event loops and kits may share one cache.

    >>> from racto_nb.models import LLMResponse
    >>> cache = ExactMatchCache(max_size=2)
    >>> cache.put("greeting", LLMResponse(content="Hello"))
    >>> cache.get("greeting").content, cache.get("farewell")
    ('Hello', None)
    >>> print(cache.stats)
    CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)
    """

    def __init__(self, max_size: int = 1024, ttl_seconds: float | None = None, *, samples: bool = False) -> None:
        self._memory = MemoryStore(checked_size(max_size), checked_seconds(ttl_seconds))
        super().__init__(self._memory, samples=samples)

    def _looked_up(self, key: str) -> Kept | None:
        return self._memory.look(key)  # without a request around it, which takes as long as the look itself

    def __repr__(self) -> str:
        return f"ExactMatchCache(max_size={self._memory.max_size}, ttl_seconds={self._memory.ttl})"


class MemoryStore:
    """Answers in a dict, in the order of their use. Both colours use it at once: nothing here takes time."""

    def __init__(self, max_size: int, ttl: float | None) -> None:
        self.max_size, self.ttl = max_size, ttl
        self.clock = time.monotonic
        self._entries: OrderedDict[str, tuple[Kept, float]] = OrderedDict()
        self._lock = threading.Lock()

    def send(self, request: StoreRequest) -> StoreReply:
        """Perform one request."""
        match request:
            case Look(key):
                return self.look(key)
            case Keep(key, known):
                return self._keep(key, known)
            case Forget(key):
                with self._lock:
                    return self._entries.pop(key, None) is not None
            case Clear():
                with self._lock:
                    return self._entries.clear()
            case Count():
                return self._count()

    async def asend(self, request: StoreRequest) -> StoreReply:
        """Perform one request."""
        return self.send(request)

    def look(self, key: str) -> Kept | None:
        """What is kept under `key`, which is used by this."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            if self.ttl is not None and self.clock() >= found[1]:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return found[0]

    def _keep(self, key: str, known: Kept) -> None:
        until = 0.0 if self.ttl is None else self.clock() + self.ttl
        with self._lock:
            self._entries[key] = (known, until)
            self._entries.move_to_end(key)
            while self.max_size and len(self._entries) > self.max_size:
                self._entries.popitem(last=False)

    def _count(self) -> int:
        """How many are kept; those whose time is over go now."""
        with self._lock:
            if self.ttl is not None:
                this_moment = self.clock()
                for key in [key for key, (_, until) in self._entries.items() if this_moment >= until]:
                    del self._entries[key]
            return len(self._entries)

    def open(self, request: StoreRequest) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: StoreRequest) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)
