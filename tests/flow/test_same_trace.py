"""One text, two drivers: any script of effects does the same in both colours."""

from __future__ import annotations

from typing import Any

from colours import Asynchronous, ScriptedPort, Synchronous
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.flow.effects import Emit, call, close_stream, next_event, now, open_stream, send, sleep, together

VALUES = st.one_of(st.integers(0, 9), st.builds(lambda: ValueError("scripted")))
STEPS = st.one_of(
    st.tuples(st.just("send"), VALUES),
    st.tuples(st.just("open"), st.lists(VALUES, max_size=3)),
    st.tuples(st.just("next"), st.integers(0, 2)),
    st.tuples(st.just("close"), st.integers(0, 2)),
    st.tuples(st.just("emit"), st.integers(0, 9)),
    st.tuples(st.just("call"), VALUES | st.builds(StopIteration)),
    st.tuples(st.just("sleep"), st.just(0.0)),
    st.tuples(st.just("now"), st.none()),
    st.tuples(st.just("together"), st.lists(st.integers(0, 9), max_size=3)),
    st.tuples(st.just("raise"), st.builds(lambda: LookupError("of the flow"))),
)


def scripted(port: ScriptedPort, script: list[tuple[str, Any]], trace: list[str], *, handles: bool):
    streams: list[Any] = []
    try:
        for step in script:
            try:
                answer = yield from one_step(port, step, streams)
            except (ValueError, RuntimeError) as error:
                if not handles:
                    raise
                answer = repr(error)
            trace.append(f"{step[0]}: {answer!r}")
    finally:
        trace.append("finally")


def one_step(port: ScriptedPort, step: tuple[str, Any], streams: list[Any]):  # noqa: C901  (one case a kind of step)
    match step:
        case "send", value:
            return (yield from send(port, value))
        case "open", events:
            streams.append((yield from open_stream(port, events)))
        case "next", place if place < len(streams):
            return (yield from next_event(streams[place]))
        case "close", place if place < len(streams):
            yield from close_stream(streams[place])
        case "emit", value:
            yield Emit(value)
        case "call", value:
            return (yield from call(told, {"value": value}))
        case "sleep", wait:
            yield from sleep(wait)
        case "now", _:
            return type((yield from now()))
        case "together", values:
            return (yield from together([send(port, value) for value in values], limit=1))
        case "raise", error:
            raise error


def told(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def outcome(colour: Any, script: list[tuple[str, Any]], *, handles: bool, most: int | None) -> tuple[Any, ...]:
    port, trace = ScriptedPort(), []
    try:
        items = colour.collect(scripted(port, script, trace, handles=handles), most=most)
    except Exception as error:  # noqa: BLE001  (the outcome)
        items = [f"raised {error!r}"]
    return items, trace, port.log, port.open_streams


@given(st.lists(STEPS, max_size=12), st.booleans(), st.none() | st.integers(1, 3))
def test_both_colours_do_the_same_in_the_same_order(script: list[tuple[str, Any]], handles: bool, most: int | None):
    expected = outcome(Synchronous(), script, handles=handles, most=most)
    assert outcome(Asynchronous(), script, handles=handles, most=most) == expected
    assert expected[-1] == 0
