"""Say of a model that its provider has shut it down, or soon will."""

from __future__ import annotations

import warnings

from racto_nb.exceptions import RetiredModelWarning
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.catalog.facts import this_day


def warn_of_the_end(provider: str, model: str, *, stacklevel: int = 3) -> None:
    """Warn with RetiredModelWarning when the catalogue knows the end of `model`; by default at the line that makes the kit."""
    if notice := catalogue().retirement(provider, model, today=this_day()):
        warnings.warn(notice, RetiredModelWarning, stacklevel=stacklevel)
