"""A store that is open: its database, its vectors, and what it does with both.

To write: vectors go behind the last row that counts and onto the disk, then one transaction says that they count. Killed before
that, what was written is not there and will be written over; killed after it, all is there. To read: a search looks at the
rows as they stood when it began, and what it then reads in the database is read again when they have changed meanwhile.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from racto_nb.exceptions import StoreError
from racto_nb.rag.stores.checking import Array, refuse_length
from racto_nb.rag.stores.duck.batches import Batch, frames
from racto_nb.rag.stores.duck.database import (
    Cursor,
    Database,
    State,
    copy_rows,
    dead_rows,
    delete_rows,
    insert,
    move_rows,
    note,
    state,
)
from racto_nb.rag.stores.duck.folder import Alone, Folder
from racto_nb.rag.stores.duck.picking import joined, none, picked, replaced
from racto_nb.rag.stores.duck.searching import IndexKind, Searcher
from racto_nb.rag.stores.duck.standing import Standing, held_by, shelf_for, vectors_of, written
from racto_nb.rag.vectors.held import Found
from racto_nb.rag.vectors.rounding import blocks
from racto_nb.rag.vectors.shelves import FileShelf, MemoryShelf, Shelf

T = TypeVar("T")
_TRIES = 3
_AT_ONCE = 4_096
_MANY_DEAD, _MOST_DEAD = 1_000, 0.5
"""From so many deleted rows on, and when they are so large a share, their room is reclaimed."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Chunks as columns with their vectors: blocks of rows of length one, each of `dimension` numbers."""

    batch: Batch
    dimension: int
    vectors: Iterable[Array]


class Session:
    """The store in `path` (None: in memory)."""

    def __init__(self, path: Path | None, index: IndexKind, *, read_only: bool) -> None:
        self._path = path
        self._began = time.monotonic_ns()
        self._searcher = Searcher(path, index, read_only=read_only)
        self._read_only = read_only
        self._folder = Alone() if path is None or read_only else Folder(path)
        if path is not None:
            Folder(path).refuse_foreign(read_only=read_only)
        if isinstance(self._folder, Folder):
            self._folder.open()
        try:
            with self._folder.writing():
                self._open()
        except BaseException:
            self._give_back()
            raise

    def _open(self) -> None:
        folder = self._folder
        new = folder.new_database() if isinstance(folder, Folder) else None
        place = None if self._path is None else Folder(self._path).database
        self._database = Database(place, read_only=self._read_only, new=new)
        self._standing: Standing | None = None
        now = self._now()
        if isinstance(folder, Folder):
            folder.tidy(now.state.generation)

    def close(self) -> None:
        """Give back the files."""
        with self._folder.writing():
            self._searcher.close()
        self._database.close()
        self._give_back()

    def _give_back(self) -> None:
        if isinstance(self._folder, Folder):
            self._folder.close()

    # Reading

    @property
    def revision(self) -> object:
        """Another value after each change."""
        return self._began, self._folder.changes

    def standing(self) -> Standing:
        """How the store stands."""
        known = self._standing
        if known is not None and known.changes == self._folder.changes:
            return known
        with self._folder.writing():
            return self._now()

    def _now(self) -> Standing:
        """How the store stands, for who has the turn to write."""
        known = self._standing
        if known is not None and known.changes == self._folder.changes:
            return known
        with self._database.cursor() as cursor:
            now = state(cursor)
            dead = dead_rows(cursor, now.rows)
        same = known is not None and known.state.generation == now.generation
        shelf = shelf_for(self._path, now, known.shelf if known is not None and same else None)
        if isinstance(shelf, FileShelf) and not same:
            shelf = self._mended(shelf, now)
        held = None if shelf is None else held_by(shelf, now, dead)
        self._standing = Standing(now, shelf, held, self._folder.changes)
        return self._standing

    def _mended(self, shelf: FileShelf, now: State) -> Shelf:
        """`shelf`, its rounded rows made again where they do not fit: in memory for who only reads."""
        vectors = vectors_of(shelf, now)
        if shelf.fits(now.rows):
            return shelf
        if not self._read_only:
            shelf.mend(now.rows)
            return shelf
        memory = MemoryShelf(shelf.dimension)
        memory.write(0, (vectors[here] for here in blocks(now.rows, _AT_ONCE)))
        return memory

    def reading(self, work: Callable[[Standing, Cursor], T]) -> T:
        """What `work` reads of the store as it stands: all of it from before a change, or all from after it."""
        for _ in range(_TRIES):
            standing = self.standing()
            with self._database.cursor() as cursor:
                result = work(standing, cursor)
            if self._folder.changes == standing.changes:
                return result
        with self._folder.writing(), self._database.cursor() as cursor:
            return work(self._now(), cursor)

    def nearest(self, standing: Standing, embedding: Sequence[float] | Array, top_k: int, rows: Array | None) -> Found:
        """The rows nearest to `embedding`."""
        return self._searcher.nearest(standing, embedding, top_k, rows)

    def build_index(self) -> int:
        """Build the graph of near neighbours, and return how many rows were added to it."""
        with self._writing():
            return self._searcher.build(self._now())

    # Writing

    def add(self, incoming: Incoming, *, source: str | None = None, dimension: int | None = None) -> None:
        """Put chunks into the store, in the place of those with the same ids and, unless it is None, of all of a `source`."""
        with self._writing():
            now = self._now()
            refuse_length(incoming.dimension, now.state.dimension or dimension)
            first = now.state.rows
            chunks, facts = frames(incoming.batch, first)
            then = replace(now.state, dimension=incoming.dimension, rows=first + len(incoming.batch))
            shelf = shelf_for(self._path, then, now.shelf)
            assert shelf is not None  # noqa: S101  (it has a dimension now)
            if written(shelf, first, incoming.vectors) != then.rows:
                msg = f"There are {len(incoming.batch)} chunks, and another number of vectors."
                raise StoreError(msg)
            with self._changing() as cursor:
                gone = replaced(cursor, chunks, source) if now.count else none()
                delete_rows(cursor, gone)
                insert(cursor, "chunks", chunks)
                insert(cursor, "facts", facts)
                note(cursor, then)
            self._stands(then, shelf, joined(now, gone))
            self._finish()

    def delete(self, find: Callable[[Cursor], Array]) -> None:
        """Delete the rows that `find` finds."""
        with self._writing():
            now = self._now()
            if now.shelf is None:
                return
            with self._changing() as cursor:
                gone = find(cursor)
                delete_rows(cursor, gone)
            self._stands(now.state, now.shelf, joined(now, gone))
            self._finish()

    def clear(self) -> None:
        """Delete everything, and forget the dimension."""
        with self._writing():
            now = self._now()
            then = State(now.state.generation + 1, None, 0)
            with self._changing() as cursor:
                cursor.execute("DELETE FROM chunks")
                cursor.execute("DELETE FROM facts")
                note(cursor, then)
            self._standing = None
            self._now()
            self._drop_old(then)

    def compact(self) -> None:
        """Give back the room of deleted rows. The rows that are left get other numbers."""
        with self._writing():
            self._compact(self._now())

    def snapshot(self, folder: Path) -> None:
        """Make a store in the new `folder` with all that is in this one."""
        if folder.exists() and any(folder.iterdir()):
            msg = f"A copy of a store needs a folder of its own, and {str(folder)!r} is not empty."
            raise StoreError(msg, place=str(folder))
        copy = Session(folder, "exact", read_only=False)
        try:
            with self._folder.writing(), self._database.cursor() as source:
                copy.fill(self._now(), source)
        finally:
            copy.close()

    def fill(self, standing: Standing, source: Cursor) -> None:
        """Put all chunks of another store, which stands so, into this one, which is new."""
        import numpy as np

        if standing.held is None:
            return
        alive = np.flatnonzero(standing.held.alive)
        with self._writing():
            then = State(0, standing.state.dimension, len(alive))
            shelf = shelf_for(self._path, then)
            assert shelf is not None  # noqa: S101  (it has a dimension)
            written(shelf, 0, picked(standing.held, alive))
            with self._changing() as cursor:
                copy_rows(source, cursor, alive)
                note(cursor, then)

    def _finish(self) -> None:
        """What follows from a change: the graph gets the new rows, and the room of deleted ones is reclaimed.

        The change itself is made, so what fails here is a warning: an error would say that nothing was changed.
        """
        try:
            self._follow()
        except (StoreError, OSError, RuntimeError) as error:  # usearch's are RuntimeErrors
            told = "to give back the room of deleted chunks, or to save the graph, which the next change tries again"
            warnings.warn(f"The store was changed. What failed then is {told}: {error}", RuntimeWarning, stacklevel=5)

    def _follow(self) -> None:
        now = self._now()
        self._searcher.follow(now)
        if self._searcher.is_by_graph:
            return
        dead = 0 if now.held is None else len(now.held.dead)
        if dead >= _MANY_DEAD and dead > _MOST_DEAD * now.state.rows:
            self._compact(now)

    def _compact(self, now: Standing) -> None:
        if now.held is None or not len(now.held.dead):
            return
        import numpy as np

        alive = np.flatnonzero(now.held.alive)
        then = State(now.state.generation + 1, now.state.dimension, len(alive))
        shelf = shelf_for(self._path, then)
        assert shelf is not None  # noqa: S101  (it has a dimension)
        written(shelf, 0, picked(now.held, alive))
        with self._changing() as cursor:
            move_rows(cursor, alive)
            note(cursor, then)
        self._stands(then, shelf, none())
        self._drop_old(then)

    def _drop_old(self, then: State) -> None:
        if isinstance(self._folder, Folder):
            self._folder.tidy(then.generation)

    @contextmanager
    def _writing(self) -> Generator[None]:
        if self._read_only:
            msg = f"The store {str(self._path)!r} was opened with read_only=True. Open it without to change it."
            raise StoreError(msg, place=str(self._path))
        with self._folder.writing():
            yield

    @contextmanager
    def _changing(self) -> Generator[Cursor]:
        """A change of the database, for readers and for the disk one step."""
        with self._folder.changing(), self._database.transaction() as cursor:
            yield cursor

    def _stands(self, then: State, shelf: Shelf, dead: Array) -> None:
        """Remember what has just been written, so that nobody needs to read it."""
        self._standing = Standing(then, shelf, held_by(shelf, then, dead), self._folder.changes)
