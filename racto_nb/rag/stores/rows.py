"""What a store asks of its database: rows, and requests about them. Pure values.

A store over a database is a `RowStore` with a port that performs these requests. The rest, such as what a filter means, what is
refused, and that nothing is lost, is written once there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Never

from racto_nb.flow.threads import in_thread, no_streams
from racto_nb.rag.stores.checking import Array
from racto_nb.rag.stores.payload import FieldValue

Native = Any
"""A condition in the words of a database. None: no condition."""

Cursor = Any
"""Where a database goes on reading. None: at its first row, or, in an answer, after its last."""


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk in a database: its id, itself as JSON (`payload.written`), and its fields and its vector of length one.

    `body` is "" and `vector` None in an answer for which they were not asked; `fields` need not be given back.
    """

    chunk_id: str
    body: str
    fields: dict[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    vector: Array = None


@dataclass(frozen=True, slots=True)
class Found:
    """A row with its cosine."""

    row: Row
    score: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows, and where to go on: None after the last one."""

    rows: list[Row]
    after: Cursor = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """How many dimensions the vectors have: an int, or None while there are none."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are: an int."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The `count` rows nearest to `vector` for which `where` holds: a list[Found], best first. A few may be missing (ANN)."""

    vector: Array
    count: int
    where: Native = None


@dataclass(frozen=True, slots=True)
class Page:
    """The next rows for which `where` holds, in any order that lasts: Rows."""

    where: Native = None
    after: Cursor = None
    bodies: bool = True
    vectors: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """The rows of these ids, as far as there are any, with their vectors: a list[Row] in any order."""

    chunk_ids: list[str]


@dataclass(frozen=True, slots=True)
class Write:
    """Put the rows in, in the place of those with the same ids: all, or, after an error, none."""

    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the rows of these ids out. Unknown ids are passed over."""

    chunk_ids: list[str]


@dataclass(frozen=True, slots=True)
class Clear:
    """Take all rows out; vectors of another length may come then."""


@dataclass(frozen=True, slots=True)
class Close:
    """Give back files and connections; the next request opens them again."""


Request = Dimension | Size | Nearest | Page | Read | Write | Remove | Clear | Close


def reply_of_nothing(request: Request) -> Any:
    """The reply to a request for rows of a collection that is not there."""
    match request:
        case Size():
            return 0
        case Page():
            return Rows([])
        case Nearest() | Read():
            return []
        case _:
            return None


class SideBySidePort(ABC):
    """A port for a library that blocks and serves several threads at once: a client of a server. For an event loop, a thread
    of its pool does the work. (For a library that one thread at a time may use there is `flow.threads.ThreadedPort`.)
    """

    @abstractmethod
    def perform(self, request: Request) -> Any:
        """The reply to `request`. Several threads may be in here."""
        ...

    def send(self, request: Request) -> Any:
        """The reply to `request`, made in this thread."""
        return self.perform(request)

    async def asend(self, request: Request) -> Any:
        """The reply to `request`, made in a thread."""
        return await in_thread(self.perform, request)

    def open(self, request: Request) -> AbstractContextManager[Iterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)

    def aopen(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Never]]:
        """There are no streams here."""
        raise no_streams(self, request)
