"""Answers in the background, in a real front end: below the right cell, while other cells run, and what a reader opened stays open."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch
from thinking_kit import LOAD as LOAD_THINKING

LOAD = "%load_ext racto_nb\nimport asyncio, time\nfrom racto_nb.testing import FakeKit, FakeReply\n" + LOAD_THINKING
KITS = (
    "def paced(count, delay=0.01): return FakeReply(tuple(f'word{n} ' for n in range(count)), delay=delay)\n"
    "endless = FakeKit([paced(100_000)], repeat_last=True)\n"
    "short = FakeKit([paced(120, 0.1)], repeat_last=True)\n"
    "failing = FakeKit([FakeReply(('one ', 'two ', 'three'), delay=0.05, cut_after=2)], repeat_last=True)\n"
    "thinking = ThinkingKit([thoughtful(40, 150, delay=0.02)], repeat_last=True)"
)
CELLS = [
    LOAD,
    KITS,
    "%%racto --model endless --background --into first\ngo",
    "%%racto --model short -b --into second\ngo",
    "%%racto --model failing -b --into third\ngo",
    "%%racto --model thinking -b --into fourth\ngo",
    "until = time.monotonic() + 30\nwhile not (second.done and fourth.done) and time.monotonic() < until: sum(range(10_000))\nprint('computed')",
    "print((await second).text.split()[-1])",
    "print('waits')\nawait first",
    "await third",
    "first.text.startswith('word0 '), endless.open_streams",
]


@pytest.fixture(scope="module")
def opened(scratch: Scratch) -> NotebookPage:
    page = scratch.open(CELLS)
    for index in range(2):
        page.run(index)
    return page


def test_cells_go_on_being_answered_while_another_one_computes(opened: NotebookPage):
    for index in range(2, 6):
        opened.run(index)
    before = opened.text(3)
    opened.start(6)
    opened.until(2, "node.innerText.includes('word20 ')")
    opened.until(3, "node.innerText.includes('word20 ')")
    computing = not opened.ended(6)
    opened.wait(6)
    assert computing
    assert "word119" not in before
    opened.until(3, "node.innerText.includes('word119')")
    assert opened.text(6).startswith("computed")  # then what failed meanwhile, unless another cell had ended first
    assert "await first" in opened.text(2)


def test_an_error_that_nobody_waits_for_stands_in_red_below_its_cell(opened: NotebookPage):
    opened.until(4, "node.innerText.includes('StreamInterruptedError')")
    assert opened.text(4).startswith("one two")
    assert opened.output(4).locator("b").inner_text().startswith("incomplete: StreamInterruptedError")


def test_thinking_in_the_background_stands_above_its_answer(opened: NotebookPage):
    opened.until(5, "node.innerText.includes('Thought for')")
    opened.until(5, "node.innerText.includes('word149')")
    text = opened.text(5)
    assert text.index("Thought for") < text.index("word0 ")
    assert "so39" not in text


def test_awaiting_gives_the_result_and_the_stop_button_stops_the_model(opened: NotebookPage):
    assert opened.run(7).strip() == "word119"
    opened.start(8)
    opened.until(8, "node.innerText.includes('waits')")
    opened.interrupt()
    opened.wait(8)
    assert opened.text(8).strip().splitlines()[-1] == "Interrupted: the partial answer is kept in first.text"
    opened.until(2, "node.innerText.includes('incomplete: stopped')")
    assert opened.run(10).strip().endswith("(True, 0)")


def test_awaiting_what_failed_fails_the_cell_in_one_line(opened: NotebookPage):
    assert opened.run(9).strip().startswith("StreamInterruptedError: ")


def test_it_looks_well(opened: NotebookPage, theme: str):
    opened.show_in(theme)
    opened.shot(f"background-{theme}")
