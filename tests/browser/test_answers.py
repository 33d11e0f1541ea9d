"""A `%%racto` cell in a real JupyterLab: it streams, it stops, and what is left is a document that needs no kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from jupyter_lab import Notebook

LOAD = "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit, FakeReply"
MANY = 20_000
CELLS = [
    f"{LOAD}\npaced = FakeKit([FakeReply(tuple(f'word{{n}} ' for n in range(400)), delay=0.005)], repeat_last=True)",
    "%%racto --model paced\nstream",
    "endless = FakeKit([FakeReply(tuple(f'word{n} ' for n in range(100_000)), delay=0.005)])",
    "%%racto --model endless\ngo on",
    "print(len(_racto.text) > 100, _racto.complete)",
    "%%racto --modle paced\nx",
    f"fast = FakeKit([FakeReply(tuple(f'{{n}} ' for n in range({MANY})))])",
    "%%racto --model fast\nas fast as you can",
    "prices = FakeKit(['The tea is $5 and the cake $10.\\n\\n- **one**\\n- two\\n\\n```python\\nprint(\"hi\")\\n```'], repeat_last=True)",
    "%%racto --model prices\nprices",
    "%racto config",
]


@pytest.fixture(scope="module")
def notebook(open_notebook: Callable[[str, list[str]], Notebook]) -> Notebook:
    opened = open_notebook("answers.ipynb", CELLS)
    opened.run(0)
    return opened


def test_the_answer_grows_in_the_page_while_the_cell_runs(notebook: Notebook):
    notebook.start(1)
    notebook.until(1, "node.innerText.includes('word20 ')")
    first = notebook.text(1)
    running = notebook.js("return window.ended[1]")
    notebook.until(1, f"node.innerText.length > {len(first) + 200}")
    notebook.wait(1)
    assert running is False
    assert "word399" not in first
    assert "word399" in notebook.text(1)
    assert "fake:fake-model · " in notebook.text(1)


def test_the_finished_output_is_static_html_with_a_text_twin(notebook: Notebook):
    notebook.run(1)
    outputs = notebook.outputs(1)
    assert [output["output_type"] for output in outputs] == ["display_data"]
    assert sorted(outputs[0]["data"]) == ["text/html", "text/plain"]
    assert "is writing" not in outputs[0]["data"]["text/html"]


def test_the_stop_button_keeps_the_part_shows_one_line_and_leaves_a_usable_kernel(notebook: Notebook):
    notebook.run(2)
    notebook.start(3)
    notebook.until(3, "node.innerText.includes('word50 ')")
    notebook.command("notebook:interrupt-kernel")
    notebook.wait(3)
    answer, error = notebook.outputs(3)
    assert (error["output_type"], error["ename"]) == ("error", "Interrupted")
    assert "word50 " in answer["data"]["text/plain"]
    assert notebook.text(3).strip().splitlines()[-1] == "Interrupted: the partial answer is kept in _racto.text"
    assert "incomplete · fake:fake-model" in notebook.text(3)
    assert notebook.run(4).strip() == "True False"


def test_an_error_is_one_line(notebook: Notebook):
    shown = notebook.run(5).strip()
    assert shown.startswith("UsageError: There is no option '--modle'. Did you mean '--model'")
    assert "\n" not in shown


def test_twenty_thousand_tokens_at_full_speed_arrive_whole(notebook: Notebook):
    notebook.run(6)
    shown = notebook.run(7)
    assert shown.split()[:MANY] == [str(number) for number in range(MANY)]


def test_prices_stay_prices_and_do_not_become_formulas(notebook: Notebook):
    notebook.run(8)
    notebook.run(9)
    notebook.until(9, "node.innerText.includes('print')")
    assert "The tea is $5 and the cake $10." in notebook.text(9)
    assert notebook.count(9, "mjx-container") == 0
    assert notebook.count(9, "li") == 2
    assert notebook.count(9, "pre span[class^=rn-]") > 0


def test_tables_are_set_to_the_left_and_break_no_words_and_code_stands_out(notebook: Notebook):
    notebook.run(9)
    notebook.run(10)
    cell, block = "getComputedStyle(node.querySelector('td'))", "getComputedStyle(node.querySelector('pre'))"
    notebook.until(10, f"{cell}.textAlign === 'left' && {cell}.overflowWrap !== 'anywhere'", timeout=10)
    notebook.until(9, f"{block}.backgroundColor === 'rgb(245, 245, 245)' && {block}.marginBottom !== '0px'", timeout=10)


def test_the_answer_is_saved_exported_and_shown_again_without_its_kernel(notebook: Notebook):
    notebook.run(1)
    saved = notebook.save()["cells"][1]["outputs"]
    assert [sorted(output["data"]) for output in saved] == [["text/html", "text/plain"]]
    assert "word399" in "".join(saved[0]["data"]["text/plain"])

    exported = subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", "--log-level=ERROR", str(notebook.path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "word399" in exported
    assert 'class="racto-answer"' in exported

    notebook.lab.end_sessions()
    notebook.open()
    assert "word399" in notebook.text(1)
    assert "fake:fake-model · " in notebook.text(1)
    assert "Loading widget" not in json.dumps(notebook.outputs(1))
