"""What both drivers promise: values, errors, streams and their end."""

from __future__ import annotations

import gc

import pytest
from colours import Colour, ScriptedPort

from racto_nb.flow.effects import Emit, close_stream, next_event, open_stream, send, sleep


def reading(port: ScriptedPort, events: list):
    stream = yield from open_stream(port, events)
    while (event := (yield from next_event(stream))) is not None:
        yield Emit(event)
    return "read"


def test_a_flow_returns_its_value(driver: Colour, port: ScriptedPort):
    def flow():
        first = yield from send(port, 1)
        second = yield from send(port, 2)
        return first + second

    assert driver.run(flow()) == 3


def test_a_flow_without_effects_returns_its_value(driver: Colour):
    def flow():
        return 7
        yield

    assert driver.run(flow()) == 7


def test_items_are_emitted_in_their_order(driver: Colour, port: ScriptedPort):
    assert driver.collect(reading(port, ["a", "b", "c"])) == ["a", "b", "c"]
    assert port.log == [("open", "['a', 'b', 'c']"), ("closed", "['a', 'b', 'c']")]


def test_an_emitted_none_reaches_the_caller(driver: Colour):
    def stream():
        yield Emit(None)

    assert driver.collect(stream()) == [None]


def test_the_error_of_an_effect_reaches_the_flow_which_may_handle_it(driver: Colour, port: ScriptedPort):
    def flow():
        try:
            yield from send(port, KeyError("gone"))
        except KeyError as error:
            return (yield from send(port, f"handled {error.args[0]}"))

    assert driver.run(flow()) == "handled gone"


def test_an_error_that_the_flow_does_not_handle_reaches_the_caller(driver: Colour, port: ScriptedPort):
    error = KeyError("gone")
    with pytest.raises(KeyError) as caught:
        driver.run(send(port, error))
    assert caught.value is error


def test_an_error_of_the_flow_itself_reaches_the_caller_and_closes_its_streams(driver: Colour, port: ScriptedPort):
    def flow():
        yield from open_stream(port, ["a"])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        driver.run(flow())
    assert port.open_streams == 0


def test_an_error_while_a_stream_is_opened_reaches_the_flow(driver: Colour, port: ScriptedPort):
    def flow():
        try:
            yield from open_stream(port, OSError("refused"))
        except OSError as error:
            return str(error)

    assert driver.run(flow()) == "refused"


def test_an_error_in_the_middle_of_a_stream_reaches_the_flow_after_the_items_before_it(driver: Colour, port: ScriptedPort):
    def stream():
        try:
            yield from reading(port, ["a", OSError("cut")])
        except OSError as error:
            yield Emit(str(error))

    assert driver.collect(stream()) == ["a", "cut"]
    assert port.open_streams == 0


def test_leaving_the_loop_early_closes_the_stream(driver: Colour, port: ScriptedPort):
    assert driver.collect(reading(port, ["a", "b", "c"]), most=1) == ["a"]
    assert port.log[-1] == ("closed", "['a', 'b', 'c']")


def test_leaving_the_loop_early_runs_the_flows_finally_after_its_streams_are_closed(driver: Colour, port: ScriptedPort):
    def stream():
        try:
            yield from reading(port, ["a", "b"])
        finally:
            port.log.append(("finally", ""))

    driver.collect(stream(), most=1)
    assert [what for what, _ in port.log] == ["open", "closed", "finally"]


def test_an_error_of_the_caller_between_two_items_closes_the_stream(driver: Colour, port: ScriptedPort):
    def fail(_: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        driver.collect(reading(port, ["a", "b"]), each=fail)
    assert port.open_streams == 0


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_during_an_effect_leaves_at_once_and_runs_the_flows_finally(
    driver: Colour, port: ScriptedPort, interrupt: type[BaseException]
):
    def flow():
        try:
            yield from open_stream(port, ["a"])
            try:
                yield from send(port, interrupt())
            except Exception:  # noqa: BLE001
                port.log.append(("mistaken for a failed effect", ""))
        finally:
            port.log.append(("finally", ""))

    with pytest.raises(interrupt):
        driver.run(flow())
    assert [what for what, _ in port.log] == ["open", "send", "closed", "finally"]


def test_an_interrupt_between_two_items_closes_the_stream(driver: Colour, port: ScriptedPort):
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        driver.collect(reading(port, ["a", "b"]), each=interrupt)
    assert port.open_streams == 0


def test_two_streams_of_one_flow_are_read_in_turns(driver: Colour, port: ScriptedPort):
    def stream():
        left = yield from open_stream(port, [1, 3])
        right = yield from open_stream(port, [2, 4])
        for source in (left, right, left, right):
            yield Emit((yield from next_event(source)))

    assert driver.collect(stream()) == [1, 2, 3, 4]
    assert port.open_streams == 0


def test_streams_are_closed_in_the_reverse_order_of_their_opening(driver: Colour, port: ScriptedPort):
    def flow():
        yield from open_stream(port, ["first"])
        yield from open_stream(port, ["second"])

    driver.run(flow())
    assert port.log[-2:] == [("closed", "['second']"), ("closed", "['first']")]


def test_flows_within_flows_are_one_flow(driver: Colour, port: ScriptedPort):
    def depth(level: int):
        return 0 if level == 0 else 1 + (yield from send(port, (yield from depth(level - 1))))

    assert driver.run(depth(50)) == 50


def test_closing_a_stream_early_closes_it_before_the_flow_goes_on_and_twice_is_harmless(driver: Colour, port: ScriptedPort):
    def flow():
        stream = yield from open_stream(port, ["a"])
        yield from close_stream(stream)
        yield from close_stream(stream)
        yield from send(port, "after")

    driver.run(flow())
    assert [what for what, _ in port.log] == ["open", "closed", "send"]


def test_a_closed_stream_has_no_more_events(driver: Colour, port: ScriptedPort):
    def flow():
        stream = yield from open_stream(port, ["a", "b"])
        yield from next_event(stream)
        yield from close_stream(stream)
        return (yield from next_event(stream))

    assert driver.run(flow()) is None


def test_after_its_last_event_a_stream_answers_none_again_and_again(driver: Colour, port: ScriptedPort):
    def flow():
        stream = yield from open_stream(port, ["a"])
        events = []
        for _ in range(3):
            events.append((yield from next_event(stream)))  # noqa: PERF401  (a comprehension cannot yield)
        return events

    assert driver.run(flow()) == ["a", None, None]


def test_a_stop_iteration_of_an_effect_does_not_end_the_flow_silently(driver: Colour, port: ScriptedPort):
    def flow():
        yield from send(port, StopIteration("not the end"))
        return "went on"

    with pytest.raises(RuntimeError, match="StopIteration"):
        driver.run(flow())


def test_a_stream_given_to_run_is_refused_and_closed(driver: Colour, port: ScriptedPort):
    with pytest.raises(AssertionError, match=r"Use iterate\(\)"):
        driver.run(reading(port, ["a"]))
    assert port.open_streams == 0


def test_a_finally_that_yields_is_a_loud_mistake(driver: Colour, port: ScriptedPort):
    def flow():
        try:
            yield from send(port, KeyboardInterrupt())
        finally:
            yield from sleep(0)

    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        driver.run(flow())


def test_a_flow_is_driven_by_hand_with_no_io_at_all():
    port = ScriptedPort()
    flow = reading(port, [])
    opened = next(flow)
    assert (opened.port, opened.request) == (port, [])
    asked = flow.send(5)
    assert asked.stream == 5
    assert flow.send("piece").item == "piece"
    next(flow)
    with pytest.raises(StopIteration) as done:
        flow.send(None)
    assert done.value.value == "read"
    assert port.log == []


def test_nothing_is_performed_for_a_stream_that_nobody_reads(driver: Colour, port: ScriptedPort):
    driver.collect(iter_nothing())
    reading(port, ["a"]).close()
    gc.collect()
    assert port.log == []


def iter_nothing():
    return
    yield
