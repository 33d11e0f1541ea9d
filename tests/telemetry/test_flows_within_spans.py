"""A flow whose work belongs to a span does what it would do without, and all of it while the span is entered."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from colours import COLOURS, Colour, ScriptedPort
from opentelemetry import trace
from telemetry.conftest import Spans

from racto_nb.flow.effects import Emit, Flow, Stream, call, next_event, open_stream, send, sleep, together
from racto_nb.telemetry.opentelemetry_tracer import OpenTelemetryTracer
from racto_nb.telemetry.within import within

each_colour = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)


def here() -> str:
    """The name of the span that is entered here."""
    return getattr(trace.get_current_span(), "name", "")


class WatchedPort(ScriptedPort):
    """Notes in which span it was used."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def send(self, request: Any) -> Any:
        self.places.append(here())
        return super().send(request)

    async def asend(self, request: Any) -> Any:
        self.places.append(here())
        return await super().asend(request)

    @contextmanager
    def open(self, request: Any) -> Generator[Any]:
        self.places.append(here())
        with super().open(request) as events:
            yield events

    @asynccontextmanager
    async def aopen(self, request: Any) -> Any:
        self.places.append(here())
        async with super().aopen(request) as events:
            yield events


@pytest.fixture
def work(spans: Spans) -> Any:
    return OpenTelemetryTracer(spans.provider).begin("work", {})


@each_colour
def test_all_effects_are_performed_in_the_span(colour: Colour, work):
    port = WatchedPort()

    async def here_too() -> str:
        return here()

    def inner(number: int) -> Flow[tuple[int, str]]:
        yield from sleep(0)
        return number, (yield from call(here))

    def flow() -> Stream[str, list[Any]]:
        found: list[Any] = [here(), (yield from send(port, 1)), (yield from call(here))]
        if colour.name == "async":
            found.append((yield from call(here_too)))
        opened = yield from open_stream(port, ["a", "b"])
        while (event := (yield from next_event(opened))) is not None:
            yield Emit(f"{event} in {here()}")
        found += yield from together([inner(1), inner(2)])
        return found

    def told() -> Stream[str, None]:
        yield Emit((yield from within(work, flow())))

    seen: list[str] = []
    *pieces, found = colour.collect(told(), each=lambda _: seen.append(here()))
    assert pieces == ["a in work", "b in work"]
    assert found == ["work", 1, "work", *(["work"] if colour.name == "async" else []), (1, "work"), (2, "work")]
    assert port.places == ["work", "work"]
    assert set(seen) == {""}
    assert (port.open_streams, here()) == (0, "")


@each_colour
def test_a_flow_may_catch_what_an_effect_raises(colour: Colour, work):
    def flow() -> Flow[str]:
        try:
            yield from send(ScriptedPort(), LookupError("gone"))
        except LookupError as error:
            return f"{error} in {here()}"
        return ""

    assert colour.run(within(work, flow())) == "gone in work"


@each_colour
def test_what_a_flow_raises_comes_through(colour: Colour, work):
    def flow() -> Flow[str]:
        yield from sleep(0)
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        colour.run(within(work, flow()))
    assert here() == ""


@each_colour
def test_a_flow_that_is_left_is_closed_in_its_span(colour: Colour, work):
    port, closed = WatchedPort(), []

    def flow() -> Stream[int, None]:
        opened = yield from open_stream(port, [1, 2, 3])
        try:
            while True:
                yield Emit((yield from next_event(opened)))
        finally:
            closed.append(here())

    assert colour.collect(within(work, flow()), most=2) == [1, 2]
    assert (closed, port.open_streams, here()) == (["work"], 0, "")


@each_colour
def test_an_error_while_a_stream_is_open_closes_it(colour: Colour, work):
    port = WatchedPort()

    def flow() -> Stream[int, None]:
        yield from open_stream(port, [1])
        raise LookupError("gone")

    with pytest.raises(LookupError):
        colour.collect(within(work, flow()))
    assert port.open_streams == 0
