"""The kernel's Interrupt in the middle of an answer: the part is kept, the cell fails in one line, Run All stops, and the kernel
goes on. The figures that are written out are upper bounds from the sending of the signal to the end of the cell."""

from __future__ import annotations

import sys

import pytest
from jupyter_kernel import SMALL, Cell, Kernel, paced

LONGEST = 1.0
"""Seconds within which control must be back at the latest. Only a bound against hanging: the figure itself is written out."""

CLOCK = """
import time
ended = []
def _note_end(result): ended.append(time.monotonic())
get_ipython().events.register("post_run_cell", _note_end)
"""

# The main thread waits for the engine when it stands at one place of the client for a while.
INTERRUPT_ONCE_WAITING = """
import os, signal, sys, threading
sent = []
def _interrupt_once_waiting(main=threading.main_thread().ident):
    stood, place = 0, None
    while stood < 20:
        time.sleep(0.001)
        top = sys._current_frames()[main]
        now = (id(top), top.f_lasti) if top.f_code.co_filename.endswith("embedded/client.py") else None
        stood, place = (stood + 1 if now is not None and now == place else 0), now
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
"""

TALE = "Write a very long story about a lighthouse. Never stop."


@pytest.fixture(scope="module", autouse=True)
def _clock(kernel: Kernel):
    kernel.ok(CLOCK + INTERRUPT_ONCE_WAITING)


def said(cell: Cell, word: str) -> bool:
    return bool(cell.shown) and word in cell.text


def assert_one_line(cell: Cell) -> None:
    assert [message.kind for message in cell.messages][-1] == "error"
    assert cell.errors[0]["ename"] == "Interrupted"
    assert cell.errors[0]["traceback"] == ["Interrupted: the partial answer is kept in _racto.text"]


def assert_in_time(kernel: Kernel, began: float, what: str) -> None:
    took = kernel.value("ended[-1]") - began
    sys.stdout.write(f"\ninterrupt of {what}: cell ended {took * 1000:.0f} ms after the signal was sent\n")
    assert took < LONGEST


def test_an_interrupt_keeps_the_part_and_fails_the_cell_in_one_line(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(10_000)}])")
    cell = kernel.send("%%racto --model kit --into part\ngo")
    kernel.until(cell, lambda: said(cell, "word20 "))
    began = kernel.interrupt()
    kernel.wait(cell)
    assert_in_time(kernel, began, "a FakeKit")
    assert cell.status == "error"
    assert_one_line(cell)
    assert kernel.value("_racto.complete") is False
    text = kernel.value("_racto.text")
    assert text.startswith("word0 word1 ")
    assert "word20 " in text
    assert kernel.value("part.text") == text
    assert cell.text.startswith(text.strip())
    assert "— incomplete · " in cell.text
    assert kernel.value("kit.open_streams") == 0


def test_run_all_stops_at_an_interrupted_cell(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(10_000)}])\nreached = False")
    cell = kernel.send("%%racto --model kit\ngo")
    following = kernel.send("reached = True")
    kernel.until(cell, lambda: said(cell, "word5 "))
    kernel.interrupt()
    kernel.wait(cell)
    kernel.wait(following)
    assert (cell.status, following.status) == ("error", "aborted")
    assert kernel.value("reached") is False
    assert kernel.ok("1 + 1").text == "2"


def test_an_interrupt_before_the_first_word_says_that_nothing_had_arrived(kernel: Kernel):
    kernel.ok("kit = FakeKit([FakeReply(('never',), delay=1000)])")
    cell = kernel.send("%%racto --model kit\ngo")
    kernel.until(cell, lambda: bool(cell.shown))
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.errors[0]["traceback"] == ["Interrupted: no answer had arrived"]
    assert kernel.value("_racto.text") == ""
    assert "— no answer · " in cell.text


def test_an_interrupted_turn_is_not_remembered_in_the_conversation(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(10_000)}, 'second'])")
    cell = kernel.send("%%racto --model kit --history talk\nfirst question")
    kernel.until(cell, lambda: said(cell, "word5 "))
    kernel.interrupt()
    kernel.wait(cell)
    kernel.ok("%%racto --model kit --history talk\nsecond question")
    assert "first question" not in str(kernel.value("kit.calls[-1]"))


def test_an_awaited_stream_is_hung_up_on_by_an_interrupt(kernel: Kernel):
    kernel.ok(
        f"kit = FakeKit([{paced(10_000)}])\nfrom racto_nb.models.chat import ChatConfig\npieces = []\nfrom contextlib import aclosing"
    )
    cell = kernel.send(
        "async with aclosing(kit.astream(ChatConfig(user_message='go'))) as chunks:\n"
        "    async for chunk in chunks:\n        pieces.append(chunk.delta.text)\n        print(len(pieces))"
    )
    kernel.until(cell, lambda: "10" in cell.written("stdout"))
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.status == "error"
    assert kernel.value("kit.open_streams") == 0


@pytest.mark.model
def test_an_interrupt_of_the_embedded_model_keeps_the_part_and_returns_in_time(kernel: Kernel):
    cell = kernel.send(f"%%racto --model {SMALL} --seed 1 -t 1\n{TALE}")
    following = kernel.send("reached = 'the next cell'")
    kernel.until(cell, lambda: bool(cell.shown) and len(cell.text) > 200)
    began = kernel.interrupt()
    kernel.wait(cell)
    kernel.wait(following)
    assert_in_time(kernel, began, "the embedded model while it writes")
    assert (cell.status, following.status) == ("error", "aborted")
    assert_one_line(cell)
    text = kernel.value("_racto.text")
    assert kernel.value("_racto.complete") is False
    assert len(text) > 100
    assert cell.text.startswith(text.strip()[:100])


@pytest.mark.model
def test_a_call_right_after_an_interrupt_waits_its_turn_says_so_and_is_answered(kernel: Kernel):
    kernel.ok(f"%%racto --model {SMALL} --quiet --max-tokens 60\nSay hello.")
    expected = kernel.value("_racto.text")
    # A long question keeps the engine reading for seconds, without an event at which it could be stopped.
    kernel.ok("long = 'The quick brown fox jumps over the lazy dog. ' * 50")
    kernel.ok("threading.Thread(target=_interrupt_once_waiting, daemon=True).start()")
    cell = kernel.send(f"%%racto --model {SMALL}\n{{{{long}}}}")
    kernel.wait(cell)
    assert_in_time(kernel, kernel.value("sent[-1]"), "the embedded model while it reads")
    assert cell.errors[0]["traceback"] == ["Interrupted: no answer had arrived"]
    after = kernel.ok(f"%%racto --model {SMALL} --max-tokens 60\nSay hello.")
    assert after.written("stderr").count("still busy with an earlier call; this one waits for its turn") == 1
    assert kernel.value("_racto.text") == expected


@pytest.mark.model
def test_an_interrupt_while_the_embedded_model_is_loaded_returns_in_time(kernel: Kernel):
    kernel.ok(
        "from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit\nfresh = EmbeddedDeveloperKit('smollm2-135m', context=512)"
    )
    kernel.ok("threading.Thread(target=_interrupt_once_waiting, daemon=True).start()")
    cell = kernel.run("%%racto --model fresh\nhi")
    assert cell.errors[0]["ename"] == "Interrupted"
    assert_in_time(kernel, kernel.value("sent[-1]"), "the embedded model while it is loaded")
    assert kernel.ok("%%racto --model fresh --max-tokens 60\nSay hello.").status == "ok"


def test_an_interrupt_outside_the_answer_is_one_line_too(kernel: Kernel):
    kernel.ok(
        "class Slow:\n    def __str__(self):\n        print('filling in', flush=True)\n        time.sleep(1000)\n"
        "slow = Slow()\nkit = FakeKit(['x'])"
    )
    cell = kernel.send("%%racto --model kit\n{{slow}}")
    kernel.until(cell, lambda: "filling in" in cell.written("stdout"))
    kernel.interrupt()
    kernel.wait(cell)
    assert cell.errors[0]["traceback"] == ["Interrupted: the cell was stopped"]
    assert kernel.value("kit.calls") == []
