"""From items to what goes out: the bodies, written by the provider's own wire, in parts that the provider takes. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import cast

from racto_nb.batch.records import Draft, ItemLine
from racto_nb.exceptions import RactoGatewayError, UsageError, WrongTypeError
from racto_nb.kits.listing import with_tools_asked_for
from racto_nb.kits.resolving import KitSettings, resolved
from racto_nb.kits.warning import warn_of_dropped
from racto_nb.models.batches import BatchItem
from racto_nb.models.chat import ChatConfig
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.abilities import refuse_unsupported
from racto_nb.providers.batching import BatchApi, BatchLimits
from racto_nb.providers.wire import ModelSpec, Provider, Request

_DIGEST = 16
_ROOM = 1_000
"""So many bytes of a job's size are left for what stands around the lines."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An item as it is asked: its resolved configuration, its request, its line, and the digest of that."""

    config: BatchItem
    request: Request
    line: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All items in their order, and for each part its endpoint and the places of its items."""

    asked: Sequence[Asked]
    parts: Sequence[tuple[str, Sequence[int]]]
    digest: str

    def draft(self, provider: str, host: str, model: str, window: str) -> Draft:
        """What is written down of it."""
        part_of = {place: number for number, (_, places) in enumerate(self.parts) for place in places}
        items = tuple(ItemLine(one.config.custom_id, one.digest, part_of[place]) for place, one in enumerate(self.asked))
        return Draft(provider, host, model, window, self.digest, tuple(operation for operation, _ in self.parts), items)

    def lines(self, places: Sequence[int]) -> list[bytes]:
        """The lines of the items in these places."""
        return [self.asked[place].line for place in places]


def planned(
    items: Sequence[BatchItem],
    *,
    provider: Provider,
    api: BatchApi,
    settings: KitSettings,
    prompt: RactoPrompt | None,
    host: str,
    cache: str = "",
) -> Plan:
    """The plan for `items`; with the name of a `cache`, what they have in common is marked for it.

    Raises UsageError or UnsupportedError, which name the item, before anything is sent.
    """
    checked = _checked(items, api)
    spec = provider.specs.chat_spec(settings.model)
    told: set[tuple[object, ...]] = set()
    asked: list[Asked] = []
    for item in checked:
        config, request = _request(item, provider, spec, settings, prompt)
        request = api.marked(request, cache) if cache else request
        asked.append(_asked(config, request, api))
        if (wishes := _wishes(config)) not in told:  # a warning for each of fifty thousand items says nothing more
            told.add(wishes)
            warn_of_dropped(config, spec, request)
    _refuse_too_large(asked, api.limits)
    digest = hashlib.sha256("\n".join([provider.name, host, spec.name, *(one.digest for one in asked)]).encode()).hexdigest()
    return Plan(asked, list(_parts(asked, api.limits)), digest)


def _checked(items: object, api: BatchApi) -> list[BatchItem]:
    kind = type(items).__name__
    if isinstance(items, BatchItem | str | Mapping) or not isinstance(items, Sequence):
        message = f"A batch is a list of BatchItems, not {kind}. Write: [BatchItem(custom_id=..., user_message=...)]."
        raise WrongTypeError(message)
    listed: list[object] = [*cast("Sequence[object]", items)]
    if not listed:
        message = "The batch is empty: give at least one BatchItem. Nothing was sent."
        raise UsageError(message)
    seen: dict[str, int] = {}
    for place, item in enumerate(listed):
        if not isinstance(item, BatchItem):
            message = f"items[{place}] is a {type(item).__name__}, not a BatchItem. Nothing was sent."
            raise WrongTypeError(message)
        _check_item(place, item, seen, api)
        seen[item.custom_id] = place
    return cast("list[BatchItem]", listed)


def _check_item(place: int, item: BatchItem, seen: Mapping[str, int], api: BatchApi) -> None:
    if item.custom_id in seen:
        message = (
            f"items[{place}] has the custom_id {item.custom_id!r}, which items[{seen[item.custom_id]}] has already. "
            "Give each item its own, by which its result is found. Nothing was sent."
        )
        raise UsageError(message)
    if reason := api.refused_id(item.custom_id):
        message = f"items[{place}] has the custom_id {item.custom_id!r:.80}, which is refused: {reason}. Nothing was sent."
        raise UsageError(message)
    if item.auto_execute_tools:
        message = (
            f"The item {item.custom_id!r} asks for auto_execute_tools: a batch cannot go on from a call. Leave it out; the calls "
            "come back in response.tool_calls. Nothing was sent."
        )
        raise UsageError(message)


def _request(
    item: BatchItem, provider: Provider, spec: ModelSpec, settings: KitSettings, prompt: RactoPrompt | None
) -> tuple[BatchItem, Request]:
    own = item if item.prompt is not None or prompt is None else item.model_copy(update={"prompt": prompt})
    try:
        config = resolved(with_tools_asked_for(own), settings)
        refuse_unsupported(config, spec)
        return cast("BatchItem", config), provider.wire.request_from(config, spec, stream=False)
    except RactoGatewayError as error:
        error.args = (f"The item {item.custom_id!r}: {error} Nothing was sent.", *error.args[1:])
        raise


def _asked(config: BatchItem, request: Request, api: BatchApi) -> Asked:
    line = api.line(config.custom_id, request)
    return Asked(config, request, line, hashlib.sha256(line).hexdigest()[:_DIGEST])


def _wishes(config: ChatConfig) -> tuple[object, ...]:
    return (*sorted(config.model_fields_set), config.temperature, config.max_tokens)


def _refuse_too_large(asked: Sequence[Asked], limits: BatchLimits) -> None:
    for one in asked:
        if len(one.line) + _ROOM > limits.size:
            message = (
                f"The item {one.config.custom_id!r} has {len(one.line) / 1e6:.1f} MB as it is sent, more than a whole job may "
                f"have ({limits.size / 1e6:.0f} MB). Attach less. Nothing was sent."
            )
            raise UsageError(message)


def _parts(asked: Sequence[Asked], limits: BatchLimits) -> Iterator[tuple[str, list[int]]]:
    """The places of the items of each part: one endpoint, and no more items and bytes than a job may have."""
    by_operation = sorted(range(len(asked)), key=lambda place: asked[place].request.operation)
    for operation, places in groupby(by_operation, key=lambda place: asked[place].request.operation):
        part: list[int] = []
        size = _ROOM
        for place in places:
            more = len(asked[place].line) + 1
            if part and (len(part) == limits.requests or size + more > limits.size):
                yield operation, part
                part, size = [], _ROOM
            part.append(place)
            size += more
        yield operation, part
