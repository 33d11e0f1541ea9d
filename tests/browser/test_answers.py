"""A `%%racto` cell in a real front end: it streams, it stops, and what is left is a document that needs no kernel."""

from __future__ import annotations

import json

import pytest
from notebook_page import NotebookPage, Scratch

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
def page(scratch: Scratch) -> NotebookPage:
    opened = scratch.open(CELLS)
    opened.run(0)
    return opened


def test_the_answer_grows_in_the_page_while_the_cell_runs(page: NotebookPage):
    page.start(1)
    page.until(1, "node.innerText.includes('word20 ')")
    first = page.text(1)
    running = page.ended(1)
    page.until(1, f"node.innerText.length > {len(first) + 200}")
    page.wait(1)
    assert running is False
    assert "word399" not in first
    assert "word399" in page.text(1)
    assert "fake:fake-model · " in page.text(1)


def test_the_finished_output_is_static_html_with_a_text_twin(page: NotebookPage):
    page.run(8)
    page.run(9)
    outputs = page.outputs(9)
    assert [output["output_type"] for output in outputs] == ["display_data"]
    assert sorted(outputs[0]["data"]) == ["text/html", "text/plain"]
    assert "is writing" not in outputs[0]["data"]["text/html"]


def test_the_stop_button_keeps_the_part_shows_one_line_and_leaves_a_usable_kernel(page: NotebookPage):
    page.run(2)
    page.start(3)
    page.until(3, "node.innerText.includes('word50 ')")
    page.interrupt()
    page.wait(3)
    answer, error = page.outputs(3)
    assert (error["output_type"], error["ename"]) == ("error", "Interrupted")
    assert "word50 " in answer["data"]["text/plain"]
    assert page.text(3).strip().splitlines()[-1] == "Interrupted: the partial answer is kept in _racto.text"
    assert "incomplete · fake:fake-model" in page.text(3)
    assert page.run(4).strip() == "True False"


def test_an_error_is_one_line(page: NotebookPage):
    shown = page.run(5).strip()
    assert shown.startswith("UsageError: There is no option '--modle'. Did you mean '--model'")
    assert "\n" not in shown


def test_twenty_thousand_tokens_at_full_speed_arrive_whole(page: NotebookPage):
    page.run(6)
    shown = page.run(7)
    assert shown.split()[:MANY] == [str(number) for number in range(MANY)]


def test_prices_stay_prices_and_do_not_become_formulas(page: NotebookPage):
    page.run(8)
    page.run(9)
    page.until(9, "node.innerText.includes('print')")
    assert "The tea is $5 and the cake $10." in page.text(9)
    assert page.count(9, "mjx-container") == 0
    assert page.count(9, "li") == 2
    assert page.count(9, "pre span[class^=rn-]") > 0


def test_tables_are_set_to_the_left_and_break_no_words_and_code_stands_out(page: NotebookPage):
    page.run(9)
    page.run(10)
    cell, block = "getComputedStyle(node.querySelector('td'))", "getComputedStyle(node.querySelector('pre'))"
    page.until(10, f"{cell}.textAlign === 'left' && {cell}.overflowWrap !== 'anywhere'", timeout=10)
    page.until(9, f"{block}.backgroundColor === 'rgb(245, 245, 245)' && {block}.marginBottom !== '0px'", timeout=10)


def test_the_answer_is_saved_and_shown_again_without_its_kernel(page: NotebookPage):
    page.run(8)
    page.run(9)
    saved = page.save()["cells"][9]["outputs"]
    assert [sorted(output["data"]) for output in saved] == [["text/html", "text/plain"]]
    assert "The tea is $5" in "".join(saved[0]["data"]["text/plain"])
    page.server.end_sessions(page.path.name)
    page.reload()
    assert "The tea is $5" in page.text(9)
    assert "fake:fake-model · " in page.text(9)
    assert "Loading widget" not in json.dumps(page.outputs(9))
