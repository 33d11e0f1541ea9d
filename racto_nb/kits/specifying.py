"""What is known of the model of a kit, also where a router chooses it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from racto_nb.kits.resolving import KitSettings
from racto_nb.models.route import AUTO
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

_UNKNOWN = Abilities(
    json_schema=None,
    tools=None,
    images=None,
    documents=None,
    thinking=None,
    sampling=None,
    logprobs=None,
    embeddings=None,
    dimensions=None,
)


def kit_spec(provider: Provider, settings: KitSettings) -> ModelSpec:
    """The spec of the kit's chat model; for "auto" what holds for all models of its router."""
    specs = [provider.specs.chat_spec(model) for model in settings.models]
    return specs[0] if settings.model != AUTO else _joint(provider.name, specs)


def smallest(sizes: Iterable[int | None]) -> int | None:
    """The smallest of the `sizes` that are known, None where none is.

    >>> smallest([None, 128_000, 8192])
    8192
    """
    return min((size for size in sizes if size is not None), default=None)


def _joint(provider: str, specs: Sequence[ModelSpec]) -> ModelSpec:
    """What several models have in common, the smallest of their sizes, and every extra that one of them knows."""
    able = [spec.abilities for spec in specs]
    if not able:
        return ModelSpec(provider, AUTO, _UNKNOWN)
    abilities = Abilities(
        json_schema=_agreed([each.json_schema for each in able]),
        tools=_agreed([each.tools for each in able]),
        images=_agreed([each.images for each in able]),
        documents=_agreed([each.documents for each in able]),
        text_files=all(each.text_files for each in able),
        thinking=_agreed([each.thinking for each in able]),
        sampling=_agreed([each.sampling for each in able]),
        logprobs=_agreed([each.logprobs for each in able]),
        window=smallest(each.window for each in able),
        output_limit=smallest(each.output_limit for each in able),
        extras=frozenset(extra for each in able for extra in each.extras),
        files=able[0].files,  # a provider's, the same for all of its models
    )
    free, official = all(spec.free for spec in specs), all(spec.official for spec in specs)
    return ModelSpec(provider, AUTO, abilities, free=free, official=official)


def _agreed(said: Sequence[bool | None]) -> bool | None:
    """What all say, None where they differ."""
    return said[0] if len(set(said)) == 1 else None
