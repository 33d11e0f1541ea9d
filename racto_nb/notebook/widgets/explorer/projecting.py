"""Vectors on a plane: principal components at once, UMAP by an extra, and how far a map can be trusted. Pure, on NumPy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from racto_nb._extras import imported

Array = Any
"""A NumPy array: NumPy is loaded when the first map is made."""

SAMPLED = 20_000
"""Vectors that are shown first, and then at once."""
FITTED = 5_000
"""Vectors that the axes are found from: more of them change next to nothing, and take as much longer."""
MOST = 100_000
"""Vectors of a map, at most."""
_TRIED, _ROUNDS = 12, 8
_JUDGED, _NEAR = 1_000, 10
_SEED = 7


@dataclass(frozen=True, slots=True)
class Plane:
    """The two directions in which the vectors differ most, and the share of their variance that these `kept`.

    Places are scaled so that most of the first ones lie between -1 and 1.
    """

    centre: Array
    axes: Array
    scale: float
    kept: float

    def placed(self, vectors: Array) -> Array:
        """The places of `vectors`: two columns of float32."""
        import numpy as np

        return np.asarray((vectors - self.centre) @ self.axes * self.scale, dtype=np.float32)


def order_of(count: int, most: int = MOST) -> Array:
    """The numbers below `count` in a random order that is always the same; at most `most` of them."""
    import numpy as np

    return np.random.default_rng(_SEED).permutation(count)[:most]


def plane_of(vectors: Array) -> Plane:
    """The plane of `vectors`, by a few rounds of subspace iteration: exact enough for a picture, and linear in their number."""
    import numpy as np

    rows = np.asarray(vectors, dtype=np.float32)
    centre = rows.mean(axis=0)
    rows = rows - centre
    tried = max(2, min(_TRIED, *rows.shape))
    basis = np.random.default_rng(_SEED).standard_normal((rows.shape[1], tried)).astype(np.float32)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(rows.T @ (rows @ basis))[0]
    _, strengths, turned = np.linalg.svd(rows @ basis, full_matrices=False)
    axes = _two_columns(basis @ turned[:2].T)
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)  # the same sign on every machine
    whole = float((rows**2).sum())
    kept = float((strengths[:2] ** 2).sum()) / whole if whole > 0 else 1.0
    return Plane(centre, axes.astype(np.float32), scale_of(rows @ axes), min(1.0, kept))


def _two_columns(axes: Array) -> Array:
    import numpy as np

    missing = 2 - axes.shape[1]  # vectors of one number lie on a line
    return np.pad(axes, ((0, 0), (0, missing))) if missing > 0 else axes


def scale_of(places: Array) -> float:
    """By what `places`, which lie around 0, are multiplied to lie between -1 and 1, all but the outermost ones."""
    import numpy as np

    outer = float(np.quantile(np.abs(places), 0.999)) if len(places) else 0.0
    return 1.0 / outer if outer > 0 else 1.0


def umap_of(vectors: Array) -> Array:
    """The places of `vectors` by UMAP. MissingExtraError without the extra "rag-umap"."""
    import numpy as np

    umap: Any = imported("umap", extra="rag-umap")
    near = max(2, min(15, len(vectors) - 1))
    # Of vectors of length 1, the nearest by angle are the nearest by distance.
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    ones = np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)
    found = np.asarray(umap.UMAP(n_neighbors=near, metric="euclidean", init="pca", low_memory=True).fit_transform(ones))
    found = found - found.mean(axis=0)
    return (found * scale_of(found)).astype(np.float32)


def trust_of(vectors: Array, places: Array) -> float | None:
    """The trustworthiness of the map, from 0 to 1, on a sample of 1,000: how few near points are strangers in truth.

    None for fewer points than it needs (Venna and Kaski, with 10 neighbours).
    """
    import numpy as np

    chosen = order_of(len(vectors), _JUDGED)
    count = len(chosen)
    if count <= 3 * _NEAR:
        return None
    truth = np.argsort(-(vectors[chosen] @ vectors[chosen].T), axis=1)
    ranks = np.empty_like(truth)
    ranks[np.arange(count)[:, None], truth] = np.arange(count)
    flat = places[chosen].astype(np.float64)
    squares = (flat**2).sum(axis=1)
    apart = squares[:, None] + squares[None, :] - 2 * flat @ flat.T
    np.fill_diagonal(apart, np.inf)
    near = np.argpartition(apart, _NEAR, axis=1)[:, :_NEAR]
    strangers = np.maximum(0, np.take_along_axis(ranks, near, axis=1) - _NEAR).sum()
    return float(1 - strangers * 2 / (count * _NEAR * (2 * count - 3 * _NEAR - 1)))


def inside(places: Array, polygon: Array) -> Array:
    """Which of `places` lie inside `polygon` (corners as rows), as truth values: an even number of crossings is outside."""
    import numpy as np

    x, y = places[:, 0], places[:, 1]
    found = np.zeros(len(places), np.bool_)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            found ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return found
