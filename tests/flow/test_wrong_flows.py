"""Flows that are written or used wrongly say so, in both colours."""

from __future__ import annotations

import pytest
from colours import Colour, ScriptedPort

from racto_nb.flow.effects import Emit, send


def test_what_is_no_effect_is_a_type_error_that_names_the_way_out(driver: Colour):
    def flow():
        yield "banana"

    with pytest.raises(TypeError, match=r"yielded 'banana', which is no effect\. Write `yield from`"):
        driver.run(flow())


def test_a_forgotten_from_is_a_type_error_inside_the_flow(driver: Colour, port: ScriptedPort):
    def flow():
        try:
            yield send(port, 1)
        except TypeError as error:
            return str(error)

    assert "`yield from`" in driver.run(flow())
    assert port.log == []


def test_a_flow_that_was_run_cannot_be_run_again(driver: Colour, port: ScriptedPort):
    flow = send(port, 1)
    assert driver.run(flow) == 1
    with pytest.raises(RuntimeError, match="The flow 'send' was already run"):
        driver.run(flow)


def test_a_stream_that_was_read_cannot_be_read_again(driver: Colour):
    def stream():
        yield Emit(1)

    once = stream()
    assert driver.collect(once) == [1]
    with pytest.raises(RuntimeError, match="The flow 'stream' was already run"):
        driver.collect(once)


def test_a_flow_that_is_under_way_is_not_ended_by_a_second_run(driver: Colour):
    def stream():
        yield Emit(1)
        yield Emit(2)

    running = stream()
    assert next(running).item == 1
    with pytest.raises(RuntimeError, match="already run"):
        driver.run(running)
    assert next(running).item == 2
