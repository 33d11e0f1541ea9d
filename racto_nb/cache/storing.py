"""What an exact cache asks of the place where it keeps its answers: a port, so that both colours ask in their own way.

A place in another process or on a disk answers without blocking an event loop; the one in memory answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from racto_nb.cache.keeping import Kept
from racto_nb.flow.effects import Port


@dataclass(frozen=True, slots=True)
class Look:
    """Answer with what is kept under `key`, None where nothing is, or nothing any more."""

    key: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep `known` under `key`, in the place of what was there."""

    key: str
    known: Kept


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove what is kept under `key`. Answer whether there was something."""

    key: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove everything."""


@dataclass(frozen=True, slots=True)
class Count:
    """Answer with the number of answers that are kept."""


StoreRequest = Look | Keep | Forget | Clear | Count


StoreReply = Kept | int | None
"""A Look is answered with what is kept or None, a Forget with whether there was something, a Count with a number."""


class Store(Port[StoreRequest, StoreReply, Any], Protocol):
    """A place that performs a StoreRequest."""
