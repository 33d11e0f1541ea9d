"""The end of a job: who was told of it, and what may go wrong on the way there without ending the wait."""

from __future__ import annotations

import json
import logging
import sys

import openai
import pytest
from finetune.tuners import MODEL, called, data, each_colour, openai_tuner, paths

from racto_nb.batch.job_files import Create, JobFiles, Note
from racto_nb.batch.records import Draft
from racto_nb.exceptions import RactoGatewayBadRequestError, RactoGatewayConnectionError, TuningError, UsageError
from racto_nb.finetune.tuning import desk
from racto_nb.flow import retrying
from racto_nb.flow.effects import sleep
from racto_nb.testing import FakeBody, FakeFault, FakeProvider, FakeTuning

JOB = "GET /v1/fine_tuning/jobs/{job}"
EVENTS = f"{JOB}/events"


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "SETTLING", 0.0)


def wait(tuner, job, colour="sync", **more):
    return called(colour, tuner, "wait_for_completion", job, **{"poll_interval": 0.001, "verbose": False, **more})


def event(number: int, **more) -> dict:
    return {"object": "fine_tuning.job.event", "created_at": number, "level": "info", "message": f"Step {number}", **more}


def page(events: list[dict], *, more: bool = False) -> FakeBody:
    return FakeBody(json.dumps({"object": "list", "data": events, "has_more": more}).encode())


@each_colour
def test_a_look_at_a_job_that_ended_is_not_its_end_told(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(quick=True)]) as server, openai_tuner(server, tmp_path) as tuner:
        file = tuner.upload_dataset(data())
        job = tuner.create_job(file, MODEL)
        assert called(colour, tuner, "get_status", job)["status"] == "succeeded"
        assert called(colour, tuner, "cancel_job", job)["status"] == "succeeded"
        assert [each.job_id for each in tuner.unfinished_jobs()] == [job]
        assert tuner.create_job(file, MODEL) == job
        wait(tuner, job)
        assert tuner.unfinished_jobs() == []


def test_a_job_that_was_cancelled_is_nobodys_any_more_and_made_anew(tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        file = tuner.upload_dataset(data())
        job = tuner.create_job(file, MODEL)
        tuner.cancel_job(job)
        assert tuner.unfinished_jobs() == []
        assert tuner.create_job(file, MODEL) != job


@each_colour
def test_a_broken_display_loses_no_model(colour, tmp_path, monkeypatch):
    class Broken:
        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

        def flush(self) -> None: ...

    monkeypatch.setattr(sys, "stderr", Broken())
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        given = {"model": MODEL, "poll_interval": 0.001}
        assert called(colour, tuner, "run_pipeline", data(), **given).startswith("ft:")


def test_a_program_that_is_stopped_at_the_last_line_has_not_been_told(tmp_path, monkeypatch, request):
    class Stopping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "Done!" in record.getMessage():
                raise KeyboardInterrupt

    log = logging.getLogger("racto_nb.finetune.progress")
    monkeypatch.setattr(log, "handlers", [Stopping()])
    request.addfinalizer(lambda: log.setLevel(logging.NOTSET))
    log.setLevel(logging.INFO)
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        with pytest.raises(KeyboardInterrupt):
            tuner.run_pipeline(data(), MODEL, poll_interval=0.001)
        assert tuner.run_pipeline(data(), MODEL, poll_interval=0.001, verbose=False).startswith("ft:")
        assert len(server._tunings.jobs) == 1


@each_colour
@pytest.mark.parametrize("status", [400, 403, 500])
def test_events_that_cannot_be_had_do_not_end_the_wait(status, colour, tmp_path):
    told: list[dict] = []
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        server.route(EVENTS, *[FakeFault(status=status)] * 2, repeat_last=False)
        assert wait(tuner, job, colour, on_event=told.append).startswith("ft:")
    assert told[0]["message"].startswith("Created fine-tuning job")
    assert told[-1]["message"] == "The job has successfully completed"


@each_colour
def test_all_events_of_a_long_job_are_handed_on_in_their_order(colour, tmp_path):
    told: list[dict] = []
    events = [event(number, id=f"e-{number}") for number in range(1200, 0, -1)]
    pages = [page(events[at : at + 100], more=at < 1100) for at in range(0, 1200, 100)]
    with FakeProvider(tunings=[FakeTuning(quick=True)]) as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        server.route(EVENTS, *pages)
        wait(tuner, job, colour, on_event=told.append)
    assert [each["message"] for each in told] == [f"Step {number}" for number in range(1, 1201)]


def test_events_without_ids_are_handed_on_once(tmp_path):
    told: list[dict] = []
    with FakeProvider(tunings=[FakeTuning(polls=2)]) as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        server.route(EVENTS, page([event(1)]), page([event(2), event(1)]))
        wait(tuner, job, on_event=told.append)
    assert [each["message"] for each in told] == ["Step 1", "Step 2"]


@each_colour
def test_a_server_that_says_nothing_ends_the_wait_in_time(colour, tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        server.route(JOB, FakeFault(status=503, delay=600))
        with pytest.raises(TuningError, match=r"had not ended after 0\.2 seconds"):
            wait(tuner, job, colour, max_wait_s=0.2)


@each_colour
@pytest.mark.parametrize("after", [50, None])
def test_no_pause_between_two_tries_is_longer_than_the_wait(colour, after, tmp_path, monkeypatch):
    paused: list[float] = []
    monkeypatch.setattr(retrying, "sleep", lambda seconds, **more: paused.append(seconds) or sleep(seconds, **more))
    with FakeProvider() as server, openai_tuner(server, tmp_path, max_retries=5) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        server.route(JOB, FakeFault(status=503, retry_after=after))
        with pytest.raises(TuningError, match=r"had not ended after 0\.9 seconds"):
            wait(tuner, job, colour, max_wait_s=0.9, poll_interval=9)
    assert sum(paused) <= 0.9


@each_colour
def test_a_job_that_ends_while_it_is_cancelled_is_told_as_it_is(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=9)]) as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        cancel = "POST /v1/fine_tuning/jobs/{job}/cancel"
        server.route(cancel, FakeFault(status=400, message="It has ended."))
        with pytest.raises(RactoGatewayBadRequestError, match="It has ended"):
            called(colour, tuner, "cancel_job", job)
        server._tunings.jobs[job].script = FakeTuning(polls=server._tunings.jobs[job].looks - 1)
        assert called(colour, tuner, "cancel_job", job)["status"] == "succeeded"


def test_an_async_listener_is_refused_before_anything_is_sent(tmp_path):
    async def hear(event: object) -> None: ...

    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        with pytest.raises(UsageError, match="on_event= is an async function"):
            tuner.run_pipeline(data(), MODEL, on_event=hear)
        assert server.requests == []


def torn(tuner, file: str) -> str:
    """A job whose program died while it made it; its name here."""
    files = tuner._desk.jobs
    assert isinstance(files, JobFiles)
    (kept,) = [files._read(path) for path in files._paths()]
    asked = {"model": MODEL, "training_file": kept.digest, "method": {"type": "supervised"}}
    digest = tuner._desk.digest("job", asked)
    record = files.send(Create(Draft("openai", tuner._desk.account, MODEL, "", digest, ("job",), ())))
    files.send(Note(record.ref, 0, "submitting"))
    return record.ref


@each_colour
def test_a_torn_job_is_listed_and_found_by_its_own_name(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(quick=True)]) as server, openai_tuner(server, tmp_path) as tuner:
        file = tuner.upload_dataset(data())
        ref = torn(tuner, file)
        assert [each.job_id for each in called(colour, tuner, "unfinished_jobs")] == [ref]
        with pytest.raises(TuningError, match="The same call as then makes it anew"):
            wait(tuner, ref, colour)
        with openai.OpenAI(api_key="k", base_url=server.base_url("openai"), max_retries=0) as client:
            made = client.fine_tuning.jobs.create(model=MODEL, training_file=file, metadata={"racto_nb_job": f"{ref}/0"})
        assert wait(tuner, ref, colour).startswith("ft:")
        assert list(server._tunings.jobs) == [made.id]
        assert tuner.unfinished_jobs() == []


@each_colour
def test_a_torn_job_at_a_server_without_a_list_is_told_of_once_and_then_made(colour, tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        file = tuner.upload_dataset(data())
        torn(tuner, file)
        server.route("GET /v1/fine_tuning/jobs", FakeFault(status=404))
        with pytest.raises(TuningError, match="has no list to look for it in"):
            called(colour, tuner, "create_job", file, MODEL)
        job = called(colour, tuner, "create_job", file, MODEL)
        assert list(server._tunings.jobs) == [job]
        assert paths(server).count("POST /v1/fine_tuning/jobs") == 1


@each_colour
def test_a_job_whose_answer_was_lost_is_found_before_it_is_made_again(colour, tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        file = tuner.upload_dataset(data())
        server.route("POST /v1/fine_tuning/jobs", FakeFault(status=503, before_headers=True), repeat_last=False)
        with pytest.raises(RactoGatewayConnectionError, match="Whether the job was made is not known"):
            called(colour, tuner, "create_job", file, MODEL)
        job = called(colour, tuner, "create_job", file, MODEL)
        assert list(server._tunings.jobs)[-1] == job
