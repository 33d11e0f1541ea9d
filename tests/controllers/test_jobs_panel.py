"""A panel of jobs with sources of somebody's own: what it keeps apart, what it waits for, and what it never shows."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from controllers.recorded_comm import RecordedComm

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.jobs.state import Job
from racto_nb.notebook.widgets.jobs import JobsPanel
from racto_nb.notebook.widgets.jobs.sources import Came

KEY = "sk-live-0123456789abcdefghij"


class Source:
    """A source whose answers come when they may."""

    kind = "mine"

    def __init__(self, *jobs: Job, fails: int = 0) -> None:
        self.listed, self.fails, self.looks, self.did = list(jobs), fails, 0, []
        self.may = threading.Event()
        self.may.set()

    async def _wait(self) -> None:
        while not self.may.is_set():  # noqa: ASYNC110  (another thread sets it)
            await asyncio.sleep(0.01)

    async def jobs(self):
        self.looks += 1
        await self._wait()
        if self.looks <= self.fails:
            raise ConnectionError("no network")
        return self.listed

    async def cancel(self, job_id):
        self.did.append(job_id)

    async def read(self, job_id):
        self.did.append(job_id)
        await self._wait()
        return Came((self, job_id), f"read {job_id}")


OVER, RUNS = Job("a", "completed", ended=True), Job("a", "running", ended=False)


@pytest.fixture
def panels():
    """Makes panels that are closed at the end."""
    made = []

    def make(**sources):
        panel = JobsPanel(**sources)
        panel.comm = RecordedComm()
        made.append(panel)
        return panel

    yield make
    for panel in made:
        panel.close()


def until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_look_waits_for_its_own_answers_also_when_another_one_is_under_way(panels):
    source = Source(OVER)
    source.may.clear()
    panel = panels(mine=source, every=30)
    until(lambda: source.looks == 1)
    threading.Timer(0.1, source.may.set).start()
    panel.look()

    assert [job.id for job in panel.jobs] == ["a"]


def test_an_outage_at_the_first_look_does_not_end_the_looking(panels):
    source = Source(OVER, fails=2)
    panel = panels(mine=source, every=0.02)
    until(lambda: bool(panel.jobs))

    assert panel.sources[0]["trouble"] == ""
    assert panel.looking["all_ended"]


def test_jobs_of_two_sources_with_one_id_do_not_touch_each_other(panels):
    first, second = Source(OVER), Source(OVER)
    panel = panels(first=first, second=second, every=0)
    panel.look()
    first.may.clear()
    panel._heard(None, {"do": "read", "source": "first", "id": "a"})
    until(lambda: first.did == ["a"])
    assert panel.read("second", "a") == (second, "a")
    assert panel.results == {"a": (second, "a")}
    first.may.set()
    until(lambda: all(job.result for job in panel.jobs))

    assert panel.results == {"first/a": (first, "a"), "second/a": (second, "a")}


def test_what_is_broken_off_keeps_nobody_waiting(panels):
    class Breaks(Source):
        async def read(self, job_id):
            raise asyncio.CancelledError

    panel = panels(mine=Breaks(OVER), every=0)
    panel.look()

    with pytest.raises(UsageError, match="broken off"):
        panel.read("mine", "a")


def test_a_panel_that_is_closed_while_somebody_waits_for_a_job_says_so(panels):
    source = Source(OVER)
    panel = panels(mine=source, every=0)
    panel.look()
    source.may.clear()
    closing = threading.Thread(target=lambda: (until(lambda: source.did == ["a"]), panel.close()))
    closing.start()

    with pytest.raises(UsageError, match="closed before 'a' was read"):
        panel.read("mine", "a")
    closing.join()


def test_no_text_of_a_source_shows_a_key_of_the_environment(panels, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", KEY)
    told = Job(f"a {KEY}", f"failed {KEY}", ended=True, model=KEY, error=f"401: {KEY}", note=KEY, pending=KEY, result=KEY)
    source = Source(told)
    source.kind = f"at {KEY}"
    panel = panels(mine=source, every=0)
    panel.look()
    (job,) = panel.jobs
    assert job.id == "a [MY_API_KEY]"
    assert panel.read("mine", job.id) == (source, told.id)
    assert panel.jobs[0].result == "read a [MY_API_KEY]"

    class Refuses(Source):
        async def read(self, job_id):
            raise ValueError(f"no answer to {KEY}")

    other = panels(mine=Refuses(told), every=0)
    other.look()
    with pytest.raises(UsageError, match=r"no answer to \[MY_API_KEY\]"):
        other.read("mine", job.id)
    shown = [str(what) for each in (panel, other) for what in (each.get_state(), each._twin(), each.jobs)]

    assert source.did == [told.id]  # the source is asked about its own id
    assert all(KEY not in text for text in shown)
