"""What all caches count, and how they say that they failed."""

from __future__ import annotations

import threading

from racto_nb.kits.warning import warn_of_a_cache


class Counting:
    """Hits and misses, counted by any number of threads, and one warning."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._hits = self._misses = 0
        self._has_warned = False

    def _count(self, *, hit: bool) -> None:
        with self._counting:
            self._hits += hit
            self._misses += not hit

    def _count_anew(self) -> None:
        with self._counting:
            self._hits = self._misses = 0

    def _warn(self, what: str, error: Exception) -> None:
        """Say, the first time only, that the cache could not do `what`."""
        with self._counting:
            told, self._has_warned = self._has_warned, True
        if not told:
            why = f"{type(error).__name__}: {error}"
            warn_of_a_cache(f"{type(self).__name__} could not {what} ({why}). Calls go on without it; this is said once.")
