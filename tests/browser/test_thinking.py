"""Folded thinking in a real front end: closed, opened by the reader's click, and not folded again by the answer's updates."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch
from thinking_kit import LOAD

HOSTILE = "</details><script>window.HACKED=1</script><img src=x onerror='window.HACKED=1'>"
CELLS = [
    f"%load_ext racto_nb\n{LOAD}",
    (
        "kit = ThinkingKit([thoughtful(60, 250, delay=0.02)], repeat_last=True)\n"
        "from racto_nb.testing import FakeReply\n"
        "plan = '**Two** shelves, then `sorted()`:\\n\\n- by author\\n- by year\\n\\n```python\\nfor book in books: print(book)\\n```\\n\\n> A quotation.'\n"
        f"bad = ThinkingKit([FakeReply((Thinks(plan + {HOSTILE!r}), 'The **answer** is 4.'), delay=0.1)], repeat_last=True)"
    ),
    "%%racto --model kit\ngo",
    "%%racto --model bad\ngo",
    "_racto",
    "%%racto --model kit --no-stream --quiet\ngo",
]
OPEN = "node.querySelector('details').open"


@pytest.fixture(scope="module")
def opened(scratch: Scratch) -> NotebookPage:
    page = scratch.open(CELLS)
    for index in range(2):
        page.run(index)
    return page


def test_what_the_reader_opens_stays_open_while_the_answer_grows(opened: NotebookPage):
    opened.start(2)
    opened.until(2, "node.innerText.includes('is thinking …') && node.querySelector('details')?.open === false")
    opened.until(2, "node.innerText.includes('Thought for')")
    opened.output(2).locator("summary").click()
    opened.until(2, f"{OPEN} && node.innerText.includes('so59')")
    seen = opened.text(2).count("word")
    opened.until(2, "node.innerText.includes('word200 ')")
    assert opened.js("return panel.content.widgets[2].outputArea.node.querySelector('details').open") is True
    assert seen < 200
    opened.wait(2)
    opened.until(2, "node.innerText.includes('fake:fake-model ·')")
    assert opened.js("return panel.content.widgets[2].outputArea.node.querySelector('details').open") is True


def test_hostile_thinking_runs_nothing_and_stays_in_its_block(opened: NotebookPage):
    opened.run(3)
    opened.until(3, "node.innerText.includes('The answer is 4')")
    assert opened.page.evaluate("window.HACKED") is None
    assert opened.count(3, "script, img") == 0
    assert opened.count(3, "details") == 1
    assert opened.count(3, "details p, details li") > 2
    assert "by author" not in opened.text(3)


def test_a_result_that_is_shown_again_has_its_thinking_folded(opened: NotebookPage):
    opened.run(4)
    opened.until(4, "node.innerText.includes('Thought')")
    assert opened.count(4, "details") == 1
    assert "by author" not in opened.text(4)


def test_it_looks_well(opened: NotebookPage, theme: str):
    opened.show_in(theme)
    opened.output(3).locator("summary").click()
    opened.shot(f"thinking-{theme}", cell=3)
    opened.output(3).locator("summary").click()
