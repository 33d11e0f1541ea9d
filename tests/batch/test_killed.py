"""A program that is killed, by a real SIGKILL, loses no job and pays none twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from batch.counters import ANTHROPIC, COUNTERS, KEY, called, each_colour, each_counter, items

from racto_nb.batch import BatchError, BatchStatus, BatchUndecidedError, submitting
from racto_nb.testing import FakeBatch, FakeProvider

QUESTIONS = ("France?", "Italy?")
PROGRAM = """
import os, signal, sys
from racto_nb.batch import AnthropicBatchProcessor, BatchItem, GoogleBatchProcessor, OpenAIBatchProcessor, job_files

kind, model, key, address, jobs, more, dies = sys.argv[1:]
if dies == "before":
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    job_files.JobFiles._added = die
processor = globals()[kind](model, api_key=key, base_url=address, jobs=jobs, max_retries=0, **eval(more))
print("ready", flush=True)
questions = [BatchItem(custom_id=f"q{n}", user_message=question) for n, question in enumerate(["France?", "Italy?"])]
job = processor.submit_batch(questions)
print(job.job_id, flush=True)
"""
LONG = 60.0


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "SETTLING", 0.0)


def started(counter, server: FakeProvider, jobs: Path, *, dies: str) -> subprocess.Popen[str]:
    """The program above, about to hand in a batch."""
    told = [counter.kind.__name__, counter.model, KEY, server.base_url(counter.wire), str(jobs), repr(dict(counter.more)), dies]
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *told], stdout=subprocess.PIPE, text=True)


def killed_after_the_job_is_there(counter, server: FakeProvider, jobs: Path) -> None:
    """The provider has the job and has not answered yet: the program could note no id."""
    program = started(counter, server, jobs, dies="")
    assert server.wait_until(lambda: len(server._batches.jobs) == 1, timeout=LONG)
    program.kill()
    out, _ = program.communicate(timeout=LONG)
    assert out.split() == ["ready"]


def killed_before_anything_is_sent(counter, server: FakeProvider, jobs: Path) -> None:
    program = started(counter, server, jobs, dies="before")
    program.communicate(timeout=LONG)
    assert program.returncode == -9
    assert server.requests == []


@each_counter
@each_colour
def test_a_job_that_was_accepted_is_found_again_and_not_paid_twice(counter, colour, tmp_path):
    with FakeProvider(["Paris.", "Rome."], batches=[FakeBatch(delay=LONG)]) as server:
        killed_after_the_job_is_there(counter, server, tmp_path)

        with counter.opened(server, tmp_path) as processor:
            (torn,) = called(colour, processor, "resume")
            assert torn.status is BatchStatus.PENDING
            assert torn.parts == ()
            results = called(colour, processor, "resume", torn.job_id, poll_interval_s=0.01)
            assert called(colour, processor, "resume") == []

        assert [result.response.content for result in results] == ["Paris.", "Rome."]
        assert len(server._batches.jobs) == 1


@each_counter
def test_the_same_items_handed_in_again_go_on_with_the_job_that_was_accepted(counter, tmp_path):
    with FakeProvider(["Paris.", "Rome."], batches=[FakeBatch(delay=LONG)]) as server:
        killed_after_the_job_is_there(counter, server, tmp_path)

        with counter.opened(server, tmp_path) as processor:
            results = processor.submit_and_wait(items(*QUESTIONS), poll_interval_s=0.01)

        assert [result.response.content for result in results] == ["Paris.", "Rome."]
        assert len(server._batches.jobs) == 1


@each_counter
def test_other_items_are_a_job_of_their_own(counter, tmp_path):
    with FakeProvider(["x"], repeat_last=True, batches=[FakeBatch(delay=LONG)]) as server:
        killed_after_the_job_is_there(counter, server, tmp_path)

        with counter.opened(server, tmp_path) as processor:
            processor.submit_and_wait(items("Spain?"))

        assert len(server._batches.jobs) == 2


@each_counter
@each_colour
def test_a_job_that_was_never_sent_is_sent_once(counter, colour, tmp_path):
    with FakeProvider(["Paris.", "Rome."]) as server:
        killed_before_anything_is_sent(counter, server, tmp_path)

        with counter.opened(server, tmp_path) as processor:
            (torn,) = called(colour, processor, "resume")
            with pytest.raises(BatchError, match="nothing of it was handed in"):
                called(colour, processor, "resume", torn.job_id)
            with pytest.raises(BatchError, match="not those of the job"):
                called(colour, processor, "resume", torn.job_id, items=items("Spain?"))
            results = called(colour, processor, "resume", torn.job_id, items=items(*QUESTIONS))

        assert [result.response.content for result in results] == ["Paris.", "Rome."]
        assert len(server._batches.jobs) == 1


@each_counter
def test_the_same_items_handed_in_again_take_the_place_of_what_was_never_sent(counter, tmp_path):
    with FakeProvider(["Paris.", "Rome."]) as server:
        killed_before_anything_is_sent(counter, server, tmp_path)

        with counter.opened(server, tmp_path) as processor:
            processor.submit_and_wait(items(*QUESTIONS))
            assert processor.resume() == []
        assert len(list(tmp_path.iterdir())) == 1


def test_where_no_name_is_kept_a_job_that_runs_is_waited_for_and_nothing_is_sent_meanwhile(tmp_path):
    with FakeProvider(["Paris.", "Rome."], batches=[FakeBatch(polls=3, delay=LONG)]) as server:
        killed_after_the_job_is_there(ANTHROPIC, server, tmp_path)

        with ANTHROPIC.opened(server, tmp_path) as processor:
            with pytest.raises(BatchUndecidedError, match="may be it"):
                processor.submit_batch(items(*QUESTIONS))
            (torn,) = processor.resume()
            results = processor.resume(torn.job_id, poll_interval_s=0.01)

        assert [result.response.content for result in results] == ["Paris.", "Rome."]
        assert len(server._batches.jobs) == 1


def test_where_no_name_is_kept_a_job_with_other_ids_is_not_taken_for_it(tmp_path):
    with FakeProvider(["x"], repeat_last=True) as server:
        with ANTHROPIC.opened(server, tmp_path / "elsewhere") as processor:
            processor.submit_and_wait([*items("a"), items("b", "c")[1].model_copy(update={"custom_id": "other"})])
        server.requests.clear()
        killed_before_anything_is_sent(ANTHROPIC, server, tmp_path)

        with ANTHROPIC.opened(server, tmp_path) as processor:
            record = processor._desk.jobs.send(submitting.Torn(only_job(tmp_path)))
            processor._desk.jobs.send(submitting.Note(record.ref, 0, "submitting"))
            processor.submit_and_wait(items(*QUESTIONS))

        assert len(server._batches.jobs) == 2


def only_job(folder: Path) -> str:
    """The digest of the one job that is written down."""
    import json

    (file,) = folder.glob("*.jsonl")
    return json.loads(file.read_text().splitlines()[0])["digest"]


@pytest.mark.parametrize("counter", COUNTERS[:1], ids=lambda counter: counter.name)
def test_what_is_written_down_holds_no_text_and_no_key(counter, tmp_path):
    with FakeProvider(["Paris.", "Rome."]) as server, counter.opened(server, tmp_path) as processor:
        processor.submit_and_wait(items(*QUESTIONS))
    (file,) = tmp_path.iterdir()
    written = file.read_text()
    assert "q0" in written
    assert not any(text in written for text in ("France", "Paris", KEY))
