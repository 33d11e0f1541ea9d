"""What is known about the models of cloud providers: abilities, windows, prices, and when they are shut down.

Facts racto_nb ships, and on top of them the user's own file `catalog.toml`. What is unknown stays unknown, nothing is guessed and
nothing is fetched.
"""

from __future__ import annotations

from racto_nb.providers.catalog.catalogue import Catalogue, catalogue
from racto_nb.providers.catalog.facts import ModelFacts
from racto_nb.providers.catalog.prices import Price

__all__ = ["Catalogue", "ModelFacts", "Price", "catalogue"]
