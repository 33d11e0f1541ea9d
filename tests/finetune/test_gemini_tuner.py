"""Tuning on Vertex AI, over real sockets and Google's own library; and the developer API, which tunes nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from finetune.tuners import PLACE, called, data, each_colour, gemini_tuner

from racto_nb.exceptions import (
    DatasetError,
    MissingExtraError,
    NotFoundError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    TuningError,
    UnsupportedError,
    UsageError,
)
from racto_nb.finetune import GeminiFineTuner, RactoDataset
from racto_nb.testing import FakeFault, FakeProvider, FakeTuning

FILE = "gs://bucket/train.jsonl"
BASE = "gemini-3.5-flash-lite"


@each_colour
def test_a_pipeline_makes_a_job_waits_and_returns_the_endpoint(colour, tmp_path, capsys):
    with FakeProvider(tunings=[FakeTuning(polls=1)]) as server, gemini_tuner(server, tmp_path) as tuner:
        model = called(
            colour, tuner, "run_pipeline", FILE,
            display_name="tutor", epoch_count=3, poll_interval=0.001, validation_dataset="gs://bucket/val.jsonl",
            options={"learning_rate_multiplier": 0.5},
        )  # fmt: skip
    create = server.requests[0]
    assert create.path.endswith(f"/{PLACE}/tuningJobs")
    assert create.headers["authorization"] == "Bearer ***"
    asked = dict(create.json)
    assert asked.pop("labels")["racto_nb_job"].startswith("racto-tune-")
    assert asked == {
        "baseModel": BASE, "tunedModelDisplayName": "tutor",
        "supervisedTuningSpec": {
            "trainingDatasetUri": FILE, "validationDatasetUri": "gs://bucket/val.jsonl",
            "hyperParameters": {"epochCount": "3", "learningRateMultiplier": 0.5},
        },
    } or asked["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == 3  # fmt: skip
    assert model.startswith(f"{PLACE}/endpoints/")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"[GeminiFineTuner] Starting tuning with {FILE}…"
    assert "[GeminiFineTuner] State: RUNNING" in lines
    assert lines[-1] == f"[GeminiFineTuner] Done!  Tuned model: {model}"


@each_colour
def test_a_dataset_is_put_where_the_users_function_puts_it_for_each_job_that_is_made(colour, tmp_path):
    put: list[tuple[str, bytes]] = []

    def upload(name: str, content: bytes) -> str:
        put.append((name, content))
        return f"gs://bucket/{name}"

    with FakeProvider() as server, gemini_tuner(server, tmp_path, upload=upload) as tuner:
        job = called(colour, tuner, "create_job", data())
        assert called(colour, tuner, "create_job", data()) == job
        assert len(put) == 1
        tuner._upload = lambda name, content: f"gs://other/{name}"
        assert called(colour, tuner, "create_job", data(), epoch_count=2) != job
    ((name, content),) = put
    assert server.requests[-1].json["supervisedTuningSpec"]["trainingDatasetUri"] == f"gs://other/{name}"
    assert content.decode() == data().to_jsonl_string("vertex")
    assert content.count(b'"contents"') == 12  # what Vertex reads; the short records are the developer API's
    assert server.requests[0].json["supervisedTuningSpec"]["trainingDatasetUri"] == f"gs://bucket/{name}"


def test_a_coroutine_uploads_for_the_async_methods(tmp_path):
    async def upload(name: str, content: bytes) -> str:
        return f"gs://bucket/{name}"

    with FakeProvider() as server, gemini_tuner(server, tmp_path, upload=upload) as tuner:
        assert called("async", tuner, "create_job", data()).startswith(PLACE)


@each_colour
def test_a_project_has_jobs_of_its_own(colour, tmp_path):
    with FakeProvider() as server:
        jobs = {}
        for place in ({"project": "proj-a"}, {"project": "proj-b"}, {"project": "proj-b", "location": "europe-west4"}):
            with gemini_tuner(server, tmp_path, **place) as tuner:
                jobs[tuple(place.values())] = called(colour, tuner, "create_job", FILE)
        assert jobs["proj-b",].startswith("projects/proj-b/locations/us-central1/")
        assert jobs["proj-b", "europe-west4"].startswith("projects/proj-b/locations/europe-west4/")
        with gemini_tuner(server, tmp_path, project="proj-b") as tuner:
            assert [job.job_id for job in called(colour, tuner, "unfinished_jobs")] == [jobs["proj-b",]]


def test_without_a_way_to_upload_what_to_do_is_said_and_nothing_sent(tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path) as tuner:
        with pytest.raises(UsageError, match=r"export_jsonl\('train.jsonl', provider='vertex'\).*gcloud storage cp"):
            tuner.create_job(data())
        with pytest.raises(UsageError, match=r"gs://bucket/train\.jsonl"):
            tuner.create_job("train.jsonl")
        assert server.requests == []


def test_data_with_errors_is_not_uploaded(tmp_path):
    bad = RactoDataset([*data(), *RactoDataset.from_pairs([("Is it empty?", "")])])
    with FakeProvider() as server, gemini_tuner(server, tmp_path, upload=lambda name, content: pytest.fail(name)) as tuner:
        with pytest.raises(DatasetError):
            tuner.create_job(bad)
        assert server.requests == []


def test_a_function_that_gives_no_address_is_told_of(tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path, upload=lambda name, content: "https://x") as tuner:
        with pytest.raises(TuningError, match="gs://bucket"):
            tuner.create_job(data())
        assert server.requests == []


@each_colour
def test_jobs_and_models_are_looked_at_listed_cancelled_and_deleted(colour, tmp_path):
    with FakeProvider(tunings=[FakeTuning(polls=9), FakeTuning(quick=True)]) as server, gemini_tuner(server, tmp_path) as tuner:
        first = called(colour, tuner, "create_job", FILE)
        second = called(colour, tuner, "create_job", FILE, epoch_count=2, display_name="two")
        assert [job["id"] for job in called(colour, tuner, "list_jobs", limit=5)] == [second, first]
        assert [job["id"] for job in called(colour, tuner, "list_jobs", limit=1)] == [second]
        assert called(colour, tuner, "cancel_job", first)["status"] == "CANCELLED"
        handle = SimpleNamespace(name=second)
        called(colour, tuner, "wait_for_completion", handle, poll_interval=0.001, verbose=False)
        assert called(colour, tuner, "get_status", second)["trained_tokens"] == 12_000
        (model,) = called(colour, tuner, "list_models")
        assert called(colour, tuner, "get_model", model["name"])["display_name"] == "two"
        assert called(colour, tuner, "delete_model", model["name"]) is None
        assert called(colour, tuner, "list_models") == []
        with pytest.raises(NotFoundError):
            called(colour, tuner, "get_model", model["name"])


@each_colour
def test_a_job_that_fails_says_why(colour, tmp_path):
    told: list[dict] = []
    script = FakeTuning(ends="failed", error="No such bucket.")
    with FakeProvider(tunings=[script]) as server, gemini_tuner(server, tmp_path) as tuner:
        with pytest.raises(TuningError, match="'FAILED': 3: No such bucket"):
            called(colour, tuner, "run_pipeline", FILE, poll_interval=0.001, verbose=False, on_event=told.append)
        assert len(server._tunings.jobs) == 1
    assert [event["status"] for event in told] == ["PENDING", "FAILED"]


def test_what_google_refuses_is_a_typed_error(tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path) as tuner:
        server.route("POST /{version}/" + PLACE + "/tuningJobs", FakeFault(status=400, message="Unknown base model."))
        with pytest.raises(RactoGatewayBadRequestError, match="Unknown base model"):
            tuner.create_job(FILE)
        server.route("POST /{version}/" + PLACE + "/tuningJobs", FakeFault(status=403))
        with pytest.raises(RactoGatewayAuthError, match="gcloud auth application-default login"):
            tuner.create_job(FILE)
        assert list(tmp_path.iterdir()) == []


def test_a_key_opens_the_developer_api_which_tunes_nothing(tmp_path, monkeypatch):
    with pytest.raises(UnsupportedError, match=r"without the training data.*Vertex AI only") as caught:
        GeminiFineTuner(api_key="AIza-of-the-tests")
    assert "AIza-of-the-tests" not in str(caught.value)
    for name in ("GOOGLE_CLOUD_PROJECT", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="project"):
        GeminiFineTuner()
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-of-the-tests")
    with pytest.raises(UnsupportedError):
        GeminiFineTuner()
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "my-project")
    with GeminiFineTuner(jobs=tmp_path) as tuner:
        assert repr(tuner) == "GeminiFineTuner(at us-central1-aiplatform.googleapis.com)"


def test_without_a_login_of_google_cloud_the_command_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with GeminiFineTuner(project="my-project", jobs=tmp_path, max_retries=0) as tuner:
        with pytest.raises(RactoGatewayAuthError, match="gcloud auth application-default login"):
            tuner.get_status("projects/p/locations/l/tuningJobs/1")
        tuner.close()


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="google"):
        GeminiFineTuner(project="my-project", jobs=tmp_path)
