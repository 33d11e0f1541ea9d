"""Which rows lie nearest to a vector. All that count are looked at, so none is missed.

The scan reads one byte a number. What the rounding may have changed is bounded, row by row: where the bounds leave it open
whether a row is among the nearest, its own numbers are read. The result is that of a scan of all numbers, for a fourth of the
memory to read. One thread does it: to wake others for a millisecond's work costs more than the work.
"""

from __future__ import annotations

from racto_nb.rag.vectors.held import Array, Found, Held
from racto_nb.rag.vectors.rounding import blocks, rounded_one

_FEW = 800
"""So many rows are measured by their own numbers at once, since the way round would take longer."""
_GROUP = 64
_LARGE_SHARE = 3
"""Where more than one row in so many counts, reading all costs less than picking them out."""
_MEASURED_AT_ONCE = 8_192
_NOISE = 2e-6
"""What sums of float32 may be off by."""


def nearest(held: Held, asked: Array, top_k: int, rows: Array | None = None) -> Found:
    """The `top_k` rows nearest to `asked` (float32, length one), of those that count and, unless `rows` is None, are in it.

    `rows` are truth values for the first rows (later ones are not in it), or row numbers.
    """
    picked = None if rows is None else _picked(held, rows)
    if picked is None or len(picked) * _LARGE_SHARE > len(held) > _FEW:
        return _among_all(held, asked, top_k, picked)
    return _among(held, asked, top_k, picked)


def measured_best(held: Held, asked: Array, top_k: int, rows: Array) -> Found:
    """The `top_k` nearest of `rows`, each measured by its own numbers."""
    return _best(rows, _measured(held.exact, rows, asked), top_k)


def _picked(held: Held, rows: Array) -> Array:
    """The numbers of the rows of `rows` that count, each once."""
    import numpy as np

    numbers = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.unique(rows)
    if len(held.dead):
        numbers = np.setdiff1d(numbers, held.dead, assume_unique=True)
    return numbers


def _among_all(held: Held, asked: Array, top_k: int, picked: Array | None) -> Found:
    """Read all rows; those that are not `picked` (None: that are dead) do not count."""
    import numpy as np

    if len(held) - len(held.dead) <= max(_FEW, 4 * top_k):
        everything = np.flatnonzero(held.alive) if picked is None else picked
        return _best(everything, _measured(held.exact, everything, asked), top_k)
    near, step, off = rounded_one(asked)
    scores = _products(near, held.rounded)
    scores *= held.steps
    if picked is not None:
        out = np.ones(len(held), np.bool_)
        out[picked] = False
        scores[out] = -np.inf
    elif len(held.dead):
        scores[held.dead] = -np.inf
    open_rows = _open(scores, float(held.errors.max()), step, off, top_k)
    return _decided(held, asked, top_k, open_rows, scores=scores[open_rows] * step, off=off)


def _among(held: Held, asked: Array, top_k: int, picked: Array) -> Found:
    """Read the rows `picked` only."""
    if len(picked) <= max(_FEW, 4 * top_k):
        return _best(picked, _measured(held.exact, picked, asked), top_k)
    near, step, off = rounded_one(asked)
    scores = _products(near, held.rounded.take(picked, axis=0))
    scores *= held.steps.take(picked)
    places = _open(scores, float(held.errors.take(picked).max()), step, off, top_k)
    return _decided(held, asked, top_k, picked[places], scores=scores[places] * step, off=off)


def _open(scores: Array, error: float, step: float, off: float, top_k: int) -> Array:
    """The places in `scores` (in units of `step`) that may be among the nearest, each wrong by at most `error` and `off`."""
    import numpy as np

    width = min(_GROUP, len(scores) // (4 * top_k))
    whole = len(scores) // width * width
    # The largest of each group are rows of their own, so that the k-th of them is at most the k-th of all.
    largest = scores[:whole].reshape(width, -1).max(axis=0)
    threshold = np.partition(largest, len(largest) - top_k)[len(largest) - top_k]
    slack = 2 * (error + off * (1 + error) + _NOISE) / step
    return np.flatnonzero(scores >= max(threshold - slack, np.finfo(np.float32).min))


def _decided(held: Held, asked: Array, top_k: int, rows: Array, *, scores: Array, off: float) -> Found:
    """Measure those of `rows` that may be among the nearest: first the likeliest, which rules most others out."""
    import numpy as np

    first = np.argpartition(scores, -4 * top_k)[-4 * top_k :] if len(rows) > 8 * top_k else np.arange(len(rows))
    likeness = _measured(held.exact, rows[first], asked)
    if len(first) == len(rows):
        return _best(rows, likeness, top_k)
    surely = np.partition(likeness, -top_k)[-top_k]
    errors = held.errors[rows]
    still = scores + (errors + off * (1 + errors) + _NOISE) >= surely
    still[first] = False
    others = rows[still]
    measured = np.concatenate([likeness, _measured(held.exact, others, asked)])
    return _best(np.concatenate([rows[first], others]), measured, top_k)


def _products(near: Array, rounded: Array) -> Array:
    import numkong
    import numpy as np

    return np.asarray(numkong.cdist(near[None], rounded, "dot", out_dtype="float32")).ravel()


def _measured(exact: Array, rows: Array, asked: Array) -> Array:
    """The likeness of `rows` by their own numbers."""
    import numkong
    import numpy as np

    likeness = np.empty(len(rows), np.float32)
    for here in blocks(len(rows), _MEASURED_AT_ONCE):
        picked = exact.take(rows[here], axis=0)
        likeness[here] = np.asarray(numkong.cdist(asked[None], picked, "dot", out_dtype="float32"))[0]
    return likeness


def _best(rows: Array, likeness: Array, top_k: int) -> Found:
    """The `top_k` of `rows` with the highest likeness; of equal ones the earlier rows."""
    import numpy as np

    if len(rows) > 4 * top_k:
        least = np.partition(likeness, -top_k)[-top_k]
        kept = np.flatnonzero(likeness >= least)
        rows, likeness = rows[kept], likeness[kept]
    order = np.lexsort((rows, -likeness))[:top_k]
    return Found(rows[order], likeness[order])
