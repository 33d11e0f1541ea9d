"""A database beside the cells in a real front end: asked, written to, guarded, scrolled, charted, reloaded, left without a kernel."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = (
    "%load_ext racto_nb\nimport polars as pl\nfrom racto_nb.pipelines import SQLAnalystPipeline\n"
    "from racto_nb.testing import FakeKit, FakeReply\n"
    f"probe = {PROBE!r}\n"
    "orders = pl.DataFrame({'product': ['tea', 'cup', 'tea'], 'quantity': [3, 1, 4], 'buyer': ['ada@x', 'bob@x', 'cy@x']})\n"
    "foreign = pl.DataFrame({probe: [probe], 'n': [1]})\n"
    "sold = 'SELECT product, sum(quantity) AS sold FROM orders GROUP BY product ORDER BY sold DESC'\n"
    "kit = FakeKit([sold, '{\"steps\": []}', 'Tea sold **7** times, spoons 900 times. ' + probe, FakeReply(('{',) * 2000, delay=0.05)])\n"
    "pipe = SQLAnalystPipeline(kit, engine={'orders': orders, 'foreign': foreign}, mask_columns=['buyer'], max_rows=0)"
)
CELLS = [
    LOAD,
    "%racto sql pipe",
    "print(analyst.result.frame.rows(), [str(each.question) for each in analyst.gold])",
    "print(analyst.busy, analyst.result.row_count, analyst.frame.row(0), analyst.chart.chart_type)",
]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    return page


def write(page: NotebookPage, sql: str, *, run: bool) -> None:
    field = widget(page, 1).get_by_label("SQL", exact=True)
    field.fill(sql)
    if run:
        field.press("Control+Enter")


def test_a_question_is_answered_and_kept_as_a_gold_pair(opened: NotebookPage):
    shown = widget(opened, 1)
    field = shown.get_by_label("Question", exact=True)
    field.fill("What sells best?")
    field.press("Enter")
    opened.until(1, "node.querySelector('.racto-numbers')?.innerText.includes('not in the rows')")
    opened.until(1, "node.querySelector('.racto-grid-row')?.innerText.includes('tea')")
    shown.get_by_role("button", name="Save as a gold pair").click()
    opened.until(1, "node.innerText.includes('kept')")

    assert opened.run(2).strip() == "[('tea', 7), ('cup', 1)] ['What sells best?']"
    assert shown.get_by_label("SQL", exact=True).input_value().startswith("SELECT product")


def test_the_guard_speaks_while_one_types_and_masks_hold(opened: NotebookPage):
    write(opened, "DROP TABLE orders", run=False)
    opened.until(1, "node.querySelector('.racto-word').innerText.includes('writes')")
    opened.until(1, "node.querySelector('.racto-sql-broken')?.innerText === 'DROP'")
    write(opened, "SELECT buyer, product FROM orders", run=True)
    opened.until(1, "node.querySelector('.racto-grid-row')?.innerText.includes('***MASKED***')")

    assert "ada@x" not in opened.text(1)


def test_a_million_rows_are_walked_through_by_keys_and_put_in_order(opened: NotebookPage):
    write(opened, "SELECT range AS n, 999999 - range AS back FROM range(1000000)", run=True)
    opened.until(
        1, "node.innerText.includes('1,000,000 rows') && node.querySelector('.racto-grid-row')?.innerText.startsWith('0')"
    )
    grid = widget(opened, 1).get_by_role("grid")
    grid.focus()
    grid.press("End")
    opened.until(1, "[...node.querySelectorAll('.racto-grid-row')].some(row => row.innerText.startsWith('999999'))")

    assert opened.count(1, ".racto-grid-row") < 60
    widget(opened, 1).get_by_label("Order by").select_option(label="back")
    opened.until(1, "node.querySelector('[role=columnheader]:nth-child(2)')?.innerText.includes('▲')")
    widget(opened, 1).get_by_role("tab", name="Chart").click()
    widget(opened, 1).get_by_label("Kind").select_option("histogram")
    opened.until(1, "node.querySelectorAll('.racto-chart rect').length > 5")

    assert opened.run(3).strip() == "False 1000000 (999999, 0) histogram"


def test_stop_ends_a_question(opened: NotebookPage):
    field = widget(opened, 1).get_by_label("Question", exact=True)
    field.fill("Long?")
    field.press("Enter")
    opened.until(1, "node.innerText.includes('writing SQL')")
    widget(opened, 1).get_by_role("button", name="Stop", exact=True).click()
    opened.until(1, "node.querySelector('.racto-bad')?.innerText === 'stopped'")


def test_nothing_hostile_runs_and_nobody_is_shut_out(opened: NotebookPage):
    shown = widget(opened, 1)
    for summary in shown.locator(".racto-tree summary").all():
        summary.click()
    write(opened, 'SELECT * FROM "foreign" -- <img src=x onerror="window.__ran=\'sql\'">', run=True)
    opened.until(1, "node.querySelector('[role=columnheader]')?.innerText.includes('<img')")
    assert ran(opened) is None
    shown.get_by_role("button", name="What sells best?").click()
    opened.until(1, "node.querySelector('.racto-answer')?.innerText.includes('<script>')")
    assert ran(opened) is None
    for theme in ("light", "dark"):
        opened.show_in(theme)
        for tab in ("Chart", "Rows"):
            shown.get_by_role("tab", name=tab).click()
            opened.shot(f"sql-{theme}-{tab.lower()}", cell=1)
            assert serious(opened, 1) == []


def test_it_outlives_a_reload_and_stays_readable_without_a_kernel(opened: NotebookPage):
    opened.page.wait_for_timeout(1500)  # until the twin is up to date
    opened.save()
    opened.reload_widget(1)
    opened.until(1, "node.querySelector('.racto-grid-row')?.innerText.includes('tea')")
    assert widget(opened, 1).get_by_label("SQL", exact=True).input_value().startswith("SELECT product")
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('What sells best?') && !node.querySelector('.racto-widget')")
    opened.errors.clear()  # the front end says that the kernel's model is gone
