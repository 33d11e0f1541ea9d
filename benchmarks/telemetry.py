"""What tracing costs a call: processor time of a FakeKit's chat and stream, where tracing is off and where it is on.

Three sides do the same calls in turns, in one process: without any hook (the looks at whether calls are traced are taken out),
with tracing off, and with spans of OpenTelemetry that an exporter drops. The median over the rounds of each round's ratio counts.
Goal: off costs at most 3 % of the call that costs least, one without a network and without a ledger. What a span costs is
told in microseconds beside it.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from contenders.telling import figure
from contenders.timing import in_turns, ratio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from racto_nb import telemetry
from racto_nb.kits import flows, surrounding
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig
from racto_nb.providers.catalog.prices import load_prices
from racto_nb.testing import FakeKit, FakeReply

CALLS = 100
PIECES = 50
ROUNDS = 25
GOAL = 1.03
ASK = ChatConfig(user_message="What is 2 + 2?")


class Dropping(SpanExporter):
    """Sends spans nowhere."""

    def export(self, spans: object) -> SpanExportResult:  # noqa: ARG002  (OpenTelemetry's)
        return SpanExportResult.SUCCESS


@contextmanager
def unhooked() -> Iterator[None]:
    """Without any hook: nobody looks whether calls are traced, and no work goes by a tracer."""
    kept = surrounding.tracer_here, flows.traced
    surrounding.tracer_here, flows.traced = (lambda: None), (lambda _calling, _ask, work: work)
    try:
        yield
    finally:
        surrounding.tracer_here, flows.traced = kept


def chats(kit: DeveloperKit) -> None:
    for _ in range(CALLS):
        kit.chat(ASK)


def streams(kit: DeveloperKit) -> None:
    for _ in range(CALLS):
        for _piece in kit.stream(ASK):
            pass


def sides(work: Callable[[DeveloperKit], None]) -> dict[str, list[float]]:
    """The seconds of CALLS calls on each side."""
    kit = FakeKit([FakeReply(("four ",) * PIECES)], repeat_last=True)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Dropping()))

    def bare() -> None:
        with unhooked():
            work(kit)

    def traced() -> None:
        with telemetry.traced(provider):
            work(kit)

    return in_turns({"bare": bare, "off": lambda: work(kit), "on": traced}, rounds=ROUNDS)


def main() -> int:
    """Measure, print a line for each kind of call, and return 1 when the goal is missed."""
    load_prices()
    os.environ["RACTO_LEDGER"] = "off"
    os.environ.pop("RACTO_TELEMETRY", None)
    missed = False
    for name, work in (("chat", chats), (f"stream of {PIECES} pieces", streams)):
        figures = sides(work)
        bare, on = (statistics.median(figures[side]) / CALLS * 1e6 for side in ("bare", "on"))
        off, times = ratio(figures["off"], figures["bare"]), ratio(figures["on"], figures["bare"])
        print(f"{name}: {bare:.0f} µs; off {off:.3f} of it (goal {GOAL:g}); on {times:.2f} of it, {on - bare:.0f} µs more")
        missed |= figure(f"{name}: tracing off, to no hooks", off, at_most=GOAL, told=f"{bare:.0f} µs without")
        figure(f"{name}: tracing on, to no hooks", times, told=f"{on - bare:.0f} µs more")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
