"""What a forked child inherits of threads, files and connections belongs to the process that made them."""

from __future__ import annotations

import os

from racto_nb.exceptions import UsageError


class Owner:
    """The process that something belongs to: this one, or with `later` the first that calls `take`.

    Asked before any lock is: a child may have inherited one that nobody gives back any more.
    """

    def __init__(self, what: str, *, later: bool = False) -> None:
        self._what = what
        self._process = None if later else os.getpid()

    @property
    def is_another(self) -> bool:
        """Whether this is a forked child of the process that it belongs to."""
        return self._process is not None and self._process != os.getpid()

    def refuse_others(self) -> None:
        """Raise UsageError in a forked child."""
        if self.is_another:
            raise UsageError(f"This {self._what} belongs to the process that this one was forked from. Make a new one here.")

    def take(self) -> None:
        """Let it belong to this process, where it is nobody's yet. Raises UsageError in a forked child."""
        if self._process is None:
            self._process = os.getpid()
        self.refuse_others()
