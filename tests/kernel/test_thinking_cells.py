"""Thinking in a real kernel: a folded display of its own, few messages, and never a word of it in the answer."""

from __future__ import annotations

import pytest
from jupyter_kernel import Cell, Kernel, most_in_a_second
from thinking_kit import LOAD


@pytest.fixture(scope="module", autouse=True)
def _kit(kernel: Kernel):
    kernel.ok(LOAD)


def displays(cell: Cell) -> dict[str, list[dict[str, str]]]:
    """What each display showed, by its id."""
    found: dict[str, list[dict[str, str]]] = {}
    for message in cell.shown:
        found.setdefault(message.content["transient"]["display_id"], []).append(message.content["data"])
    return found


def test_the_thinking_is_one_display_and_the_answer_another(kernel: Kernel):
    kernel.ok("kit = ThinkingKit([thoughtful(60, 60, delay=0.01)])")
    cell = kernel.ok("%%racto --model kit\ngo")
    thinking, answer = displays(cell).values()
    assert [message.kind for message in cell.shown].count("display_data") == 2
    assert "<details" in thinking[-1]["text/html"]
    assert "so59" in thinking[-1]["text/html"]
    assert thinking[-1]["text/plain"].startswith("— thought for ")
    assert "word59" in answer[-1]["text/plain"]
    assert not any("so5" in text for data in answer for text in data.values())
    assert most_in_a_second(cell.shown) <= 20


def test_many_thousand_tokens_of_thinking_arrive_in_few_messages(kernel: Kernel):
    kernel.ok("kit = ThinkingKit([thoughtful(20_000, 50)])")
    cell = kernel.ok("%%racto --model kit --into answer\ngo")
    assert most_in_a_second(cell.shown) <= 20
    assert sum(len(text) for message in cell.shown for text in message.content["data"].values()) < 5_000_000
    assert kernel.value("answer.thinking.split()[-1]") == "so19999"
    assert kernel.value("answer.text.split()[-1]") == "word49"


def test_an_interrupt_while_it_thinks_keeps_the_thinking(kernel: Kernel):
    kernel.ok("kit = ThinkingKit([thoughtful(10_000, 1, delay=0.01)])")
    cell = kernel.send("%%racto --model kit\ngo")
    kernel.until(cell, lambda: len(displays(cell)) == 2 and len(cell.shown) > 6)
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.errors[0]["traceback"] == ["Interrupted: no answer had arrived"]
    assert kernel.value("_racto.thinking").startswith("so0 so1 ")
    assert kernel.value("kit.open_streams") == 0
