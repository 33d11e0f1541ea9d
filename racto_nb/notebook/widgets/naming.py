"""What pages call kits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from racto_nb.kits.kit import DeveloperKit


def named(kits: Sequence[DeveloperKit]) -> dict[str, DeveloperKit]:
    """The kits by what a page calls them: provider and model, with a number where two are called the same."""
    found: dict[str, DeveloperKit] = {}
    for kit in kits:
        name = f"{kit.provider}:{kit.model}"
        same = sum(other.split(" #")[0] == name for other in found)
        found[f"{name} #{same + 1}" if same else name] = kit
    return found
