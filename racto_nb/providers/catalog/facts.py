"""The facts about one model, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from racto_nb.providers.catalog.prices import Price, list_price
from racto_nb.providers.wire import Abilities

ModelKind = Literal["chat", "embedding"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known about a model; None in a field means unknown.

    `dimensions` is the length of an embedding, `retires` the day on which the model is or was shut down, `gone` tells of one that
    was shut down on a day nobody noted, and `successor` is what takes its place. `own_price` is the price in the user's file,
    which goes before the list price; `priced_as` is the name under which the list price is looked up.
    """

    provider: str
    name: str
    kind: ModelKind = "chat"
    abilities: Abilities = field(default_factory=Abilities)
    dimensions: int | None = None
    retires: date | None = None
    gone: bool = False
    successor: str | None = None
    note: str = ""
    own_price: Price | None = None
    priced_as: str = ""

    @property
    def price(self) -> Price | None:
        """The price today, or None when it is unknown. Looks it up each time; the first time takes half a second."""
        return self.price_on(this_day())

    def price_on(self, day: date) -> Price | None:
        """The price on a day, or None when it is unknown."""
        return self.own_price or list_price(self.provider, self.priced_as or self.name, on=day)

    def retired(self, today: date) -> bool:
        """Whether the model is shut down by `today`."""
        return self.gone or (self.retires is not None and self.retires <= today)


def this_day() -> date:
    """Today, in UTC."""
    return datetime.now(tz=UTC).date()
