"""What a wish that cannot be fulfilled is refused with, before anything is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.providers.wire import ModelSpec


def refusal(spec: ModelSpec, wish: str, reason: str) -> UnsupportedError:
    """The error for a wish that cannot be fulfilled; `reason` is half a sentence.

    >>> print(refusal(ModelSpec("acme", "tiny"), "temperature=1", "it takes none; leave it out"))
    acme:tiny cannot do temperature=1: it takes none; leave it out. Nothing was sent.
    """
    return _refused(spec, wish, f": {reason}.")


def unsupported(spec: ModelSpec, wish: str, advice: str) -> UnsupportedError:
    """The error for a wish whose reason is known from the wish itself; `advice` is whole sentences on what to do instead."""
    return _refused(spec, wish, f". {advice}")


def dict_extra(config: ChatConfig | EmbeddingConfig, spec: ModelSpec, key: str) -> dict[str, object]:
    """The dict that `extra[key]` is, a copy; empty where it is left out. Raises UnsupportedError for anything else."""
    told: object = config.extra.get(key, {})
    if not isinstance(told, Mapping):
        raise refusal(spec, f"extra[{key!r}] of type {type(told).__name__}", "it is a dict of parameters of the request")
    return dict(cast("Mapping[str, object]", told))


def _refused(spec: ModelSpec, wish: str, why: str) -> UnsupportedError:
    message = f"{spec.provider}:{spec.name} cannot do {wish}{why} Nothing was sent."
    return UnsupportedError(message, provider=spec.provider, wish=wish)
