"""One call of a kit on its way: whom it asks, what stands around it, and what it has cost so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from racto_nb._place import NOWHERE, Place
from racto_nb.budgets.budget import Budget
from racto_nb.flow.effects import Port
from racto_nb.kits.resolving import KitSettings
from racto_nb.ledger.port import LedgerPort
from racto_nb.models.response import FRESH
from racto_nb.models.usage import Spent
from racto_nb.providers.wire import ModelSpec, Provider, ProviderPort, Request
from racto_nb.telemetry.spans import Tracer


class TapedPort(Port[Request, Any, Any], Protocol):
    """A port that records what goes through it, or gives what was recorded. Made for one request."""

    @property
    def origin(self) -> str:
        """Where the reply came from: "fresh", or "replay"."""
        ...

    def claims(self, request: Request, kind: Literal["send", "stream"]) -> bool:
        """Whether the reply to `request` is known, so that nobody is asked. It is then kept for it. Reads files."""
        ...


class Tape(Protocol):
    """What calls are recorded on, or replayed from."""

    @property
    def asks(self) -> bool:
        """Whether a provider is asked for what is not recorded."""
        ...

    def taped(self, provider: Provider, port: ProviderPort, *, fresh: bool = False) -> ProviderPort:
        """`port` of `provider` for one request, through this tape: a TapedPort, or `port` itself.

        With `fresh` the request is asked anew where the tape asks anything.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a call beside its kit: the `tape` it is recorded on, the `ledger` it is
    counted in, its `place`, the `budgets` of the blocks that it is made in, and the `tracer` of its spans.
    """

    tape: Tape | None = None
    ledger: LedgerPort | None = None
    place: Place = NOWHERE
    budgets: tuple[Budget, ...] = ()
    tracer: Tracer | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request of a call and its reply: which model was asked and which answered, the tokens it counted, where it came from.

    `usage` is empty where nobody counted, as for a stream that broke. `tier` is the provider's word for how it is charged.
    """

    spec: ModelSpec
    model: str
    usage: Mapping[str, int]
    origin: str = FRESH
    tier: str = ""

    @property
    def spent(self) -> Spent:
        """What it used, with all that its price depends on."""
        spec = self.spec
        return Spent(
            spec.provider, spec.name, self.model, self.usage, self.tier, self.origin, free=spec.free, official=spec.official
        )


@dataclass(slots=True)
class Tally:
    """What a call has done so far.

    `requests` are those that went out, also those that failed or have no reply yet; `first` is when the first token came, on the
    clock of `Moment`.
    """

    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    requests: int = 0
    first: float | None = None

    @property
    def spent(self) -> tuple[Spent, ...]:
        """What each request used, in their order."""
        return tuple(exchange.spent for exchange in self.exchanges)

    @property
    def origin(self) -> str:
        """Where all of it came from; "fresh" as soon as something was."""
        origins = {exchange.origin for exchange in self.exchanges}
        return origins.pop() if len(origins) == 1 else FRESH


@dataclass(frozen=True, slots=True)
class Calling:
    """A call: the `provider` it asks, the kit's `settings`, what stands `around` it, and the `tally` of what it has done."""

    provider: Provider
    settings: KitSettings
    around: Surroundings = field(default_factory=Surroundings)
    tally: Tally = field(default_factory=Tally)
