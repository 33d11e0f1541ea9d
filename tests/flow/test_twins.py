"""A flow uses the method of its driver's colour."""

from __future__ import annotations

from typing import Any

import pytest
from colours import COLOURS, Colour

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either


class Shop:
    def price(self, name: str, *, tax: float = 0.0) -> str:
        return f"sync {name} {tax}"

    async def aprice(self, name: str, *, tax: float = 0.0) -> str:
        return f"async {name} {tax}"

    def fails(self) -> None:
        raise LookupError("sold out")

    async def afails(self) -> None:
        raise LookupError("sold out")


def asking() -> Flow[Any]:
    shop = Shop()
    return (yield from either(shop.price, shop.aprice, "tea", tax=0.2))


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_the_method_of_the_drivers_colour_is_called(colour: Colour):
    assert colour.run(asking()) == f"{colour.name} tea 0.2"


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_its_error_reaches_the_flow(colour: Colour):
    def careful() -> Flow[str]:
        shop = Shop()
        try:
            yield from either(shop.fails, shop.afails)
        except LookupError as error:
            return str(error)
        return "nothing"

    assert colour.run(careful()) == "sold out"
