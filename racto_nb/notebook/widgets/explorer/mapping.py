"""The map of an explorer: where each vector lies, made piece by piece, and sent as numbers, not as text."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from racto_nb._extras import refuse_missing
from racto_nb.exceptions import AnalysisError, UsageError
from racto_nb.notebook.controllers.explorer.state import MapFacts
from racto_nb.notebook.widgets.explorer.projecting import (
    FITTED,
    MOST,
    SAMPLED,
    Array,
    Plane,
    inside,
    order_of,
    plane_of,
    trust_of,
)

if TYPE_CHECKING:
    from racto_nb.rag.stores.vector_store import Arrays, BaseVectorStore

COLOURS = 9
"""Sources with a colour of their own: those with most chunks. All others share one more."""

Shown = Callable[["Layout", MapFacts, int, int], None]
"""What is told of a layout: its facts, and from which to before which point it is new."""


@dataclass(slots=True, eq=False)
class Layout:
    """Points in their order: the `ids` of their chunks, their `colours`, and where they lie; the first `placed` of them do."""

    ids: list[str]
    colours: Array
    places: Array
    placed: int = 0
    plane: Plane | None = None
    where: dict[str, int] | None = None

    def number_of(self, chunk_id: str) -> int | None:
        """The number of a chunk's point, None where it has no place."""
        if self.where is None:
            self.where = {name: number for number, name in enumerate(self.ids)}
        number = self.where.get(chunk_id)
        return number if number is not None and number < self.placed else None

    def within(self, polygon: Sequence[float]) -> Array:
        """The numbers of the points inside a polygon, whose corners are x and y in turn."""
        import numpy as np

        if len(polygon) % 2:
            raise UsageError("A polygon has an x and a y for each corner.")
        corners = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
        if not np.isfinite(corners).all():
            raise UsageError("A corner of a polygon is a number.")
        return np.flatnonzero(inside(self.places[: self.placed], corners))

    def piece(self, first: int, last: int) -> tuple[bytes, bytes]:
        """The points from `first` to before `last` as bytes: places (float32, x and y in turn) and colours (one byte each)."""
        return self.places[first:last].tobytes(), self.colours[first:last].tobytes()


async def mapped(store: BaseVectorStore, method: str, number: int, shown: Shown) -> None:
    """Make a map of the vectors in `store`, and tell `shown` of each piece. UsageError for an empty store."""
    if method == "umap":
        refuse_missing("umap", extra="rag-umap")
    arrays = await store.aarrays()
    if not arrays.ids:
        raise UsageError("The store is empty: there is nothing to map. Ingest something first.")
    layout, legend, order = await asyncio.to_thread(_begun, arrays)
    facts = MapFacts(number, method, len(order), 0, len(arrays.ids), arrays.vectors.shape[1], legend=legend)
    if method == "umap":
        facts = await _by_umap(arrays, order, layout, facts)
        shown(layout, facts, 0, layout.placed)
    else:
        for first in range(0, len(order), SAMPLED):
            await asyncio.to_thread(_place, arrays, order, layout, first)
            kept = None if layout.plane is None else layout.plane.kept
            facts = replace(facts, placed=layout.placed, kept=kept)
            shown(layout, facts, first, layout.placed)
    trust = await asyncio.to_thread(_judged, arrays, order, layout)
    shown(layout, replace(facts, trust=trust), layout.placed, layout.placed)


def _begun(arrays: Arrays) -> tuple[Layout, tuple[str, ...], Array]:
    import numpy as np

    order = order_of(len(arrays.ids), MOST)
    legend = tuple(name for name, _ in Counter(arrays.sources).most_common(COLOURS))
    numbers = {name: number for number, name in enumerate(legend)}
    rows: list[int] = order.tolist()
    colours = np.fromiter((numbers.get(arrays.sources[row], COLOURS) for row in rows), np.uint8, len(rows))
    return Layout([arrays.ids[row] for row in rows], colours, np.zeros((len(order), 2), np.float32)), legend, order


def _place(arrays: Arrays, order: Array, layout: Layout, first: int) -> None:
    """Give the next points their places; with the first ones the plane is found."""
    rows = order[first : first + SAMPLED]
    vectors = arrays.vectors[rows]
    if layout.plane is None:
        layout.plane = plane_of(vectors[:FITTED])
    layout.places[first : first + len(rows)] = layout.plane.placed(vectors)
    layout.placed = first + len(rows)


def _judged(arrays: Arrays, order: Array, layout: Layout) -> float | None:
    chosen = order_of(layout.placed, 1_000)
    return trust_of(arrays.vectors[order[chosen]], layout.places[chosen])


async def _by_umap(arrays: Arrays, order: Array, layout: Layout, facts: MapFacts) -> MapFacts:
    with tempfile.TemporaryDirectory(prefix="racto-map-") as folder:
        there, back = Path(folder, "vectors.npy"), Path(folder, "places.npy")
        await asyncio.to_thread(_saved, there, arrays, order)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "racto_nb.notebook.widgets.explorer.umap_child", str(there), str(back),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, told = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            last = (told.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
            raise AnalysisError(f"UMAP ended without a map: {last:.300}")
        layout.places[:] = await asyncio.to_thread(_loaded, back)
    layout.placed = len(order)
    return replace(facts, placed=layout.placed)


def _saved(file: Path, arrays: Arrays, order: Array) -> None:
    import numpy as np

    np.save(file, arrays.vectors[order])


def _loaded(file: Path) -> Array:
    import numpy as np

    return np.load(file)
