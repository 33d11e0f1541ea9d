"""The way of one request to the provider: its port, its tries, and its errors turned into ours. Flows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal, TypeVar

from racto_nb.flow.effects import Flow
from racto_nb.flow.retrying import RetryPolicy, retrying
from racto_nb.kits.bounding import Bounds, bounded, may_be_charged
from racto_nb.kits.calling import Calling, Exchange, TapedPort
from racto_nb.kits.resolving import KitSettings
from racto_nb.models.response import FRESH
from racto_nb.providers.failures import HttpFailure
from racto_nb.providers.wire import ModelSpec, Provider, ProviderPort, Request, Wire

T = TypeVar("T")


def taped(calling: Calling, port: ProviderPort) -> ProviderPort:
    """`port` for one request, through the tape of the call where there is one."""
    tape = calling.around.tape
    return port if tape is None else tape.taped(calling.provider, port, fresh=calling.settings.fresh)


def origin_of(port: ProviderPort) -> str:
    """Where the reply of `port` came from."""
    known = _taped(port)
    return FRESH if known is None else known.origin


def claiming(port: ProviderPort, request: Request, kind: Literal["send", "stream"]) -> Callable[[], bool]:
    """Tells whether `port` knows the reply to `request` from a recording, and keeps it for this request."""
    known = _taped(port)
    return (lambda: False) if known is None else partial(known.claims, request, kind)


def timed(request: Request, settings: KitSettings) -> Request:
    """`request` with the time that the kit allows."""
    return replace(request, timeout=settings.timeout)


def reaching(calling: Calling, spec: ModelSpec, operation: Callable[[], Flow[T]], bounds: Bounds) -> Flow[T]:
    """`operation`, a request of a call, within `bounds`, tried again where that may help, its errors turned into ours."""

    def counted() -> Flow[T]:
        calling.tally.requests += 1
        try:
            return (yield from operation())
        except Exception as error:
            if may_be_charged(error):
                unknown(calling, spec)
            raise

    return tried(calling.provider, calling.settings, spec, lambda: bounded(bounds, counted))


def unknown(calling: Calling, spec: ModelSpec) -> None:
    """Note a request that may be charged, of which nobody has told what it used: its price is unknown, and not 0."""
    calling.tally.exchanges.append(Exchange(spec, spec.name, {}))


def tried(
    provider: Provider,
    settings: KitSettings,
    spec: ModelSpec,
    operation: Callable[[], Flow[T]],
    advice: Callable[[Exception], float | None] | None = None,
) -> Flow[T]:
    """`operation`, tried again where that may help (by `advice`, else the wire's), its errors turned into ours."""
    wire = provider.wire
    try:
        return (yield from retrying(operation, advice=advice or wire.advice, policy=patience_of(settings)))
    except HttpFailure as failure:
        raise ours_of(wire, failure, spec) from None
    except Exception as error:
        ours = wire.error_from(error, spec)
        if ours is error:
            raise
        raise ours from error


def patience_of(settings: KitSettings) -> RetryPolicy:
    """The kit's policy. Who has little time for a call does not wait for longer than that for the next try either."""
    policy, most = settings.retry, settings.timeout
    if most is None:
        return policy
    return replace(policy, longest_advice=min(most, policy.longest_advice), longest_delay=min(most, policy.longest_delay))


def ours_of(wire: Wire, failure: HttpFailure, spec: ModelSpec) -> Exception:
    """Our error for a failure. What the failure was made of, an error that holds the request and the key, goes no further."""
    failure.__context__ = None
    return wire.error_from(failure, spec)


def _taped(port: ProviderPort) -> TapedPort | None:
    return port if hasattr(port, "origin") else None  # pyright: ignore[reportReturnType]
