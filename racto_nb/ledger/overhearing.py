"""What the calls of a block use, for who began them and wants to know what they cost together. The ledger is told as ever."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal

from racto_nb.ledger import choosing
from racto_nb.ledger.entries import Entry
from racto_nb.ledger.ledger import MEMORY, Ledger
from racto_nb.ledger.port import KeptInMemory, LedgerPort
from racto_nb.models.usage import Spent
from racto_nb.providers.pricing import price_of_all


class Overheard:
    """What was heard so far. Usable from several threads."""

    def __init__(self) -> None:
        self.spent: list[Spent] = []
        self.silent = 0

    def cost(self) -> Decimal | None:
        """US dollars for all of it; None where the price of one request is unknown, or a call did not say what it has used.

        It may load the list prices, which takes half a second: not for an event loop.
        """
        return None if self.silent else price_of_all(list(self.spent))

    def hear(self, entry: Entry) -> None:
        """Take note of a call that has ended."""
        self.spent += entry.spent
        self.silent += not entry.spent and entry.error is None


class _Passing(LedgerPort):
    """Hears what a ledger is told, and tells it to the one that holds, where there is one."""

    def __init__(self, heard: Overheard, onward: LedgerPort | None) -> None:
        super().__init__(KeptInMemory(), MEMORY)
        self._heard, self._onward = heard, onward

    def hand_over(self, entry: Entry) -> None:
        """Hear of a call whose caller does not wait."""
        self._heard.hear(entry)
        if self._onward is not None:
            self._onward.hand_over(entry)

    def perform(self, request: Entry) -> str | None:
        """Hear of a call."""
        self._heard.hear(request)
        return None if self._onward is None else self._onward.send(request)

    async def asend(self, request: Entry) -> str | None:
        """Hear of a call."""
        self._heard.hear(request)
        return None if self._onward is None else await self._onward.asend(request)


@contextmanager
def overheard() -> Generator[Overheard]:
    """Within a `with` block, hear what the calls use that begin there.

    >>> with overheard() as heard:
    ...     pass
    >>> heard.cost()
    Decimal('0')
    """
    holds = choosing.current()
    heard, passing = Overheard(), Ledger(MEMORY, texts=holds is not None and holds.texts)
    passing.port = _Passing(heard, None if holds is None else holds.port)
    with choosing.ledger_at(passing):
        yield heard
