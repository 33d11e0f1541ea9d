"""The questions of a semantic cache with their vectors and answers, in memory, each kind of question by itself."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from racto_nb.cache.keeping import Kept
from racto_nb.cache.scanning import Shelf, Vector
from racto_nb.cache.storing import Clear, Count
from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import ThreadedPort

MOST_CANDIDATES = 8
"""How many of the nearest questions are looked at more closely."""


@dataclass(slots=True, eq=False)
class Entry:
    """A question of one kind (`space`) with its answer, and where its vector stands."""

    space: str
    question: str
    known: Kept
    until: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """Answer with the entries of `space` at least `threshold` like `vector`, the most alike first."""

    space: str
    vector: Vector
    threshold: float


@dataclass(frozen=True, slots=True)
class Used:
    """Note that the answer of `entry` was given."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Place:
    """Keep `known` as the answer to `question`."""

    space: str
    question: str
    vector: Vector
    known: Kept


Reply = list[Entry] | int | None
"""A Near is answered with entries, a Count with a number."""


@dataclass(slots=True)
class _Space:
    shelf: Shelf
    entries: list[Entry] = field(default_factory=list[Entry])


class Shelves(ThreadedPort[Near | Used | Place | Clear | Count, Reply]):
    """At most `max_size` questions (0: no limit), each for `ttl` seconds (None: for ever). A scan takes time: it has a thread."""

    def __init__(self, max_size: int, ttl: float | None) -> None:
        super().__init__("semantic-cache")
        self.max_size, self.ttl = max_size, ttl
        self.clock = time.monotonic
        self._spaces: dict[str, _Space] = {}
        self._entries: OrderedDict[tuple[str, str], Entry] = OrderedDict()
        self._dimensions: int | None = None

    def perform(self, request: Near | Used | Place | Clear | Count) -> Reply:
        """The reply to one request."""
        match request:
            case Near(space, vector, threshold):
                return self._near(space, vector, threshold)
            case Used(entry):
                key = (entry.space, entry.question)
                return self._entries.move_to_end(key) if self._entries.get(key) is entry else None
            case Place():
                return self._place(request)
            case Clear():
                self._spaces.clear()
                self._dimensions = None
                return self._entries.clear()
            case Count():
                self._drop_what_is_over()
                return len(self._entries)

    def _near(self, space: str, vector: Vector, threshold: float) -> list[Entry]:
        self._check(vector)
        there = self._spaces.get(space)
        if there is None:
            return []
        found = [there.entries[row] for row, _ in there.shelf.near(vector, threshold, MOST_CANDIDATES)]
        if self.ttl is None:
            return found
        this_moment = self.clock()
        for entry in found:
            if entry.until <= this_moment:
                self._drop(entry)
        return [entry for entry in found if entry.until > this_moment]

    def _place(self, request: Place) -> None:
        self._check(request.vector)
        key = (request.space, request.question)
        if (old := self._entries.get(key)) is not None:
            self._drop(old)
        self._dimensions = len(request.vector)
        until = 0.0 if self.ttl is None else self.clock() + self.ttl
        entry = Entry(request.space, request.question, request.known, until)
        space = self._spaces.setdefault(request.space, _Space(Shelf(self._dimensions)))
        entry.row = space.shelf.add(request.vector)
        space.entries.append(entry)
        self._entries[key] = entry
        while self.max_size and len(self._entries) > self.max_size:
            self._drop(next(iter(self._entries.values())))

    def _drop(self, entry: Entry) -> None:
        del self._entries[entry.space, entry.question]
        space = self._spaces[entry.space]
        space.shelf.remove(entry.row)
        last = space.entries.pop()
        if last is not entry:
            last.row, space.entries[entry.row] = entry.row, last
        if not space.entries:
            del self._spaces[entry.space]

    def _drop_what_is_over(self) -> None:
        if self.ttl is not None:
            this_moment = self.clock()
            for entry in [entry for entry in self._entries.values() if entry.until <= this_moment]:
                self._drop(entry)

    def _check(self, vector: Vector) -> None:
        if self._entries and len(vector) != self._dimensions:
            msg = (
                f"The embedder gave a vector of {len(vector)} numbers, and those that are kept have {self._dimensions}. Give "
                "another embedder a cache of its own, or call clear()."
            )
            raise UsageError(msg)
