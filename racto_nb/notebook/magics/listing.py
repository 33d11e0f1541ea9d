"""The models a notebook can use: those of the providers, and the kits among its variables."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from racto_nb.kits.kit import DeveloperKit
from racto_nb.notebook.display.tables import Table
from racto_nb.providers.directory import PROVIDERS, ModelListing, ProviderEntry, provider_entry


def model_table(provider: str, namespace: Mapping[str, Any], *, used: str) -> Table:
    """A table of all models, or of one `provider`'s; ProviderNotFoundError with the nearest names for an unknown one."""
    entries: Iterable[ProviderEntry] = [provider_entry(provider)] if provider else PROVIDERS.values()
    rows = [_row(entry, listing, used) for entry in entries for listing in listed(entry)]
    if not provider:
        kits = (
            (name, value) for name, value in namespace.items() if isinstance(value, DeveloperKit) and not name.startswith("_")
        )
        rows += [
            (_marked(name, used), "kit", "ready", f"{kit.provider}:{kit.model}, a kit of this notebook") for name, kit in kits
        ]
    return Table(("model", "kind", "state", "about"), rows, f"Cells without --model use {used}.")


def listed(entry: ProviderEntry) -> list[ModelListing]:
    """The models that a provider's kit lists."""
    face: Any = importlib.import_module(entry.face)
    return face.list_models()


def _row(entry: ProviderEntry, listing: ModelListing, used: str) -> tuple[str, str, str, str]:
    name = f"{entry.name}:{listing.name}"
    return _marked(name, used), listing.kind, "ready" if listing.ready else "to download", listing.about


def _marked(name: str, used: str) -> str:
    return f"{name} ←" if name == used else name
