"""An explorer in a real front end, used as a person would: searched, mapped, lassoed, by hand and by keyboard, reloaded."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = (
    "%load_ext racto_nb\nfrom racto_nb.rag import RactoRAG\nfrom racto_nb.rag.stores import DuckDBStore\n"
    f"from racto_nb.testing import FakeKit\nprobe = {PROBE!r}\n"
    "rag = RactoRAG(DuckDBStore(), embedder=FakeKit(), llm_kit=FakeKit(['Paris **is** [1]. ' + probe], repeat_last=True))\n"
    "for n in range(60): _ = rag.ingest_text(f'Text number {n}. Paris is the capital of topic {n % 5}.', f'facts{n % 4}.txt')\n"
    "_ = rag.ingest_text('capital ' + probe, probe)"
)
CELLS = [
    LOAD,
    "%racto rag rag --compare keyword",
    "print(explorer.question, len(explorer.hits), len(explorer.compared), explorer.answer.outcome)",
    "print(len(explorer.selection), explorer.selection.df.width, explorer.table['n'].to_list())",
]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    page.until(1, "node.innerText.includes('61 chunks')")
    return page


def tab(page: NotebookPage, name: str) -> None:
    widget(page, 1).get_by_role("tab", name=name).click()


def test_a_question_is_searched_answered_and_led_back_to_its_span(opened: NotebookPage):
    question = widget(opened, 1).get_by_label("Question")
    question.fill("capital of topic 3")
    question.press("Enter")
    opened.until(1, "node.querySelectorAll('.racto-found').length === 10 && node.innerText.includes('Both find')")
    widget(opened, 1).get_by_role("button", name="Answer from these hits").click()
    opened.until(1, "node.querySelector('.racto-cites') !== null")

    assert opened.run(2).strip() == "capital of topic 3 5 5 answered"

    widget(opened, 1).get_by_role("link", name="[1]").first.click()
    opened.until(1, "node.querySelector('.racto-focus')?.innerText.includes('Paris')")


def test_the_map_is_lassoed_by_hand_and_by_keyboard_and_sql_reads_the_store(opened: NotebookPage):
    tab(opened, "Map")
    opened.until(1, "node.querySelector('.racto-scatter')?.dataset.drawn === '61' && node.innerText.includes('Trustworthiness')")
    box = widget(opened, 1).locator(".racto-scatter").bounding_box()
    assert box is not None
    mouse = opened.page.mouse
    opened.page.keyboard.down("Shift")
    mouse.move(box["x"] + 5, box["y"] + 5)
    mouse.down()
    for x, y in ((box["width"] - 10, 5), (box["width"] - 10, box["height"] - 10), (5, box["height"] - 10)):
        mouse.move(box["x"] + x, box["y"] + y, steps=4)
    mouse.up()
    opened.page.keyboard.up("Shift")
    opened.until(1, "/61 chosen/.test(node.innerText)")
    scatter = widget(opened, 1).locator(".racto-scatter")
    scatter.focus()
    scatter.press("Escape")
    opened.until(1, "!/ chosen/.test(node.innerText)")
    for _ in range(25):
        scatter.press("]")
    scatter.press("Enter")
    opened.until(1, "/[1-9]\\d* chosen/.test(node.innerText)")
    widget(opened, 1).get_by_text("The points as a table").click()
    opened.until(1, "/facts/.test(node.querySelector('[data-grid=map] .racto-grid-row')?.innerText)")
    tab(opened, "SQL")
    widget(opened, 1).get_by_label("SELECT over").fill("SELECT count(*) AS n FROM chunks")
    widget(opened, 1).get_by_label("SELECT over").press("Control+Enter")
    opened.until(1, "node.querySelector('[data-grid=sql] .racto-grid-row')?.innerText.includes('61')")

    chosen, width, counted = opened.run(3).strip().split(" ", 2)
    assert int(chosen) > 0
    assert (width, counted) == ("8", "[61]")


def test_nothing_hostile_runs_and_nobody_is_shut_out(opened: NotebookPage):
    question = widget(opened, 1).get_by_label("Question")
    question.fill(PROBE)
    question.press("Enter")
    opened.until(1, "!node.querySelector('.racto-search button').disabled && node.innerText.includes('window.__ran')")
    for name in ("Hits", "Map", "Documents", "SQL", "Read files in"):
        tab(opened, name)
        for theme in ("light", "dark") if name in {"Hits", "Documents"} else ("light",):
            opened.show_in(theme)
            opened.shot(f"explorer-{name.split()[0].lower()}-{theme}", cell=1)
            assert serious(opened, 1) == []
    widget(opened, 1).get_by_role("tab", name="Documents").click()
    widget(opened, 1).get_by_role("button", name="window.__ran").first.click()
    opened.until(1, "node.querySelector('.racto-pages')?.innerText.includes('window.__ran')")

    assert ran(opened) is None


def test_it_outlives_a_reload_and_stays_readable_without_a_kernel(opened: NotebookPage):
    opened.page.wait_for_timeout(1500)  # until the twin is up to date
    opened.save()
    opened.reload_widget(1)
    opened.until(1, "node.querySelectorAll('.racto-widget .racto-found').length === 10")
    tab(opened, "Map")
    opened.until(1, "node.querySelector('.racto-scatter')?.dataset.drawn === '61'")
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('61 chunks') && !node.querySelector('.racto-widget')")
    opened.errors.clear()  # the front end says that the kernel's model is gone
