"""Say of a model that its provider has shut it down, or soon will."""

from __future__ import annotations

import inspect
import warnings

from racto_nb.exceptions import RetiredModelWarning
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.catalog.facts import this_day


def warn_of_the_end(provider: str, model: str) -> None:
    """Warn with RetiredModelWarning when the catalogue knows the end of `model`, at the user's line that makes the kit."""
    if notice := catalogue().retirement(provider, model, today=this_day()):
        warnings.warn(notice, RetiredModelWarning, stacklevel=_callers_level())


def _callers_level() -> int:
    """How far up the first frame outside the package is, as seen from `warn_of_the_end`: adapters make kits too."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "racto_nb":
        frame, level = frame.f_back, level + 1
    return level
