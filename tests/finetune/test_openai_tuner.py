"""Fine-tuning at OpenAI, over real sockets and the real library: upload, job, wait, and what can go wrong."""

from __future__ import annotations

import json
import logging
import sys
from datetime import date
from pathlib import Path

import openai
import pytest
from finetune.tuners import KEY, MODEL, called, data, each_colour, openai_tuner, paths

from racto_nb.exceptions import (
    DatasetError,
    NotFoundError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    TuningError,
    TuningWarning,
    UsageError,
    WrongTypeError,
)
from racto_nb.finetune import OpenAIFineTuner, RactoDataset
from racto_nb.ledger import ledger_at
from racto_nb.providers.openai.tuning import ending, tuning_of
from racto_nb.testing import FakeFault, FakeProvider, FakeTuning


def run(server: FakeProvider, jobs: Path, *, colour: str = "sync", **more):
    with openai_tuner(server, jobs) as tuner:
        given = {"model": MODEL, "poll_interval": 0.001, "verbose": False, **more}
        return called(colour, tuner, "run_pipeline", data(), **given)


@each_colour
def test_a_pipeline_uploads_makes_a_job_waits_and_returns_the_model(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=2)]) as server:
        model = run(server, tmp_path, colour=colour, validation_dataset=data("other"), n_epochs=3, suffix="tutor", seed=7)

    upload, second, create = server.requests[:3]
    assert upload.authorized_with(KEY)
    assert (upload.path, second.path, create.path) == ("/v1/files", "/v1/files", "/v1/fine_tuning/jobs")
    assert b'name="purpose"' in upload.body
    assert b"fine-tune" in upload.body
    assert data().to_jsonl_string("openai").encode() in upload.body
    asked = dict(create.json)
    assert asked.pop("metadata")["racto_nb_job"].startswith("racto-tune-")
    assert asked.pop("training_file") != asked.pop("validation_file")
    assert asked == {
        "model": MODEL, "suffix": "tutor", "seed": 7,
        "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
    }  # fmt: skip
    assert model.startswith(f"ft:{MODEL}:org:tutor:")


@each_colour
def test_the_steps_one_by_one(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server, openai_tuner(server, tmp_path) as tuner:
        file = called(colour, tuner, "upload_dataset", data())
        job = called(colour, tuner, "create_job", file, model=MODEL, n_epochs=3, suffix="")
        assert called(colour, tuner, "get_status", job)["status"] == "validating_files"
        assert [each["id"] for each in called(colour, tuner, "list_jobs")] == [job]
        assert [each.job_id for each in called(colour, tuner, "unfinished_jobs")] == [job]
        model = called(colour, tuner, "wait_for_completion", job, poll_interval=0.001, verbose=False)
        status = called(colour, tuner, "get_status", job)
        assert called(colour, tuner, "unfinished_jobs") == []
        messages = [event["message"] for event in called(colour, tuner, "list_events", job, limit=10)]
        (kept,) = called(colour, tuner, "list_checkpoints", job)
        assert "suffix" not in server.requests[1].json

    assert (status["id"], status["status"], status["fine_tuned_model"]) == (job, "succeeded", model)
    assert (status["training_file"], status["trained_tokens"], status["error"]) == (file, 12_000, None)
    assert messages[0] == "The job has successfully completed"
    assert messages[-1] == f"Created fine-tuning job: {job}"
    assert kept["step_number"] == 10


def test_openais_own_library_takes_the_fake_for_the_real_one():
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server:
        client = openai.OpenAI(api_key="k", base_url=server.base_url("openai"), max_retries=0)
        with client:
            content = data().to_jsonl_string("openai").encode()
            file = client.files.create(file=("train.jsonl", content), purpose="fine-tune")
            assert (file.filename, file.purpose, file.bytes) == ("train.jsonl", "fine-tune", len(content))
            assert [each.id for each in client.files.list(purpose="fine-tune")] == [file.id]
            method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}}
            job = client.fine_tuning.jobs.create(model=MODEL, training_file=file.id, method=method, metadata={"a": "b"})
            states = [client.fine_tuning.jobs.retrieve(job.id).status for _ in range(4)]
            assert states == ["validating_files", "queued", "running", "succeeded"]
            assert [each.metadata for each in client.fine_tuning.jobs.list(limit=1)] == [{"a": "b"}]
            assert len(list(client.fine_tuning.jobs.list_events(job.id, limit=2))) == 5
            assert [each.step_number for each in client.fine_tuning.jobs.checkpoints.list(job.id)] == [10]
            with pytest.raises(openai.BadRequestError, match="does not exist"):
                client.fine_tuning.jobs.create(model=MODEL, training_file="file-none")
            with pytest.raises(openai.BadRequestError, match="Unknown parameter"):
                client.fine_tuning.jobs.create(model=MODEL, training_file=file.id, extra_body={"epochs": 3})
            second = client.fine_tuning.jobs.create(model=MODEL, training_file=file.id)
            assert client.fine_tuning.jobs.cancel(second.id).status == "cancelled"


@each_colour
def test_a_job_that_fails_says_why(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(ends="failed", error="Too few examples.")]) as server:
        with pytest.raises(TuningError, match="ended as 'failed': training_failed: Too few examples") as caught:
            run(server, tmp_path, colour=colour)
        assert caught.value.job in server._tunings.jobs
        again = run(server, tmp_path, colour=colour)  # what failed is made anew, from the file that is there
        assert again.startswith("ft:")
        assert len(server._tunings.jobs) == 2
        assert paths(server).count("POST /v1/files") == 1


@each_colour
def test_a_job_that_is_cancelled_ends_the_wait(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=10**6)]) as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        assert called(colour, tuner, "cancel_job", job)["status"] == "cancelled"
        assert called(colour, tuner, "cancel_job", job)["status"] == "cancelled"
        with pytest.raises(TuningError, match="'cancelled'"):
            called(colour, tuner, "wait_for_completion", job, verbose=False)


@each_colour
def test_a_wait_has_an_end_and_the_job_goes_on(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=10**6)]) as server:
        with pytest.raises(TuningError, match=r"had not ended after 0.05 seconds .*wait_for_completion\('ftjob-") as caught:
            run(server, tmp_path, colour=colour, max_wait_s=0.05)
        with openai_tuner(server, tmp_path) as tuner:
            assert [each.job_id for each in tuner.unfinished_jobs()] == [caught.value.job]
        (job,) = server._tunings.jobs.values()
        assert not job.cancelled


@each_colour
def test_each_event_is_handed_on_once_and_in_order(colour, tmp_path):
    told: list[dict] = []
    with FakeProvider(tunings=[FakeTuning(polls=3)]) as server:
        run(server, tmp_path, colour=colour, on_event=told.append)
    messages = [event["message"] for event in told]
    assert messages[0].startswith("Created fine-tuning job")
    assert messages[-1] == "The job has successfully completed"
    assert any("training loss" in message for message in messages)
    assert len({event["id"] for event in told}) == len(told)


def test_a_look_that_fails_is_repeated(tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server, openai_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        server.route("GET /v1/fine_tuning/jobs/{job}", *[FakeFault(status=503)] * 3, repeat_last=False)
        assert tuner.wait_for_completion(job, poll_interval=0.001, verbose=False).startswith("ft:")
        server.route("GET /v1/fine_tuning/jobs/{job}", FakeFault(status=401))
        with pytest.raises(RactoGatewayAuthError, match=r"is not lost: wait_for_completion"):
            tuner.wait_for_completion(job, poll_interval=0.001, verbose=False)


def test_a_server_without_events_is_waited_for_all_the_same(tmp_path):
    told: list[dict] = []
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server:
        server.route("GET /v1/fine_tuning/jobs/{job}/events", FakeFault(status=404))
        assert run(server, tmp_path, on_event=told.append).startswith("ft:")
    assert paths(server).count(next(path for path in paths(server) if path.endswith("/events"))) == 1


def test_what_the_documents_print_is_said(tmp_path, capsys):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server:
        model = run(server, tmp_path, verbose=True)
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert shown.out == ""
    assert lines[0] == "[OpenAIFineTuner] Uploading 12 training examples…"
    assert lines[1].startswith("[OpenAIFineTuner] Training file: file-")
    assert lines[2].startswith("[OpenAIFineTuner] Job created: ftjob-")
    assert any(line.startswith("[OpenAIFineTuner] Job ftjob-") and line.endswith("→ running") for line in lines)
    assert lines[-1] == f"[OpenAIFineTuner] Done!  Fine-tuned model: {model}"


def test_who_listens_to_the_log_gets_the_lines_in_place_of_standard_error(tmp_path, caplog, capsys):
    with FakeProvider() as server, caplog.at_level(logging.INFO, "racto_nb.finetune.progress"):
        run(server, tmp_path, verbose=True)
    assert capsys.readouterr().err == ""
    assert caplog.messages[0] == "[OpenAIFineTuner] Uploading 12 training examples…"
    assert caplog.records[-1].tuning_run.lines == caplog.messages


def test_without_verbose_nothing_is_said(tmp_path, capsys, caplog):
    with FakeProvider() as server, caplog.at_level(logging.INFO):
        run(server, tmp_path)
    assert "OpenAIFineTuner" not in capsys.readouterr().err + caplog.text


def test_data_with_errors_stops_before_anything_is_sent(tmp_path):
    bad = RactoDataset([*data(), *RactoDataset.from_pairs([("Is it empty?", "")])])
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        with pytest.raises(DatasetError, match="Nothing was sent") as caught:
            tuner.run_pipeline(bad, MODEL)
        assert caught.value.example == 12
        with pytest.raises(DatasetError):
            tuner.upload_dataset(bad)
        with pytest.raises(DatasetError, match="no examples"):
            tuner.upload_dataset(RactoDataset())
        assert server.requests == []
        assert tuner.upload_dataset(bad, check=False).startswith("file-")


def test_what_is_trained_on_is_not_what_it_is_measured_with(tmp_path):
    with FakeProvider() as server:
        with pytest.raises(DatasetError, match="in the validation data too"):
            run(server, tmp_path, validation_dataset=data(count=10))
        assert server.requests == []


def test_the_same_data_is_uploaded_once_while_it_is_there(tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        first = tuner.upload_dataset(data())
        assert tuner.upload_dataset(data()) == first
        assert tuner.upload_dataset(data("other")) != first
        del server._batches.told[first]  # somebody deletes it
        assert tuner.upload_dataset(data()) != first


def test_the_same_job_is_made_once_until_its_end_was_told(tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        file = tuner.upload_dataset(data())
        first = tuner.create_job(file, MODEL)
        assert tuner.create_job(file, MODEL) == first
        other = tuner.create_job(file, MODEL, n_epochs=2)
        assert other != first
        tuner.wait_for_completion(first, poll_interval=0.001, verbose=False)
        assert tuner.create_job(file, MODEL) not in {first, other}


def test_what_the_server_refuses_is_a_typed_error_and_leaves_nothing_behind(tmp_path):
    with FakeProvider() as server, openai_tuner(server, tmp_path) as tuner:
        with pytest.raises(RactoGatewayBadRequestError, match="does not exist"):
            tuner.create_job("file-none", MODEL)
        server.route(
            "POST /v1/fine_tuning/jobs", FakeFault(status=403, message="Fine-tuning is not available to your organization.")
        )
        with pytest.raises(RactoGatewayAuthError, match="not available to your organization"):
            tuner.create_job("file-none", MODEL)
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(NotFoundError, match="fine-tuning"):
            tuner.get_status("ftjob-none")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"n_epochs": 0}, UsageError), ({"n_epochs": 1.5}, UsageError), ({"batch_size": True}, UsageError),
        ({"learning_rate_multiplier": -1}, UsageError), ({"method": "sft"}, UsageError), ({"suffix": "x" * 65}, UsageError),
        ({"model": " "}, UsageError), ({"model": 3}, WrongTypeError), ({"poll_interval": 0}, UsageError),
        ({"max_wait_s": -1}, UsageError), ({"on_event": "me"}, WrongTypeError), ({"method_options": {"a": object()}}, UsageError),
    ],
)  # fmt: skip
def test_what_is_written_wrongly_is_refused(given, error, tmp_path):
    with FakeProvider() as server:
        with pytest.raises(error):
            run(server, tmp_path, **given)
        assert not [path for path in paths(server) if "fine_tuning" in path]


def test_the_hyperparameters_of_other_methods():
    grader = {"type": "string_check", "name": "g"}
    assert tuning_of("reinforcement", {"n_epochs": "auto"}, {"grader": grader}) == {
        "type": "reinforcement",
        "reinforcement": {"grader": grader},
    }
    assert tuning_of("supervised", {}, {}) == {"type": "supervised"}


def test_at_openai_itself_the_end_is_told_with_its_dates_and_elsewhere_not(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.warns(TuningWarning, match=r"2026-07-02.*2027-01-06") as told:
        OpenAIFineTuner(api_key=KEY, jobs=tmp_path)
    assert told[0].filename == __file__
    assert "takes no new jobs" in ending(date(2027, 1, 6))
    with FakeProvider() as server:
        openai_tuner(server, tmp_path).close()


def test_the_key_is_in_no_repr_error_line_or_file(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with FakeProvider(keys=["another"]) as server, openai_tuner(server, tmp_path) as tuner:
        with pytest.raises(RactoGatewayAuthError) as caught:
            tuner.upload_dataset(data())
        assert KEY not in f"{tuner!r} {tuner._desk!r} {caught.value} {vars(caught.value)}"
    with FakeProvider() as server:
        run(server, tmp_path, verbose=True)
    assert KEY not in capsys.readouterr().err
    written = "".join(file.read_text() for file in tmp_path.iterdir())
    assert KEY not in written
    assert "river" not in written
    with pytest.raises(RactoGatewayAuthError):
        OpenAIFineTuner(jobs=tmp_path, base_url="https://api.openai.com/v1")


def test_a_job_is_one_row_of_the_ledger_with_its_tokens_however_often_its_end_is_seen(tmp_path):
    with (
        FakeProvider(tunings=[FakeTuning(tokens=9_000)]) as server,
        ledger_at(tmp_path.parent / "book") as book,
        openai_tuner(server, tmp_path) as tuner,
    ):
        job = tuner.create_job(tuner.upload_dataset(data()), MODEL)
        tuner.wait_for_completion(job, poll_interval=0.001, verbose=False)
        tuner.get_status(job)
        rows = book.sql("SELECT kind, model, input_tokens, finish_reason FROM calls").rows()
    assert rows == [("tuning", MODEL, 9_000, "succeeded")]


def test_nothing_of_the_library_is_imported_with_the_names():
    import subprocess

    code = "import racto_nb; racto_nb.OpenAIFineTuner, racto_nb.GeminiFineTuner; import sys; print([m for m in ('openai', 'google.genai', 'numpy', 'pandas', 'polars') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_job_files_are_json(tmp_path):
    with FakeProvider() as server:
        run(server, tmp_path)
    for file in tmp_path.iterdir():
        assert all(json.loads(line)["record"] in {"job", "part", "end"} for line in file.read_text().splitlines())
