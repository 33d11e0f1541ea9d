"""What a page is told of the map: points, marks of a question, what is chosen, and what lies under the pointer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from racto_nb._secrecy import Secrets
from racto_nb.notebook.controllers.explorer.state import MapFacts
from racto_nb.notebook.controllers.explorer.veiling import veiled_chunk
from racto_nb.notebook.display.passages import excerpt
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.widgets.explorer.mapping import Layout
from racto_nb.notebook.widgets.explorer.projecting import SAMPLED, Array

if TYPE_CHECKING:
    from racto_nb.notebook.controllers.explorer.state import Results
    from racto_nb.rag.documents import Chunk
    from racto_nb.rag.pipeline import RactoRAG

_NEAREST = 5


class Posting(Protocol):
    """A widget that messages are sent by."""

    def post(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send the pages a message."""
        ...


@dataclass(slots=True)
class Atlas:
    """The map of one explorer, and what its pages know of it. `number` is that of the layout."""

    page: Posting
    rag: RactoRAG
    layout: Layout | None = None
    number: int = 0
    chosen: Array = None
    asked: tuple[str, Array] | None = field(default=None)

    def shown(self, layout: Layout, facts: MapFacts, first: int, last: int) -> None:
        """A piece of a layout has come: send it."""
        if facts.number != self.number:
            self.chosen = None
        self.layout, self.number = layout, facts.number
        self._post_points(first, last, facts.total)

    def post_all(self) -> None:
        """Send all points, what is chosen, and nothing where there is no map."""
        if self.layout is not None:
            for first in range(0, self.layout.placed, SAMPLED):
                self._post_points(first, min(first + SAMPLED, self.layout.placed), len(self.layout.ids))
            self.post_chosen()

    def _post_points(self, first: int, last: int, total: int) -> None:
        if self.layout is not None and last > first:
            head = {"t": "points", "number": self.number, "from": first, "count": last - first, "total": total}
            self.page.post(head, self.layout.piece(first, last))

    async def choose(self, polygon: Sequence[float], *, more: bool) -> tuple[str, ...] | None:
        """Choose the points inside `polygon`; the ids of all that are chosen, None where the map is no more."""
        import numpy as np

        if (layout := self.layout) is None:
            return None
        found = await asyncio.to_thread(layout.within, polygon)
        if self.layout is not layout:
            return None
        self.chosen = np.union1d(self.chosen, found) if more and self.chosen is not None else found
        self.post_chosen()
        numbers: list[int] = self.chosen.tolist()
        return tuple(layout.ids[number] for number in numbers)

    def choose_ids(self, ids: Sequence[str]) -> None:
        """Choose the points of chunks."""
        import numpy as np

        numbers = [] if self.layout is None else [self.layout.number_of(name) for name in ids]
        self.chosen = np.array(sorted(number for number in numbers if number is not None), dtype=np.int64)
        self.post_chosen()

    def unchoose(self) -> None:
        """Choose no points."""
        self.chosen = None
        self.post_chosen()

    def post_chosen(self) -> None:
        """Tell the pages which points are chosen: their numbers, four bytes each."""
        import numpy as np

        numbers = np.zeros(0, np.uint32) if self.chosen is None else self.chosen.astype(np.uint32)
        self.page.post({"t": "chosen", "number": self.number, "count": len(numbers)}, [numbers.tobytes()])

    async def mark(self, results: Results | None) -> None:
        """Tell the pages where the question and its hits lie."""
        if self.layout is None:
            return
        hits = () if results is None else results.sides[0].hits
        numbered = [(hit.rank, self.layout.number_of(hit.chunk.chunk_id)) for hit in hits]
        at = self.layout.places
        places = [(rank, number, float(at[number, 0]), float(at[number, 1])) for rank, number in numbered if number is not None]
        query = None if results is None else await self._query(results.asked.text, places)
        self.page.post({"t": "marks", "number": self.number, "query": query, "hits": places})

    async def _query(self, text: str, places: Sequence[tuple[int, int, float, float]]) -> list[float] | None:
        """Where a question lies: on the plane, or, of a map that is no plane, amid its nearest hits."""
        import numpy as np

        plane = None if self.layout is None else self.layout.plane
        if plane is None:
            return [float(each) for each in np.mean([(x, y) for _, _, x, y in places[:_NEAREST]], axis=0)] if places else None
        if self.asked is None or self.asked[0] != text:
            vector = np.asarray(await self.rag.embedder.aembed_query(text), dtype=np.float32)
            self.asked = text, vector / (np.linalg.norm(vector) or 1.0)
        return [float(each) for each in plane.placed(self.asked[1][None, :])[0]]

    async def chunk(self, number: int) -> Chunk | None:
        """The chunk of a point, None where there is none any more."""
        if self.layout is None or number >= self.layout.placed:
            return None
        return next(iter(await self.rag.store.aget([self.layout.ids[number]])), None)

    async def peek(self, number: int) -> None:
        """Tell the pages what the point is."""
        chunk = await self.chunk(number)
        if chunk is not None:
            self.page.post({"t": "peek", "place": number, **told(chunk)})

    async def rows(self, first: int, last: int) -> list[list[str]]:
        """Rows of the table of points: of those that are chosen, or of all."""
        layout = self.layout
        if layout is None:
            return []
        numbers = list(range(layout.placed)) if self.chosen is None or not len(self.chosen) else self.chosen.tolist()
        numbers = numbers[first:last]
        chunks = {chunk.chunk_id: chunk for chunk in await self.rag.store.aget([layout.ids[number] for number in numbers])}
        return await asyncio.to_thread(_lines, layout, numbers, chunks)


def _lines(layout: Layout, numbers: Sequence[int], chunks: Mapping[str, Chunk]) -> list[list[str]]:
    lines: list[list[str]] = []
    for number in numbers:
        chunk = chunks.get(layout.ids[number])
        known = {"source": "(gone)", "where": "", "text": ""} if chunk is None else told(chunk)
        x, y = layout.places[number]
        lines.append([known["source"], known["where"], known["text"], f"{x:.3f}", f"{y:.3f}"])
    return lines


def told(chunk: Chunk) -> dict[str, str]:
    """A chunk in a line: its source, where it stands, and how it begins; without the secrets of the environment."""
    known, secrets = chunk.metadata, Secrets.of(os.environ)
    return {
        "source": secrets.cleaned(printable(known.source)),
        "where": f"chunk {known.chunk_index + 1}" + (f", page {known.page}" if known.page is not None else ""),
        "text": excerpt(veiled_chunk(chunk, secrets).content, most=200).plain,
    }
