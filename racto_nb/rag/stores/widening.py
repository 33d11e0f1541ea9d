"""Search a database whose own filter is wider than the one that was asked for, so that no hit is lost. Flows.

A filter must not reduce the hits below `top_k` while enough rows fit. So more and more neighbours are asked for until enough of
them fit; when that does not help, all rows that the database's filter lets through are read and compared one by one: slow, and
right. Approximate indexes that lose rows behind a filter are caught in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from racto_nb.flow.effects import Flow, Port, send
from racto_nb.rag.documents import Chunk
from racto_nb.rag.filters import Filter
from racto_nb.rag.matching import matches
from racto_nb.rag.stores.checking import Array
from racto_nb.rag.stores.payload import read_from
from racto_nb.rag.stores.pushing import Pushed
from racto_nb.rag.stores.rows import Found, Nearest, Page, Request, Row, Rows, Size

RowPort = Port[Request, object, object]
"""A port that performs the requests of `rows.py`."""

Hit = tuple[Chunk, float]

WIDER = 8
"""How many times more neighbours are asked for when too few of them fit. After the second time all rows are read."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for: the `top_k` chunks nearest to `asked` (of length one) for which `condition` holds.

    `native` is the condition as far as the database can say it, `place` is the database's, for errors.
    """

    place: str
    asked: Array
    top_k: int
    condition: Filter | None
    native: Pushed


def widened(port: RowPort, wish: Wish, *, most: int) -> Flow[list[Hit]]:
    """The chunks that are looked for with their cosines, best first. The database gives `most` neighbours at once."""
    top_k, condition = wish.top_k, wish.condition
    counts = (top_k,) if wish.native.exact else (top_k, top_k * WIDER, top_k * WIDER**2)
    for count in (count for count in counts if count <= most):
        found = cast("list[Found]", (yield from send(port, Nearest(wish.asked, count, wish.native.native))))
        read = [(read_from(each.row.body, wish.place), each.score) for each in found]
        hits = [(chunk, score) for chunk, score in read if matches(condition, chunk)]
        if len(hits) >= top_k:
            return hits[:top_k]
        if len(found) < count:
            if condition is None and len(found) == (yield from send(port, Size())):
                return hits
            break
    return (yield from scanned(port, wish))


def scanned(port: RowPort, wish: Wish) -> Flow[list[Hit]]:
    """The same, from all rows that the database's filter lets through."""
    best: list[Hit] = []
    page = Rows([])
    while True:
        page = yield from _next_rows(port, Page(wish.native.native, page.after, vectors=True))
        fitting = _fitting(page.rows, wish.place, wish.condition)
        best += [(chunk, float(row.vector @ wish.asked)) for row, chunk in fitting]
        best = sorted(best, key=lambda hit: -hit[1])[: wish.top_k]
        if page.after is None:
            return best


def listed(port: RowPort, place: str, condition: Filter | None, native: Pushed) -> Flow[list[str]]:
    """The ids of all chunks for which `condition` holds."""
    found: list[str] = []
    page = Rows([])
    while True:
        page = yield from _next_rows(port, Page(native.native, page.after, bodies=condition is not None))
        if condition is None:
            found += [row.chunk_id for row in page.rows]
        else:
            found += [chunk.chunk_id for _, chunk in _fitting(page.rows, place, condition)]
        if page.after is None:
            return found


def _next_rows(port: RowPort, page: Page) -> Flow[Rows]:
    return cast("Rows", (yield from send(port, page)))


def _fitting(rows: list[Row], place: str, condition: Filter | None) -> list[tuple[Row, Chunk]]:
    read = [(row, read_from(row.body, place)) for row in rows]
    return [(row, chunk) for row, chunk in read if matches(condition, chunk)]
