"""How a store stands at one moment, as a search reads it. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from racto_nb.exceptions import StoreError
from racto_nb.rag.stores.duck.database import State
from racto_nb.rag.vectors.held import Array, Held
from racto_nb.rag.vectors.shelves import FileShelf, MemoryShelf, Shelf


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of the database, the vectors that belong to it, and after which change that was so."""

    state: State
    shelf: Shelf | None
    held: Held | None
    changes: int

    @property
    def count(self) -> int:
        """The number of chunks."""
        return 0 if self.held is None else len(self.held) - len(self.held.dead)


def shelf_for(folder: Path | None, state: State, known: Shelf | None = None) -> Shelf | None:
    """Where the vectors of `state` lie; None while it has none."""
    if state.dimension is None:
        return None
    if folder is None:
        return known if isinstance(known, MemoryShelf) else MemoryShelf(state.dimension)
    return known if isinstance(known, FileShelf) else FileShelf(folder, state.generation, state.dimension)


def held_by(shelf: Shelf, state: State, dead: Array) -> Held:
    """The rows of `state`. Raises StoreError where the files do not hold them."""
    try:
        return shelf.held(state.rows, dead)
    except (OSError, ValueError) as error:
        raise _damaged(shelf, state, error) from error


def vectors_of(shelf: FileShelf, state: State) -> Array:
    """The vectors of `state` alone. Raises StoreError where the file does not hold them."""
    try:
        return shelf.exact(state.rows)
    except (OSError, ValueError) as error:
        raise _damaged(shelf, state, error) from error


def written(shelf: Shelf, place: int, rows: Iterable[Array]) -> int:
    """Put `rows` on the shelf from row `place` on; the number of the row behind them. StoreError where the disk refuses them."""
    try:
        return shelf.write(place, rows)
    except OSError as error:
        assert isinstance(shelf, FileShelf)  # noqa: S101  (memory has no disk)
        folder = str(shelf.vectors.parent)
        msg = f"The vectors of the store {folder!r} cannot be written: {error}. Nothing was changed."
        raise StoreError(msg, place=folder) from error


def _damaged(shelf: Shelf, state: State, error: Exception) -> StoreError:
    assert isinstance(shelf, FileShelf)  # noqa: S101  (memory is never too short)
    folder = str(shelf.vectors.parent)
    msg = (
        f"The store {folder!r} is damaged: {shelf.vectors.name} does not hold {state.rows} vectors of {state.dimension} numbers "
        f"({error}). Name a new folder and ingest again."
    )
    return StoreError(msg, place=folder)
