"""A chat in a real front end, used as a person would: typed, clicked, stopped, reloaded, left without a kernel."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbconvert import HTMLExporter
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = (
    "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit, FakeReply\n"
    f"probe = {PROBE!r}\n"
    "def words(count, delay=0.02): return FakeReply(tuple(f'word{n} ' for n in range(count)), delay=delay)\n"
    "kit = FakeKit([words(30), '# Title\\n\\nSome **bold** text\\n\\n- one\\n- two', words(5000), 'Another one.', probe], repeat_last=True)"
)
RAW = (
    "import anywidget, traitlets\n"
    "class Raw(anywidget.AnyWidget):\n"
    "    text = traitlets.Unicode(probe).tag(sync=True)\n"
    "    _esm = \"export default {render({model, el}) { el.classList.add('raw-markup'); el.innerHTML = model.get('text'); }}\"\n"
    "Raw()"
)
"""What a careless widget would do."""
CELLS = [
    LOAD,
    "%racto chat kit",
    "print([message.content[:12] for message in chat.messages])",
    "print(chat.last.text[:10], chat.busy)",
    RAW,
]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    return page


def ask(page: NotebookPage, text: str) -> None:
    field = widget(page, 1).get_by_label("Message")
    field.fill(text)
    field.press("Enter")


def test_a_question_is_answered_and_python_sees_both(opened: NotebookPage):
    ask(opened, "First?")
    opened.until(1, "node.innerText.includes('word29') && node.innerText.includes('tokens')")
    ask(opened, "Second?")
    opened.until(1, "node.querySelector('.racto-answer h1')?.innerText === 'Title'")

    assert opened.run(2).strip() == "['First?', 'word0 word1 ', 'Second?', '# Title\\n\\nSom']"


def test_stop_keeps_what_came_and_regenerate_asks_again(opened: NotebookPage):
    ask(opened, "Long?")
    opened.until(1, "node.innerText.includes('word40')")  # the first answer had 30 words
    widget(opened, 1).get_by_role("button", name="Stop", exact=True).first.click()
    opened.until(1, "node.innerText.includes('stopped')")

    assert opened.run(3).strip() == "word0 word False"

    widget(opened, 1).get_by_role("button", name="Regenerate").last.click()
    opened.until(1, "node.innerText.includes('Another one.')")


def test_nothing_hostile_runs_and_nobody_is_shut_out(opened: NotebookPage):
    ask(opened, PROBE)
    opened.until(1, "node.querySelectorAll('.racto-asked').length === 4 && !node.querySelector('[aria-busy=true]')")

    assert ran(opened) is None
    for theme in ("light", "dark"):
        opened.show_in(theme)
        opened.shot(f"chat-{theme}", cell=1)
        assert serious(opened, 1) == []


def test_it_outlives_a_reload_and_stays_readable_without_a_kernel(opened: NotebookPage):
    opened.page.wait_for_timeout(1500)  # until the twin is up to date
    page, _ = HTMLExporter().from_notebook_node(nbformat.reads(json.dumps(opened.save()), as_version=4))
    assert page.count("<p>Another one.</p>") == 1
    assert "unpkg.com/@jupyter-widgets" not in page
    opened.reload_widget(1)
    opened.until(1, "node.querySelectorAll('.racto-widget .racto-asked').length === 4")
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('Another one.') && !node.querySelector('.racto-widget')")
    opened.errors.clear()  # the front end says that the kernel's model is gone


def test_the_hostile_text_does_run_where_a_page_takes_it_for_markup(opened: NotebookPage):
    opened.run(0)
    opened.run(4)
    opened.until(4, "!!node.querySelector('.raw-markup')")

    assert ran(opened) is not None
    opened.errors.clear()  # the picture that is none
