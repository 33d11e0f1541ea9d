"""Open the kit for `"provider:model"` by name."""

from __future__ import annotations

import importlib

from racto_nb.kits.kit import DeveloperKit
from racto_nb.providers.directory import split_model


def open_kit(model: str, **settings: object) -> DeveloperKit:
    """A kit for a model named as `"provider:name"`. `settings` go to its constructor, such as `api_key` and `base_url`.

    Raises ProviderNotFoundError or ModelNotFoundError with the nearest names, and MissingExtraError with the pip line when
    the provider's library is not installed.
    """
    entry, name = split_model(model)
    face = importlib.import_module(entry.face)
    kit: DeveloperKit = face.Chat(model=name, **settings)
    return kit
