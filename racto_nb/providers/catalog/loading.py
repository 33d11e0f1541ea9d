"""Loading the list prices beside an event loop: it takes half a second, once."""

from __future__ import annotations

from racto_nb.flow.threads import ThreadedPort
from racto_nb.providers.catalog.prices import load_prices


class PricesPort(ThreadedPort[None, None]):
    """Loads the list prices."""

    def perform(self, request: None) -> None:  # noqa: ARG002  (the port's signature)
        """Load them; a second time does nothing."""
        load_prices()


PRICES = PricesPort("prices")
