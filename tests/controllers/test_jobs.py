"""A panel of jobs: what it does about what happens, and with real processors and tuners."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from controllers.recorded_comm import RecordedComm
from finetune.tuners import data

from racto_nb.batch import BatchItem, OpenAIBatchProcessor
from racto_nb.exceptions import IngestWarning, TuningWarning, UsageError
from racto_nb.finetune import OpenAIFineTuner
from racto_nb.notebook.controllers.jobs.events import (
    HEARD,
    Cancel,
    Changed,
    Do,
    Every,
    Listed,
    Look,
    LookAround,
    Looked,
    Read,
    Resume,
    Troubled,
)
from racto_nb.notebook.controllers.jobs.state import Costs, Job, JobsState, Told
from racto_nb.notebook.controllers.jobs.update import update
from racto_nb.notebook.controllers.jobs.view import cost_of, progress, twin, view
from racto_nb.notebook.controllers.reading import said
from racto_nb.notebook.widgets.jobs import JobsPanel
from racto_nb.notebook.widgets.jobs.sources import Came
from racto_nb.rag import RactoRAG
from racto_nb.testing import FakeBatch, FakeKit, FakeProvider, FakeTuning

EMPTY = JobsState({"batches": Told("batches"), "tuner": Told("fine-tunes")}, every=5.0)
RUNS = Job("job-1", "in progress", ended=False, done=2, failed=0, total=10, began=100.0)
OVER = Job("job-2", "completed", ended=True, done=9, failed=1, total=10, began=50.0)


def after(state, *events):
    wishes = ()
    for event in events:
        state, wishes = update(state, event)
    return state, list(wishes)


def test_all_sources_are_looked_at_and_jobs_stand_in_the_order_in_which_they_began():
    state, wishes = after(EMPTY, Look())

    assert wishes == [LookAround(5.0, 1)]
    assert state.looking

    state, _ = after(state, Listed("batches", [RUNS, OVER]), Listed("tuner", []), Looked(1))

    assert [job["id"] for job in view(state)["sources"][0]["jobs"]] == ["job-2", "job-1"]
    assert view(state)["status"] == "1 of 2 jobs are under way."
    assert not state.looking


def test_a_source_that_cannot_be_asked_says_why_and_keeps_what_it_told():
    state, _ = after(EMPTY, Listed("batches", [RUNS]), Troubled("batches", "no connection"))

    assert view(state)["sources"][0]["trouble"] == "no connection"
    assert len(view(state)["sources"][0]["jobs"]) == 1
    assert view(after(state, Listed("batches", [RUNS]))[0])["sources"][0]["trouble"] == ""


def test_what_was_read_is_kept_also_when_the_source_tells_of_the_job_no_more():
    state, wishes = after(EMPTY, Listed("batches", [OVER]), Read("batches", "job-2"))

    assert wishes == [Do("read", "batches", "job-2")]
    assert view(state)["sources"][0]["jobs"][0]["doing"] == "reading"

    state, _ = after(state, Changed("batches", "job-2", result="9 answers"), Listed("batches", []))

    assert view(state)["sources"][0]["jobs"][0]["result"] == "9 answers"


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Read("batches", "job-1"), "not ended"), (Cancel("batches", "job-2"), "has ended"), (Cancel("batches", "x"), "no job 'x'"),
        (Cancel("other", "job-1"), "no source"), (Resume("batches", "job-2"), "no way to resume"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_about_a_job_is_refused(event, says):
    state, _ = after(EMPTY, Listed("batches", [RUNS, OVER]))

    with pytest.raises(UsageError, match=says):
        update(state, event)


def test_nothing_is_done_twice_at_once():
    state, _ = after(EMPTY, Listed("batches", [RUNS]), Cancel("batches", "job-1"))

    with pytest.raises(UsageError, match="already"):
        update(state, Cancel("batches", "job-1"))


def test_looking_ends_when_all_jobs_have_and_not_before_all_sources_were_asked():
    state, _ = after(EMPTY, Listed("batches", [OVER]))

    assert not state.all_ended
    assert after(state, Listed("tuner", []))[0].all_ended


def test_a_source_that_could_not_be_asked_yet_may_have_jobs_and_is_asked_again():
    state, _ = after(EMPTY, Listed("batches", [OVER]), Troubled("tuner", "no connection"))

    assert not state.all_ended
    assert "no job" not in twin(after(EMPTY, Troubled("tuner", "no connection"))[0])["text/plain"].lower()
    assert after(state, Listed("tuner", []))[0].all_ended


def test_the_end_of_a_look_that_was_replaced_is_not_the_end_of_the_new_one():
    state, _ = after(EMPTY, Look(), Look(), Looked(1))

    assert state.looking
    assert not after(state, Looked(2))[0].looking


def test_a_job_whose_end_was_taken_in_a_cell_has_ended_and_can_still_be_read():
    own = replace(RUNS, id="own", can=("cancel",))
    state, _ = after(EMPTY, Listed("tuner", []), Listed("batches", [RUNS, own]), Listed("batches", []))
    gone, theirs = state.sources["batches"].jobs.values()

    assert state.all_ended
    assert (gone.status, gone.ended, gone.verbs, theirs.verbs) == ("ended elsewhere", True, ("read",), ())
    assert "cell that waited" in gone.note
    assert not after(state, Listed("batches", [RUNS]))[0].all_ended  # told again, it is as it is told


@pytest.mark.parametrize(
    "content",
    [{"do": "every", "value": -1}, {"do": "every", "value": 1e9}, {"do": "cancel", "source": "a"}, {"do": "look", "x": 1}],
)
def test_what_a_page_says_is_checked(content):
    with pytest.raises(UsageError, match="not understood"):
        said(content, HEARD)


def test_the_twin_is_a_table_and_nothing_in_it_runs():
    hostile = Job("<img src=x onerror=alert(1)>", "<b>x</b>", ended=True, error="<script>1</script>")
    shown = twin(after(EMPTY, Listed("batches", [hostile]))[0])["text/html"]

    assert "<img" not in shown
    assert "<script" not in shown
    assert "no job" in twin(EMPTY)["text/plain"].lower()


def test_progress_says_what_is_known():
    assert [progress(RUNS), progress(OVER), progress(Job("a", "x", ended=False)), progress(Job("a", "x", ended=False, total=5))] == [
        "2 of 10", "10 of 10, 1 failed", "", "5 in all"
    ]  # fmt: skip


def test_a_price_that_nobody_knows_is_said_and_never_nothing():
    jobs = [
        replace(OVER, id="priced", cost=Decimal("0.25")), replace(OVER, id="unpriced"), RUNS,
        replace(OVER, id="unread", pending="when it was read"),
    ]  # fmt: skip
    shown = view(after(EMPTY, Listed("batches", jobs))[0])

    assert [cost_of(job) for job in jobs] == ["$0.25", "price unknown", "not known yet", "known when it was read"]
    assert shown["sources"][0]["cost"] == shown["costs"]["total"] == "$0.25, and 1 of unknown price, 2 not known yet"
    assert view(EMPTY)["costs"]["total"] == ""


def test_the_cost_that_came_with_what_was_read_is_kept():
    unread = replace(OVER, pending="when it was read")
    read = Changed("batches", "job-2", result="9 answers", cost=Decimal("0.5"))
    state, _ = after(EMPTY, Listed("batches", [unread]), Read("batches", "job-2"), read, Listed("batches", [unread]))

    assert view(state)["costs"]["total"] == "$0.50"

    state, _ = after(
        EMPTY, Listed("batches", [unread]), Changed("batches", "job-2", result="9 answers"), Listed("batches", [unread])
    )

    assert view(state)["sources"][0]["jobs"][0]["cost"] == "price unknown"


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


def batches_at(server: FakeProvider, jobs: Path) -> OpenAIBatchProcessor:
    return OpenAIBatchProcessor("gpt-6-luna", api_key="sk-of-the-jobs-tests", base_url=server.base_url("openai"), jobs=jobs)


def until(condition):
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_batches_of_an_earlier_session_are_found_looked_at_and_read(panels, tmp_path):
    with FakeProvider(["Four."], batches=[FakeBatch(polls=2)]) as server:
        job = batches_at(server, tmp_path).submit_batch([BatchItem(custom_id="q1", user_message="2 + 2?")])
        panel = panels(batches=batches_at(server, tmp_path), every=0.05)
        until(lambda: panel.jobs and panel.jobs[0].ended)

        assert [each.id for each in panel.jobs] == [job.job_id]
        results = panel.read("batches", job.job_id)
        assert results[0].response.content == "Four."
        assert panel.results == {job.job_id: results}
        assert panel.cost == Costs(Decimal(0), priced=0, unknown=1, later=0)  # another server takes its own prices
        assert "1" in panel.jobs[0].result


def test_a_batch_is_cancelled(panels, tmp_path):
    with FakeProvider(["Four."], batches=[FakeBatch(polls=50)]) as server:
        job = batches_at(server, tmp_path).submit_batch([BatchItem(custom_id="q1", user_message="2 + 2?")])
        panel = panels(batches=batches_at(server, tmp_path), every=0)
        panel.look()
        panel.cancel("batches", job.job_id)
        until(lambda: "cancel" in panel.jobs[0].status and not panel.jobs[0].doing)


def test_a_server_that_is_gone_is_told_beside_the_jobs_and_no_key_with_it(panels, tmp_path):
    with FakeProvider(["Four."], batches=[FakeBatch(polls=50)]) as server:
        batches_at(server, tmp_path).submit_batch([BatchItem(custom_id="q1", user_message="2 + 2?")])
        away = OpenAIBatchProcessor(
            "gpt-6-luna", api_key="sk-of-the-jobs-tests", base_url=server.base_url("openai"), jobs=tmp_path, max_retries=0
        )
    panel = panels(batches=away, every=0)
    panel.look()

    assert "no connection" in panel.sources[0]["trouble"]
    assert "sk-of-the-jobs-tests" not in str(panel.get_state())


def test_a_tuner_tells_of_its_jobs_and_of_the_model_that_was_made(panels, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server:
        tuner = OpenAIFineTuner("sk-of-the-jobs-tests", base_url=server.base_url("openai"), jobs=tmp_path)
        file = tuner.upload_dataset(data())
        made = tuner.create_job(file, "gpt-6-luna")
        panel = panels(tuner=tuner, every=0.05)
        until(lambda: panel.jobs and panel.jobs[0].ended)

        assert panel.jobs[0].id == made
        assert panel.read("tuner", made)["fine_tuned_model"]
        assert panel.jobs[0].result.startswith("model ft:")


def test_a_tuner_prices_a_job_by_the_tokens_that_were_counted():
    with pytest.warns(TuningWarning):
        tuner = OpenAIFineTuner("sk-of-the-jobs-tests")
    told = {"model": "gpt-4o-mini-2024-07-18", "trained_tokens": 1_000_000}

    assert tuner.cost_of(told) == Decimal(3)
    assert tuner.cost_of(told | {"trained_tokens": None}) is None
    assert tuner.cost_of(told | {"model": "a-model-of-yours"}) is None


class Interrupted:
    """A source of somebody's own whose job was left in the middle, and is asked often."""

    kind = "mine"
    pause = 0.01
    resumed = False
    looks = 0

    async def jobs(self):
        self.looks += 1
        if not self.resumed:
            return [Job("a", "interrupted", ended=True, can=("resume",))]
        return [Job("a", "done", ended=True, cost=Decimal(2))] if self.looks > 5 else [Job("a", "under way", ended=False)]

    async def cancel(self, job_id):
        raise ValueError

    async def read(self, job_id):
        return Came(job_id, "read")

    async def resume(self, job_id):
        self.resumed = True


def test_a_job_that_was_left_in_the_middle_is_gone_on_with_and_looked_at_often(panels):
    panel = panels(mine=Interrupted(), every=60)
    until(lambda: bool(panel.jobs))
    panel.resume("mine", "a")
    until(lambda: panel.jobs[0].status == "done")

    assert panel.cost == Costs(Decimal(2), priced=1, unknown=0, later=0)
    assert panel.read("mine", "a") == "a"


def test_ingestions_are_listed_with_their_progress_and_cost_and_gone_on_with(panels, tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_INGEST_DIR", str(tmp_path / "ingestions"))
    (tmp_path / "a.txt").write_text("One text.")
    rag = RactoRAG(embedder=FakeKit())
    begun = rag.ingestions.begin(tmp_path / "a.txt")
    rag.ingestions.wait_for_completion(begun.id)
    panel = panels(rag=rag, every=0)
    panel.look()

    (job,) = panel.jobs
    assert (job.id, job.status, job.done, job.total, job.cost) == (begun.id, "done", 1, 1, None)
    assert "1 added" in job.result
    assert panel.sources[0]["jobs"][0]["verbs"] == []
    assert panel.sources[0]["jobs"][0]["cost"] == "price unknown"
    with pytest.raises(UsageError, match="no way to resume"):
        panel.resume("rag", begun.id)

    (tmp_path / "ingestions" / "damaged.json").write_text("{")
    with pytest.warns(IngestWarning):
        rag.ingestions.list_jobs()
    panel.look()
    damaged, _ = sorted(panel.jobs, key=lambda job: job.ended and job.status == "done")
    assert (damaged.id, damaged.status, damaged.verbs) == ("damaged.json", "unreadable", ())
    assert "cannot be read" in damaged.error
    rag.close()


class Broken:
    """A source of somebody's own, with an error of its own."""

    kind = "mine"

    async def jobs(self):
        raise ValueError("the table is gone")

    async def cancel(self, job_id):
        raise ValueError

    async def read(self, job_id):
        raise ValueError


def test_a_source_of_ones_own_that_fails_keeps_nobody_waiting(panels):
    panel = panels(mine=Broken(), every=0)
    panel.look()

    assert "the table is gone" in panel.sources[0]["trouble"]


def test_a_page_cannot_make_it_look_all_the_time():
    with pytest.raises(UsageError, match="too much for a provider"):
        update(EMPTY, Every(0.001))


def test_what_has_no_jobs_is_refused():
    with pytest.raises(UsageError, match="int has no jobs"):
        JobsPanel(x=3)
    with pytest.raises(UsageError, match="needs a source"):
        JobsPanel()


def test_the_pause_is_changed_by_the_page(panels, tmp_path):
    with FakeProvider() as server:
        panel = panels(batches=batches_at(server, tmp_path), every=0)
        panel._heard(panel, {"do": "every", "value": 60}, [])
        until(lambda: not panel.looking["now"])

    assert panel.looking["every"] == 60
    assert Every(60.0) == said({"do": "every", "value": 60}, HEARD)
