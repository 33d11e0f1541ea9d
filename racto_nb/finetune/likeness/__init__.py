"""Which examples are alike: duplicates, near ones, contradictions, and what of a validation set is in the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.finetune.likeness.grouping import leak_groups as leak_groups

_PUBLIC = {
    "leak_groups": "racto_nb.finetune.likeness.grouping",
}

__all__ = [
    "leak_groups",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
