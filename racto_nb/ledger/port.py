"""The port through which calls write their rows. Kind: threaded.

A row is written before a synchronous call returns, by the caller himself. An event loop hands its rows to the ledger's thread and
goes on: they are written some milliseconds later, many at once where many calls end. Its price is in it where the list prices are
loaded; the first time, when loading them would take half a second, the row goes down without one, a thread of its own loads them,
and the row is written again with its price.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from racto_nb._secrecy import Secrets
from racto_nb.flow.threads import ThreadedPort
from racto_nb.ledger.entries import Entry, row_of
from racto_nb.providers.catalog.prices import load_prices, prices_are_loaded
from racto_nb.providers.pricing import needs_list_prices


class Rows(Protocol):
    """Where rows go."""

    def append(self, row: bytes) -> None:
        """Add one row. Raises OSError where it cannot be written whole."""
        ...

    def close(self) -> None:
        """Let go of what is open; the next row opens it again."""
        ...


PAUSE = 0.02
"""How long rows of event loops wait for others, in seconds."""


@dataclass(slots=True)
class _Outbox:
    """Rows that wait for the ledger's thread, who sees to it that they are written, and whether somebody waits for that."""

    process: int = field(default_factory=os.getpid)
    waiting: deque[Entry] = field(default_factory=deque[Entry])
    turn: threading.Lock = field(default_factory=threading.Lock)
    hurry: threading.Event = field(default_factory=threading.Event)


class LedgerPort(ThreadedPort[Entry, str | None]):
    """Writes entries to `rows`. The reply is None, or what to warn of: a ledger that cannot be written fails no call.

    `where` says in words what the rows are written to. With `texts` questions and answers are kept, without secrets.
    """

    def __init__(self, rows: Rows, where: str, *, texts: bool = False) -> None:
        super().__init__("ledger")
        self._rows = rows
        self._where = where
        self._texts = texts
        self._open: list[Entry] = []
        self._pricing: threading.Thread | None = None
        self._warned = False
        self._outbox = _Outbox()
        self._trouble: str | None = None

    async def asend(self, request: Entry) -> str | None:
        """Leave the row of one call to the ledger's thread. The reply is what became of earlier rows."""
        self.hand_over(request)
        trouble, self._trouble = self._trouble, None
        return trouble

    def hand_over(self, entry: Entry) -> None:
        """Leave the row of one call to the ledger's thread, without waiting."""
        if self._outbox.process != os.getpid():  # a fork copies what is waiting, which the parent writes, and no thread
            self._outbox = _Outbox()
        self._outbox.waiting.append(entry)
        if self._outbox.turn.acquire(blocking=False):
            self.run(self._write_handed)

    def _write_handed(self) -> None:
        """Write what is waiting, a little later: to wake this thread for each row costs more than the row."""
        outbox = self._outbox
        outbox.hurry.wait(PAUSE)
        outbox.turn.release()  # before looking: what comes from here on finds nobody writing, and sees to it
        self._write_waiting()

    def _write_waiting(self) -> None:
        with suppress(IndexError):
            while True:
                self._trouble = self.send(self._outbox.waiting.popleft()) or self._trouble

    def perform(self, request: Entry) -> str | None:
        """Write the row of one call."""
        priced = prices_are_loaded() or not needs_list_prices(request.spent)
        try:
            self._write(request, priced=priced)
        except Exception as error:  # noqa: BLE001  (told as a warning: whatever is wrong with a row fails no call)
            return self._warning(error)
        if not priced:
            self._price_later(request)
        return None

    def settle(self) -> None:
        """Wait until all that was begun is written, with its prices."""
        self._outbox.hurry.set()
        self.rest()
        self._write_waiting()
        self._outbox.hurry.clear()
        if (pricing := self._pricing) is not None:
            pricing.join()

    def close(self) -> None:
        """Write what was begun, and let go of the file."""
        self.settle()
        self._rows.close()

    def _write(self, entry: Entry, *, priced: bool) -> None:
        texts = Secrets.of(os.environ).cleaned if self._texts else None
        self._rows.append(msgspec.json.encode(row_of(entry, priced=priced, texts=texts)) + b"\n")

    def _price_later(self, entry: Entry) -> None:
        self._open.append(entry)
        if self._pricing is None or not self._pricing.is_alive():
            # No daemon: a program that ends waits for the prices of its last calls, for half a second.
            self._pricing = threading.Thread(target=self._price_all, name="racto-prices")
            self._pricing.start()

    def _price_all(self) -> None:
        load_prices()
        while self._open:
            entry = self._open.pop(0)
            self.send(entry)

    def _warning(self, error: Exception) -> str | None:
        """What to warn of, once."""
        if self._warned:
            return None
        self._warned = True
        why = (error.strerror if isinstance(error, OSError) else None) or f"{type(error).__name__}: {error}"
        return (
            f"The ledger {self._where!r} cannot be written ({why}), so that this call is missing in it. Calls go on without it. "
            "Set RACTO_LEDGER to another folder, or to off."
        )


class KeptInMemory:
    """Rows that end with the process."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def append(self, row: bytes) -> None:
        """Add one row."""
        self.rows.append(row)

    def close(self) -> None:
        """There is nothing to let go of."""


def where_of(path: Path | None) -> str:
    """What a ledger is called in messages."""
    return ":memory:" if path is None else str(path)
