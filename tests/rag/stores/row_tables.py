"""A database in a dict, for tests of what stands above databases: it can be told to lose rows, to fail, and to understand little."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from racto_nb.rag.filters import Contains, Eq, In, Range
from racto_nb.rag.matching import matches
from racto_nb.rag.stores.payload import read_from
from racto_nb.rag.stores.pushing import ANY, Pushed
from racto_nb.rag.stores.row_store import RowStore
from racto_nb.rag.stores.rows import (
    Clear,
    Dimension,
    Found,
    Nearest,
    Page,
    Read,
    Remove,
    Request,
    Row,
    Rows,
    SideBySidePort,
    Size,
    Write,
)


class EverythingWords:
    """A database that takes every condition as it is."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        return Pushed(lambda chunk: matches(part, chunk), exact=True)

    def all_of(self, parts: list[Any]) -> Any:
        return lambda chunk: all(part(chunk) for part in parts)

    def any_of(self, parts: list[Any]) -> Any:
        return lambda chunk: any(part(chunk) for part in parts)

    def none_of(self, part: Any) -> Any:
        return lambda chunk: not part(chunk)


class WiderWords(EverythingWords):
    """A database whose conditions hold for more rows: for those with an even chunk_index too."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        return Pushed(lambda chunk: matches(part, chunk) or chunk.metadata.chunk_index % 2 == 0, exact=False)


class NoWords(EverythingWords):
    """A database without filters."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        return ANY


@dataclass
class Table(SideBySidePort):
    """`lost` is how many of the nearest an index forgets when a filter is given."""

    lost: int = 0
    page: int = 7
    rows: dict[str, Row] = field(default_factory=dict)
    log: list[Request] = field(default_factory=list)

    def perform(self, request: Request) -> Any:
        self.log.append(request)
        match request:
            case Dimension():
                return next((len(row.vector) for row in self.rows.values()), None)
            case Size():
                return len(self.rows)
            case Nearest(vector, count, where):
                found = [Found(row, float(np.dot(row.vector, vector))) for row in self._where(where)]
                return sorted(found, key=lambda each: -each.score)[self.lost if where else 0 :][:count]
            case Page(where, after):
                rows = self._where(where)[after or 0 :][: self.page]
                return Rows(rows, (after or 0) + self.page if len(rows) == self.page else None)
            case Read(chunk_ids):
                return [self.rows[name] for name in chunk_ids if name in self.rows]
            case _:
                return self._change(request)

    def _change(self, request: Request) -> None:
        match request:
            case Write(rows):
                self.rows.update({row.chunk_id: row for row in rows})
            case Remove(chunk_ids):
                for name in chunk_ids:
                    self.rows.pop(name, None)
            case Clear():
                self.rows.clear()
            case _:
                pass

    def _where(self, where: Any) -> list[Row]:
        return [row for row in self.rows.values() if where is None or where(read_from(row.body, "table"))]


class TableStore(RowStore):
    def __init__(self, table: Table, words: Any, **options: Any) -> None:
        super().__init__(table, words=words, place="a table", **options)
