"""A classifier panel in a real front end, used as a person would: sorted, stopped, cut, labelled by keys, reloaded."""

from __future__ import annotations

import json

import pytest
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = f"""%load_ext racto_nb
import asyncio, random
import polars as pl
from racto_nb.pipelines.list_classifier import ClassifierResult
probe = {PROBE!r}
names = ["Billing", "Delivery", probe]
class Sorter:
    options, identity, selection_mode, texts_at_once = names, "sorter", "single", 1
    descriptions = {{"Billing": probe}}
    delay = 0.05
    def run(self, text):
        chance = random.Random(text)
        sure = chance.uniform(0.4, 1)
        label = names[len(text) % 3] if chance.random() < sure else names[0]
        rest = (1 - sure) / 2
        scores = {{name: sure if name == label else rest for name in names}}
        return ClassifierResult(user_query=text, options_provided=names, selected=[label], confidences=[sure],
                                all_scores=scores, confidence_kind="logprobs", reasoning=probe)
    async def arun(self, text):
        await asyncio.sleep(self.delay)
        return self.run(text)
    def batch_run(self, texts): return [self.run(text) for text in texts]
    async def abatch_run(self, texts): return [await self.arun(text) for text in texts]
sorter = Sorter()
texts = [f"message {{'x' * (n % 7)}} {{n}} {{probe if n % 10 == 0 else ''}}" for n in range(60)]
df = pl.DataFrame({{"text": texts, "gold": [names[len(text) % 3] if n % 2 else None for n, text in enumerate(texts)]}})
"""
CELLS = [
    LOAD,
    "%racto classify sorter --frame df --column text --truth gold --panel --concurrency 1",
    "sorter.delay = 0\nprint(sum(result is not None for result in panel.results) < 60, panel.busy)",
    "print(len(panel.labelled), panel.labelled[0][1] == names[1], panel.threshold, len(panel.waiting))",
    "print(panel.calibrator is not None, panel.tried is not None)",
]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    return page


def press(page: NotebookPage, name: str, *, exact: bool = False) -> None:
    widget(page, 1).get_by_role("button", name=name, exact=exact).first.click()


def turn(page: NotebookPage, name: str) -> None:
    widget(page, 1).get_by_role("tab", name=name).click()


def test_rows_are_sorted_stopped_and_gone_on_with(opened: NotebookPage):
    press(opened, "Sort 60 rows")
    opened.until(1, "node.querySelector('progress')?.value > 2")
    press(opened, "Stop")
    opened.until(1, "node.innerText.includes('Stopped.')")

    assert opened.run(2).strip() == "True False"

    press(opened, "Sort the other")
    opened.until(1, "node.innerText.includes('Sort all rows anew')")


def test_a_threshold_and_a_cell_of_the_matrix_choose_rows(opened: NotebookPage):
    turn(opened, "Confidence")
    widget(opened, 1).get_by_role("slider").fill("0.8")
    opened.until(1, "node.querySelector('output')?.innerText === '0.80'")
    press(opened, "Delivery taken for Billing")
    opened.until(
        1, "node.innerText.includes('rows: Delivery taken for Billing') && node.querySelectorAll('.racto-grid-row').length > 0"
    )
    opened.until(1, "node.querySelector('.racto-grid-row [role=gridcell]').innerText !== ''")


def test_a_person_labels_with_keys_alone_and_the_confidences_are_calibrated(opened: NotebookPage):
    turn(opened, "Needs a person")
    queue = widget(opened, 1).locator(".racto-queue")
    queue.focus()
    for key in ("2", "s", "1", "2", "u", "ArrowRight", "Enter"):
        before = queue.inner_text()
        queue.press(key)
        opened.until(1, f"node.querySelector('.racto-queue').innerText !== {json.dumps(before)}")

    labelled, is_second, threshold, waiting = opened.run(3).split()
    assert (labelled, is_second, threshold) == ("3", "True", "0.8")
    assert int(waiting) > 3

    turn(opened, "Confidence")
    press(opened, "Calibrate on")
    opened.until(1, "node.innerText.includes('Calibrated by')")
    turn(opened, "Try a text")
    widget(opened, 1).get_by_label("Text to sort").fill("hello")
    press(opened, "Sort it")
    opened.until(1, "node.querySelector('.racto-tried b') !== null")

    assert opened.run(4).strip() == "True True"


def test_nothing_hostile_runs_and_nobody_is_shut_out(opened: NotebookPage):
    for theme in ("light", "dark"):
        opened.show_in(theme)
        for tab in ("Try a text", "Rows", "Confidence", "Needs a person"):
            turn(opened, tab)
            opened.page.wait_for_timeout(200)
            opened.shot(f"classifier-{tab.split()[0].lower()}-{theme}", cell=1)
            assert serious(opened, 1) == []
    assert ran(opened) is None


def test_it_outlives_a_reload_and_stays_readable_without_a_kernel(opened: NotebookPage):
    opened.page.wait_for_timeout(1500)  # until the twin is up to date
    opened.save()
    opened.reload_widget(1)
    # The tab that was open is open again.
    opened.until(1, "node.querySelector('.racto-widget')?.innerText.includes('rows labelled by hand')")
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('right among the answered') && !node.querySelector('.racto-widget')")
    opened.errors.clear()  # the front end says that the kernel's model is gone
