"""Cells answered in the background of a real kernel: below the right cell, beside other cells, stopped by the interrupt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_kernel import Cell, Kernel, most_in_a_second, paced, running_kernel
from nbclient import NotebookClient
from nbformat import v4
from thinking_kit import LOAD as LOAD_THINKING

ENDLESS = f"kit = FakeKit([{paced(100_000)}], repeat_last=True)"
ASK = "%%racto --model kit --background --into first\ngo"
OF_IPYKERNEL = ("running over TCP", "KeyboardInterrupt caught in kernel")
"""What ipykernel logs itself: a shutdown begins with an interrupt, which may find it between two cells."""


def last(cell: Cell) -> str:
    return cell.text.rpartition("— ")[2]


def until_written(kernel: Kernel, name: str, piece: str) -> None:
    """Wait in the kernel, not in a cell, until a piece of the answer has come."""
    while piece not in kernel.value(f"{name}._asking.shown.text"):
        pass


def test_the_answer_grows_below_its_cell_while_another_computes(kernel: Kernel):
    kernel.ok(f"import time\nkit = FakeKit([{paced(60)}])")
    cell = kernel.ok(ASK)
    assert cell.kinds == ["display_data"]
    busy = kernel.ok(
        "pieces, until = set(), time.monotonic() + 30\n"
        "while not first.done and time.monotonic() < until: pieces.add(str(first))\n"
        "print('busy')"
    )
    assert [kind for kind in busy.kinds if kind != "update_display_data"] == ["stream"]
    assert kernel.value("len(pieces)") > 3
    assert cell.kinds[0] == "display_data"
    assert set(cell.kinds[1:]) == {"update_display_data"}
    assert cell.text.startswith("word0 word1 ")
    assert last(cell).startswith("fake:fake-model · ")
    assert most_in_a_second(cell.shown) <= 20


def test_several_cells_are_answered_at_once_by_await(kernel: Kernel):
    kernel.ok(f"import asyncio\nkits = [FakeKit([{paced(40)}]) for _ in range(3)]\none, two, three = kits")
    cells = kernel.all(*(f"%%racto --model {name} -b --into {name}_answer\ngo" for name in ("one", "two", "three")))
    assert [cell.status for cell in cells] == ["ok"] * 3
    assert kernel.value("[kit.open_streams for kit in kits]") == [1, 1, 1]
    kernel.ok("found = await asyncio.gather(one_answer, two_answer, three_answer)")
    assert kernel.value("[answer.text.split()[-1] for answer in found]") == ["word39"] * 3
    assert ["word39" in cell.text for cell in cells] == [True] * 3


def test_thinking_in_the_background_stands_below_the_cell_that_asked(kernel: Kernel):
    kernel.ok(LOAD_THINKING + "\nkit = ThinkingKit([thoughtful(20, 20, delay=0.01)])")
    cell = kernel.ok(ASK)
    waiting = kernel.ok("answer = await first")
    assert cell.kinds.count("display_data") == 1
    assert "Thought for" in cell.html
    assert "display_data" not in waiting.kinds
    assert kernel.value("answer.thinking").startswith("so0 so1 ")


def test_an_interrupt_of_the_awaiting_cell_stops_the_model_and_keeps_the_part(kernel: Kernel):
    kernel.ok(ENDLESS)
    cell = kernel.ok(ASK)
    until_written(kernel, "first", "word5 ")
    waiting = kernel.send("print('waits')\nawait first")
    kernel.until(waiting, lambda: bool(waiting.messages))
    kernel.interrupt()
    kernel.wait(waiting)
    assert waiting.errors[0]["traceback"] == ["Interrupted: the partial answer is kept in first.text"]
    assert kernel.value("kit.open_streams") == 0
    assert "word5 " in kernel.value("first.text")
    assert last(cell).startswith("incomplete: stopped · ")


def test_an_interrupt_of_gather_stops_all_of_them(kernel: Kernel):
    kernel.ok(f"import asyncio\n{ENDLESS}")
    kernel.all(*(f"%%racto --model kit -b --into {name}\ngo" for name in ("first", "second")))
    for name in ("first", "second"):
        until_written(kernel, name, "word5 ")
    waiting = kernel.send("print('waits')\nawait asyncio.gather(first, second)")
    kernel.until(waiting, lambda: bool(waiting.messages))
    kernel.interrupt()
    kernel.wait(waiting)
    assert waiting.errors[0]["ename"] == "CancelledError"
    assert kernel.value("[kit.open_streams, first.done, second.done]") == [0, True, True]
    assert kernel.ok("1 + 1").shown[0].content["data"]["text/plain"] == "2"


def test_an_interrupt_of_a_synchronous_wait_stops_the_model_too(kernel: Kernel):
    kernel.ok(ENDLESS)
    kernel.ok(ASK)
    until_written(kernel, "first", "word5 ")
    waiting = kernel.send("print('waits')\nfirst.result()")
    kernel.until(waiting, lambda: bool(waiting.messages))
    kernel.interrupt()
    kernel.wait(waiting)
    assert waiting.errors[0]["traceback"] == ["Interrupted: the partial answer is kept in first.text"]
    assert kernel.value("kit.open_streams") == 0


def test_an_interrupt_of_another_cell_leaves_the_answer_to_be_written(kernel: Kernel):
    kernel.ok(ENDLESS)
    kernel.ok(ASK)
    other = kernel.send("print('busy')\nwhile True: pass")
    kernel.until(other, lambda: bool(other.messages))
    kernel.interrupt()
    kernel.wait(other)
    assert other.errors[0]["ename"] == "KeyboardInterrupt"
    assert kernel.value("[kit.open_streams, first.done]") == [1, False]
    kernel.ok("first.cancel()\nwhile not first.done: pass")  # else its end may come into a cell of the next test


def test_an_error_that_nobody_waits_for_stands_below_its_cell(kernel: Kernel):
    kernel.ok("kit = FakeKit([FakeReply(('one ', 'two'), delay=0.05, cut_after=1)])")
    cell = kernel.ok(ASK)
    busy = kernel.ok("while not first.done: pass")
    assert busy.written("stderr").startswith("The answer 'first' in the background failed. StreamInterruptedError: ")
    assert kernel.ok("1 + 1").written("stderr") == ""
    assert last(cell).startswith("incomplete: StreamInterruptedError: ")
    assert "<b>incomplete: <span>StreamInterruptedError: " in cell.html
    assert kernel.run("await first").errors[0]["ename"] == "StreamInterruptedError"


def test_the_shutdown_of_a_kernel_that_writes_in_the_background_is_clean(tmp_path: Path):
    with running_kernel(tmp_path / "own") as kernel:
        kernel.ok(ENDLESS)
        kernel.ok(ASK)
        until_written(kernel, "first", "word5 ")
        kernel.manager.shutdown_kernel(now=False)
        log = [line for line in kernel.log.read_text().splitlines() if line and not any(word in line for word in OF_IPYKERNEL)]
    assert log == []


def test_a_cell_that_is_run_anew_while_its_answer_is_written_goes_on_showing_it(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(60)}])")
    kernel.ok(ASK)
    again = kernel.run(ASK)
    assert again.errors[0]["evalue"].startswith("'first' is still being written.")
    assert again.kinds[0] == "display_data"
    kernel.ok("answer = await first")
    assert kernel.value("answer.text").startswith("word0 ")


NOTEBOOK = [
    "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit, FakeReply",
    f"kit = FakeKit([{paced(30)}])",
    ASK,
    "answer = await first",
]


def notebook_of(*sources: str) -> nbformat.NotebookNode:
    return v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])


def run(notebook: nbformat.NotebookNode) -> None:
    """Run all cells as nbconvert does."""
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=False).execute()
    nbformat.validate(notebook)


@pytest.mark.parametrize("mode", ["auto", "static"])
def test_a_notebook_that_is_run_without_a_reader_keeps_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str):
    monkeypatch.setenv("RACTO_DISPLAY", mode)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = notebook_of(*NOTEBOOK, "answer")
    run(notebook)
    asked, waited, shown = (cell.outputs for cell in notebook.cells[2:])
    assert (len(asked), waited, len(shown)) == (1, [], 1)
    if mode == "auto":
        assert asked[0]["data"]["text/plain"].startswith("word0 word1 ")
    else:
        assert asked[0]["data"]["text/plain"] == "fake:fake-model was asked in the background: await first"
    assert "word29" in shown[0]["data"]["text/plain"]


def test_a_run_without_a_reader_keeps_the_answer_of_a_model_that_thinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    kit = f"{LOAD_THINKING}\nkit = ThinkingKit([thoughtful(10, 10, delay=.02)])"
    notebook = notebook_of(NOTEBOOK[0], kit, ASK, "answer = await first")
    run(notebook)
    (shown,) = notebook.cells[2].outputs
    assert shown["data"]["text/plain"].startswith("word0 word1 ")
    assert "Thought for" in shown["data"]["text/html"]


@pytest.mark.parametrize("mode", ["auto", "static"])
def test_a_run_without_a_reader_says_what_failed_unawaited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str):
    monkeypatch.setenv("RACTO_DISPLAY", mode)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    kit = "kit = FakeKit([FakeReply(('one ', 'two'), delay=0.01, cut_after=1)])"
    notebook = notebook_of(NOTEBOOK[0], kit, ASK, "while not first.done: pass", "1 + 1")
    run(notebook)
    asked, waited, after = (cell.outputs for cell in notebook.cells[2:])
    assert [output["output_type"] for output in after] == ["execute_result"]
    assert [output["name"] for output in waited] == ["stderr"]
    assert waited[0]["text"].startswith("The answer 'first' in the background failed. StreamInterruptedError: ")
    if mode == "auto":
        assert "— incomplete: StreamInterruptedError: " in asked[0]["data"]["text/plain"]


def test_a_run_without_a_reader_keeps_what_ended_before_a_cell_that_did_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = notebook_of(*NOTEBOOK[:3], "while not first.done: pass")
    run(notebook)
    assert "word29" in notebook.cells[2].outputs[0]["data"]["text/plain"]


def test_in_a_terminal_the_answer_is_written_where_it_is_awaited(tmp_path: Path):
    script = tmp_path / "script.ipy"
    script.write_text(
        "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit, FakeReply\n"
        "kit = FakeKit([FakeReply(('one ', 'two'), delay=.05)])\nlong = FakeKit([FakeReply(('x',), delay=1000)])\n"
        "get_ipython().run_cell_magic('racto', '--model kit -b --into first', 'q')\n"
        "get_ipython().run_cell_magic('racto', '--model long -b --into second', 'q')\n"
        "import sys\nsys.stdout.write('meanwhile\\n')\nfirst.result()\ndisplay(await first)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--colors=nocolor", "--no-banner", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "dumb"},
    )
    lines = [line for line in done.stdout.splitlines() if line]
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[:3] == [
        "fake:fake-model was asked in the background: await first",
        "fake:fake-model was asked in the background: await second",
        "meanwhile",
    ]
    assert "one two" in "\n".join(lines[3:])
