"""The port through which calls write their rows. Kind: threaded.

A row is written before its call returns, without a hop for synchronous callers. Its price is in it where the list prices are
loaded; the first time, when loading them would take half a second, the row goes down without one, a thread of its own loads them,
and the row is written again with its price.
"""

from __future__ import annotations

import os
import threading
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
        self.rest()
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
