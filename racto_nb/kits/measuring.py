"""How many tokens a question has, before it is asked: as the provider counts them, or as an estimate. Flows."""

from __future__ import annotations

from dataclasses import replace

from racto_nb.budgets.estimates import Estimate, estimated
from racto_nb.exceptions import UnsupportedError
from racto_nb.flow.effects import Flow, send
from racto_nb.kits.bounding import Bounds
from racto_nb.kits.calling import Calling, Tally
from racto_nb.kits.reaching import ours_of, reaching, taped, timed
from racto_nb.kits.resolving import resolved
from racto_nb.models.chat import ChatConfig
from racto_nb.providers.abilities import refuse_unsupported
from racto_nb.providers.failures import HttpFailure
from racto_nb.providers.wire import CountingWire, ModelSpec, Provider


def count_tokens(calling: Calling, config: ChatConfig) -> Flow[int]:
    """The tokens of the question, as the provider counts them. Raises UnsupportedError, with the estimate, where it does not."""
    config = resolved(config, calling.settings)
    spec = calling.provider.specs.chat_spec(calling.settings.model)
    refuse_unsupported(config, spec)
    count = yield from counted(calling, config, spec)
    if count is None:
        guess = estimate_of(calling.provider, config, spec)
        message = (
            f"{spec.provider} counts no tokens before an answer. estimate() says: {guess.input_low:,} to "
            f"{'an unknown number' if guess.input_high is None else f'{guess.input_high:,}'} tokens."
        )
        raise UnsupportedError(message, provider=spec.provider, wish="count_tokens")
    return count


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
