"""What users are warned of. They know these by `racto_nb.exceptions`."""

from __future__ import annotations

__all__ = ["DroppedOptionWarning", "LedgerWarning", "RetiredModelWarning", "TruncatedContextWarning"]


class RetiredModelWarning(UserWarning):
    """A model that its provider has shut down, or will at a known date. The message names the one to use instead."""


class DroppedOptionWarning(UserWarning):
    """An option that was set is not taken by the model, and was left out or lowered. The message says which."""


class TruncatedContextWarning(UserWarning):
    """The server cut the prompt and answered what was left of it."""


class LedgerWarning(UserWarning):
    """The ledger could not be written, so that calls are missing in it. The calls themselves went on."""
