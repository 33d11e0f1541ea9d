"""Where rows of vectors lie: in memory, or in files that are mapped into it.

Rows are only ever put behind the last one that counts. How many count is known elsewhere: what lies behind them was never
finished, and is written over.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from racto_nb.rag.vectors.held import Array, Held
from racto_nb.rag.vectors.rounding import blocks, round_into

_FIRST_ROOM = 64
BLOCK = 512
"""How many rows are rounded and written at once."""


class Shelf(ABC):
    """Rows of `dimension` numbers each."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    @abstractmethod
    def write(self, place: int, rows: Iterable[Array]) -> int:
        """Put blocks of `rows` (float32, of length one) from row `place` on. Returns the number of the row behind them."""
        ...

    @abstractmethod
    def held(self, count: int, dead: Array) -> Held:
        """The first `count` rows, without those that are `dead`."""
        ...


class MemoryShelf(Shelf):
    """Rows in memory, with room that grows."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension)
        self._parts = _room(_FIRST_ROOM, dimension)

    def write(self, place: int, rows: Iterable[Array]) -> int:
        """Put blocks of `rows` from row `place` on."""
        for block in rows:
            end = place + len(block)
            self._make_room(place, end)
            exact, rounded, steps, errors = (part[place:end] for part in self._parts)
            exact[:] = block
            round_into(block, rounded, steps, errors)
            place = end
        return place

    def held(self, count: int, dead: Array) -> Held:
        """The first `count` rows, without those that are `dead`."""
        exact, rounded, steps, errors = self._parts
        return Held(exact[:count], rounded[:count], steps[:count], errors[:count], dead, float(errors[:count].max(initial=0.0)))

    def _make_room(self, used: int, needed: int) -> None:
        if needed <= len(self._parts[0]):
            return
        larger = _room(max(needed, 2 * len(self._parts[0])), self.dimension)
        for new, old in zip(larger, self._parts, strict=True):
            new[:used] = old[:used]
        self._parts = larger


class FileShelf(Shelf):
    """Rows in three files in `folder`, whose names end in `generation`: vectors, their rounded twins, and steps with errors.

    The twins follow from the vectors. Where they are missing or are not those of the vectors, they are made again.
    """

    def __init__(self, folder: Path, generation: int, dimension: int) -> None:
        super().__init__(dimension)
        self.vectors = folder / f"vectors-{generation}.f32"
        self.rounded = folder / f"rounded-{generation}.i8"
        self.measures = folder / f"measures-{generation}.f32"
        self._measures: Array = None
        self._known = 0

    def write(self, place: int, rows: Iterable[Array]) -> int:
        """Put blocks of `rows` from row `place` on, and wait until they are on the disk."""
        import numpy as np

        with ExitStack() as stack:
            files = [stack.enter_context(_opened(path)) for path in (self.vectors, self.rounded, self.measures)]
            for file, width in zip(files, (4 * self.dimension, self.dimension, 8), strict=True):
                file.seek(place * width)
            for large in rows:
                for here in blocks(len(large), BLOCK):
                    block = np.ascontiguousarray(large[here], np.float32)
                    for file, part in zip(files, (block, *_twins(block)), strict=True):
                        _put(file, part)
                place += len(large)
            for file in files:
                os.fsync(file.fileno())
        self._known = min(self._known, place)
        return place

    def held(self, count: int, dead: Array) -> Held:
        """The first `count` rows, without those that are `dead`. Raises OSError or ValueError for a file that is too short."""
        import numpy as np

        if not count:
            return MemoryShelf(self.dimension).held(0, dead)
        exact = self.exact(count)
        rounded = _mapped(self.rounded, np.int8, (count, self.dimension))
        steps, errors = self._read_measures(count)
        return Held(exact, rounded, steps, errors, dead, float(errors.max()))

    def exact(self, count: int) -> Array:
        """The first `count` vectors. Raises OSError or ValueError for a file that is too short."""
        import numpy as np

        return _mapped(self.vectors, np.float32, (count, self.dimension))

    def mend(self, count: int) -> None:
        """Make the rounded twins of the first `count` rows again."""
        exact = self.exact(count)
        with self.rounded.open("wb") as rounded, self.measures.open("wb") as measures:
            for here in blocks(count, BLOCK):
                for file, part in zip((rounded, measures), _twins(exact[here]), strict=True):
                    file.write(part.data)
            for file in (rounded, measures):
                file.flush()
                os.fsync(file.fileno())

    def fits(self, count: int) -> bool:
        """Whether the twins of the first `count` rows are there, and those of some rows are what the rows say."""
        import numpy as np

        if not count:
            return True
        for path, width in ((self.rounded, self.dimension), (self.measures, 8)):
            if not path.exists() or path.stat().st_size < count * width:
                return False
        some = np.unique(np.linspace(0, count - 1, 64).astype(np.int64))
        rounded = _mapped(self.rounded, np.int8, (count, self.dimension))[some]
        measures = _mapped(self.measures, np.float32, (count, 2))[some]
        right, steps = _twins(self.exact(count)[some])
        return bool(np.array_equal(rounded, right) and np.array_equal(measures, steps))

    def _read_measures(self, count: int) -> tuple[Array, Array]:
        """Steps and errors of the first `count` rows, in memory: eight bytes a row. Only those that are not known are read."""
        import numpy as np

        if self._measures is None or len(self._measures[0]) < count:
            room = max(count, 2 * self._known)
            larger = (np.empty(room, np.float32), np.empty(room, np.float32))
            for new, old in zip(larger, self._measures or larger, strict=True):
                new[: self._known] = old[: self._known]
            self._measures = larger
        if self._known < count:
            news = np.fromfile(self.measures, np.float32, 2 * (count - self._known), offset=8 * self._known).reshape(-1, 2)
            for part, column in zip(self._measures, news.T, strict=True):
                part[self._known : count] = column
            self._known = count
        steps, errors = self._measures
        return steps[:count], errors[:count]


def _room(rows: int, dimension: int) -> tuple[Array, Array, Array, Array]:
    import numpy as np

    shape = (rows, dimension)
    return np.empty(shape, np.float32), np.empty(shape, np.int8), np.empty(rows, np.float32), np.empty(rows, np.float32)


def _twins(block: Array) -> tuple[Array, Array]:
    """The rounded rows of `block`, and their steps and errors side by side."""
    import numpy as np

    rounded, measures = np.empty(block.shape, np.int8), np.empty((len(block), 2), np.float32)
    round_into(block, rounded, measures[:, 0], measures[:, 1])
    return rounded, measures


def _mapped(path: Path, dtype: Any, shape: tuple[int, int]) -> Array:
    """The beginning of a file as an array that reads what it is asked for, and no more."""
    import numpy as np

    if not shape[0]:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", shape=shape).view(np.ndarray)


def _opened(path: Path) -> BinaryIO:
    return open(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644), "r+b", buffering=0)  # noqa: PTH123  (no path: a descriptor)


def _put(file: BinaryIO, part: Array) -> None:
    """Write all of `part`: an unbuffered file may take less at a time."""
    data = memoryview(part).cast("B")
    while data:
        data = data[file.write(data) :]
