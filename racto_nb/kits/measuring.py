"""How many tokens a question has, before it is asked: as the provider counts them, or as an estimate. Flows."""

from __future__ import annotations

from dataclasses import replace

from racto_nb.budgets.estimates import Estimate, estimated, spanning
from racto_nb.exceptions import UnsupportedError
from racto_nb.flow.effects import Flow, send
from racto_nb.kits.bounding import Bounds
from racto_nb.kits.calling import Calling, Tally
from racto_nb.kits.listing import with_listed_tools
from racto_nb.kits.reaching import ours_of, reaching, taped, timed
from racto_nb.kits.resolving import KitSettings, resolved
from racto_nb.kits.specifying import kit_spec
from racto_nb.models.chat import ChatConfig
from racto_nb.models.route import AUTO
from racto_nb.providers.abilities import refuse_unsupported
from racto_nb.providers.failures import HttpFailure
from racto_nb.providers.wire import CountingWire, ModelSpec, Provider


def count_tokens(calling: Calling, config: ChatConfig) -> Flow[int]:
    """The tokens of the question, as the provider counts them: the most that one of the models that may be asked has.

    Raises UnsupportedError, with the estimate, where the provider does not count.
    """
    provider, settings = calling.provider, calling.settings
    config = resolved((yield from with_listed_tools(config)), settings)
    refuse_unsupported(config, kit_spec(provider, settings))
    counts: list[int] = []
    for spec in map(provider.specs.chat_spec, settings.models):
        refuse_unsupported(config, spec)
        count = yield from counted(calling, config, spec)
        if count is None:
            raise _uncounted(calling, config)
        counts.append(count)
    if not counts:  # a router that does not say among which models it chooses
        raise _uncounted(calling, config)
    return max(counts)


def _uncounted(calling: Calling, config: ChatConfig) -> UnsupportedError:
    name, guess = calling.provider.name, estimate_among(calling.provider, config, calling.settings)
    message = (
        f"{name} counts no tokens before an answer. estimate() says: {guess.input_low:,} to "
        f"{'an unknown number' if guess.input_high is None else f'{guess.input_high:,}'} tokens."
    )
    return UnsupportedError(message, provider=name, wish="count_tokens")


def counted(calling: Calling, config: ChatConfig, spec: ModelSpec) -> Flow[int | None]:
    """The tokens of a resolved `config`, as the provider counts them; None where it does not."""
    wire = calling.provider.wire
    asked = wire.count_request_from(config, spec) if isinstance(wire, CountingWire) else None
    if asked is None or not isinstance(wire, CountingWire):
        return None
    request, port = timed(asked, calling.settings), taped(calling, calling.provider.chat_port)
    unnoted = replace(calling, tally=Tally())  # to count is no request of the call: it costs nothing
    raw = yield from reaching(unnoted, spec, lambda: send(port, request), Bounds())
    try:
        return wire.count_from(raw)
    except HttpFailure as failure:
        raise ours_of(calling.provider.wire, failure, spec) from None


def estimate_of(provider: Provider, config: ChatConfig, spec: ModelSpec) -> Estimate:
    """What a resolved `config` may use and cost, as one request. Nothing is sent."""
    return estimated(config, provider.wire.request_from(config, spec, stream=False), spec)


def estimate_among(provider: Provider, config: ChatConfig, settings: KitSettings) -> Estimate:
    """What a resolved `config` may use and cost with the model of a kit, or with whichever its router may choose."""
    joint = kit_spec(provider, settings)
    if settings.model != AUTO or not settings.models:
        return estimate_of(provider, config, joint)
    specs = map(provider.specs.chat_spec, settings.models)
    return spanning([estimate_of(provider, config, spec) for spec in specs], joint.name)
