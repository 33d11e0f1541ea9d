"""A panel of jobs in a real front end: looked at, cancelled after a second thought, read, reloaded, left without a kernel."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = (
    "%load_ext racto_nb\nimport tempfile\nfrom racto_nb.batch import BatchItem, OpenAIBatchProcessor\n"
    "from racto_nb.testing import FakeBatch, FakeProvider\n"
    f"probe = {PROBE!r}\n"
    "server = FakeProvider(['Four.'], batches=[FakeBatch(), FakeBatch(polls=1000), FakeBatch(ends='failed', error=probe)])\n"
    "server.__enter__()\n"
    "batches = OpenAIBatchProcessor('gpt-6-luna', api_key='any', base_url=server.base_url('openai'), jobs=tempfile.mkdtemp())\n"
    "made = [batches.submit_batch([BatchItem(custom_id='q', user_message=f'{n} + 2?')]).job_id for n in (1, 2, 3)]"
)
CELLS = [LOAD, "%racto jobs --every 0", "print(jobs.results[made[0]][0].response.content)", "print(jobs.jobs[1].status)"]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    return page


def test_jobs_are_looked_at_and_read(opened: NotebookPage):
    panel = widget(opened, 1)
    panel.get_by_role("button", name="Look now").click()
    opened.until(1, "node.innerText.includes('completed') && node.innerText.includes('failed')")
    panel.get_by_role("button", name="Read what came of").first.click()
    opened.until(1, "node.innerText.includes('Read again')")

    assert opened.run(2).strip() == "Four."


def test_a_job_is_cancelled_by_the_second_press_only(opened: NotebookPage):
    button = widget(opened, 1).get_by_role("button", name="Cancel").first
    button.focus()
    opened.page.keyboard.press("Enter")
    opened.until(1, "node.innerText.includes('Really cancel?')")
    opened.page.keyboard.press("Enter")
    # "cancelling …" goes when the provider was told, and what it says of the job comes after that.
    opened.until(1, "node.querySelectorAll('tbody tr')[1].cells[1].innerText.startsWith('cancel')")

    assert "cancel" in opened.run(3)


def test_nothing_hostile_runs_nobody_is_shut_out_and_it_stays_readable(opened: NotebookPage):
    assert ran(opened) is None
    for theme in ("light", "dark"):
        opened.show_in(theme)
        opened.shot(f"jobs-{theme}", cell=1)
        assert serious(opened, 1) == []
    opened.page.wait_for_timeout(1500)
    opened.save()
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('completed') && !node.querySelector('.racto-widget')")
    opened.errors.clear()
