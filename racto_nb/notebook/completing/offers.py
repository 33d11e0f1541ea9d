"""What TAB offers: texts, what each of them is, and which text before the cursor they replace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self


class Offer(NamedTuple):
    """One text and its kind, which front ends show beside it: `param`, `instance`, `class`, `module`, `property`, `text`."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Offers:
    """The offers that replace `fragment`, the end of the text before the cursor. None of them: TAB stays silent here."""

    fragment: str
    found: tuple[Offer, ...] | list[Offer] = ()

    @classmethod
    def of(cls, fragment: str, found: Iterable[Offer]) -> Self:
        """The offers without those that would change nothing."""
        return cls(fragment, [offer for offer in found if offer.text != fragment])

    @property
    def texts(self) -> list[str]:
        """The texts alone."""
        return [offer.text for offer in self.found]
