"""Settings that hold for the whole process, or for a block: what calls are counted, recorded and bounded by.

The one kind of state that modules may keep, since it belongs to the process: a notebook says once that its calls are recorded,
and all its kits, the ones made before too, are meant. A block goes before the process, and holds only for its own thread or task.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")


class Scoped(Generic[T]):
    """A setting with a value for the process and, within `block`, another.

    >>> tone = Scoped("tone", "calm")
    >>> with tone.block("loud"):
    ...     tone.get()
    'loud'
    >>> tone.get()
    'calm'
    """

    def __init__(self, name: str, default: T) -> None:
        self._process = default
        self._block: ContextVar[tuple[T] | None] = ContextVar(f"racto_nb_{name}", default=None)

    def get(self) -> T:
        """The value that holds here and now."""
        block = self._block.get()
        return self._process if block is None else block[0]

    def set(self, value: T) -> T:
        """Let `value` hold for the whole process, outside of blocks; what held before."""
        before, self._process = self._process, value
        return before

    @contextmanager
    def block(self, value: T) -> Generator[T]:
        """Let `value` hold within a `with` block, in this thread or task and in tasks that begin there, not in new threads."""
        token = self._block.set((value,))
        try:
            yield value
        finally:
            self._block.reset(token)
