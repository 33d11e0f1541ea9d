"""Which rows are meant: by a filter, by what comes in, by what was deleted."""

from __future__ import annotations

from collections.abc import Iterator

from racto_nb.rag.filters import Filter
from racto_nb.rag.stores.duck.batches import Frame
from racto_nb.rag.stores.duck.conditions import Part, evaluated
from racto_nb.rag.stores.duck.database import Cursor, rows_of_ids, rows_where
from racto_nb.rag.stores.duck.standing import Standing
from racto_nb.rag.vectors.held import Array, Held
from racto_nb.rag.vectors.rounding import blocks

_AT_ONCE = 4_096


def mask_of(condition: Filter | None, standing: Standing, cursor: Cursor) -> Array | None:
    """Which rows fit `condition`, as truth values; None for all. Deleted rows may be among them."""
    if condition is None or standing.held is None:
        return None
    import numpy as np

    count = standing.state.rows

    def found(part: Part) -> Array:
        marked = np.zeros(count, np.bool_)
        marked[rows_where(cursor, part.sql, part.values)] = True
        return marked

    return evaluated(condition, found, count)


def replaced(cursor: Cursor, chunks: Frame, source: str | None) -> Array:
    """The rows that make room for `chunks`."""
    import numpy as np

    same = rows_of_ids(cursor, chunks["chunk_id"])
    if source is None:
        return same
    return np.union1d(same, rows_where(cursor, "SELECT row FROM chunks WHERE source = ?", [source]))


def none() -> Array:
    """No rows."""
    import numpy as np

    return np.empty(0, np.int64)


def joined(now: Standing, gone: Array) -> Array:
    """The deleted rows, `gone` among them."""
    import numpy as np

    before = none() if now.held is None else now.held.dead
    return np.union1d(before, gone) if len(gone) else before


def picked(held: Held, rows: Array) -> Iterator[Array]:
    """The vectors of `rows`, block by block."""
    return (held.exact.take(rows[here], axis=0) for here in blocks(len(rows), _AT_ONCE))
