"""Tools and several models in a real kernel: displays, async functions, and the stop button."""

from __future__ import annotations

import pytest
from calling_replies import LOAD
from jupyter_kernel import Kernel, most_in_a_second

TOOLS = """
import asyncio, threading

def weather(city: str) -> str:
    '''The weather.'''
    return f"rain in {city}"

async def slow_weather(city: str) -> str:
    '''The weather, after a while.'''
    await asyncio.sleep(0.01)
    return f"snow in {city}"

async def endless(city: str) -> str:
    '''Never answers.'''
    print("endless begins", flush=True)
    await asyncio.sleep(3600)
    return ""
"""
ENDLESS = "FakeReply(tuple(f'word{n} ' for n in range(100_000)), delay=0.01)"


@pytest.fixture(scope="module", autouse=True)
def _names(kernel: Kernel):
    kernel.ok(f"from racto_nb.testing import FakeKit, FakeReply\n{LOAD}\n{TOOLS}")


@pytest.mark.parametrize(("tool", "told"), [("weather", "rain in Oslo"), ("slow_weather", "snow in Oslo")])
def test_a_call_has_a_display_of_its_own_above_the_answer(kernel: Kernel, tool: str, told: str):
    kernel.ok(f"kit = FakeKit([calls('Let me look.', ({tool!r}, {{'city': 'Oslo'}})), 'It is wet.'])")
    cell = kernel.ok(f"%%racto --model kit --tools {tool} --into found\nWhat is the weather?")
    ids = dict.fromkeys(message.content["transient"]["display_id"] for message in cell.shown)
    last = [
        [m.content["data"]["text/plain"] for m in cell.shown if m.content["transient"]["display_id"] == key][-1] for key in ids
    ]
    assert last[0] == f'Let me look.\n✓ {tool}(city="Oslo")\n  {told}'
    assert last[1].startswith("It is wet.\n\n— fake:fake-model")
    assert kernel.value("[run.content for run in found.tool_runs]") == [told]


def test_the_stop_button_stops_an_async_tool(kernel: Kernel):
    kernel.ok("kit = FakeKit([calls('', ('endless', {'city': 'Oslo'})), 'never'])")
    cell = kernel.send("%%racto --model kit --tools endless\nWhat is the weather?")
    kernel.until(cell, lambda: "endless begins" in cell.written("stdout"))
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.errors[0]["traceback"] == ["Interrupted: no answer had arrived"]
    assert kernel.value("len(kit.calls)") == 1
    assert '■ endless(city="Oslo")\n  stopped' in cell.text
    assert '■ endless(city="Oslo")' in kernel.value("repr(_racto)")


def test_the_stop_button_stops_all_models_and_keeps_their_parts(kernel: Kernel):
    kernel.ok(f"first, second = FakeKit([{ENDLESS}]), FakeKit([{ENDLESS}])\nthird = FakeKit(['done'])")
    cell = kernel.send("%%racto --model first --model second --model third --into found\nWrite.")
    kernel.until(cell, lambda: bool(cell.shown) and cell.text.count("word5 ") == 2)
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.errors[0]["traceback"] == ["Interrupted: 2 of 3 answers were stopped; what had arrived is kept in found"]
    assert kernel.value("[answer.text[:6] for answer in found.values()]") == ["word0 ", "word0 ", "done"]
    assert kernel.value("[answer.complete for answer in found.values()]") == [False, False, True]
    assert kernel.value("[kit.open_streams for kit in (first, second)]") == [0, 0]
    assert cell.text.count("— incomplete: stopped · ") == 2


def test_several_fast_answers_arrive_in_few_messages(kernel: Kernel):
    kernel.ok("first, second = (FakeKit([FakeReply(tuple(f'word{n} ' for n in range(10_000)))]) for _ in range(2))")
    cell = kernel.ok("%%racto --model first --model second\nWrite.")
    assert most_in_a_second(cell.shown) <= 20
    assert sum(len(text) for message in cell.shown for text in message.content["data"].values()) < 5_000_000
    assert cell.text.count("word9999") == 2
    assert len({message.content["transient"]["display_id"] for message in cell.shown}) == 1
