"""The kits that cells have opened by `provider:name`, kept for later cells as long as the environment says the same."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

from racto_nb._taping import is_replaying
from racto_nb.exceptions import RetiredModelWarning
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.opening import open_kit
from racto_nb.notebook.display.tables import show_text
from racto_nb.providers.directory import split_model

Surroundings = tuple[str | None, ...]
"""What the variables that a kit reads held when it was opened."""


@dataclass(slots=True)
class OpenedKits:
    """One kit for each model that was named."""

    _held: dict[str, tuple[Surroundings, DeveloperKit]] = field(
        default_factory=dict[str, tuple[Surroundings, DeveloperKit]], repr=False
    )

    def kit(self, model: str, environ: Mapping[str, str]) -> DeveloperKit:
        """The kit for `model`. Opened anew when the key or the address in the environment is another one than it was.

        Whoever mends a wrong key in a cell means the next one to use it. What was opened while calls were replayed may have no
        key, and is not used afterwards.
        """
        entry, _ = split_model(model)
        now = (*(environ.get(name) for name in entry.variables), "replaying" if is_replaying() else None)
        held = self._held.get(model)
        if held is None or held[0] != now:
            held = self._held[model] = (now, _opened(model))
        return held[1]


def _opened(model: str) -> DeveloperKit:
    """A new kit. That its model is or will be shut down is said in the cell's output; other warnings stay warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kit = open_kit(model)
    for warning in caught:
        if isinstance(warning.message, RetiredModelWarning):
            show_text(str(warning.message))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return kit
