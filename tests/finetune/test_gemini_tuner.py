"""Tuning on Vertex AI, over real sockets and Google's own library; and the developer API, which tunes nothing."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import pytest
from finetune.tuners import PLACE, called, data, each_colour, gemini_tuner
from google.oauth2.credentials import Credentials

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


@each_colour
@pytest.mark.parametrize("method", ["BAD", "dpo", "PREFERENCE", "supervised_fine_tuning"])
def test_a_method_that_is_none_is_refused_before_anything_is_sent(colour, method, tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path) as tuner:
        for given in ({"method": method}, {"options": {"method": method}}):
            with pytest.raises(UsageError, match="method is one of 'SUPERVISED_FINE_TUNING'"):
                called(colour, tuner, "run_pipeline", FILE, verbose=False, **given)
        assert server.requests == []


def test_the_method_in_the_options_decides_the_format(tmp_path):
    put: list[bytes] = []
    pairs = data().to_jsonl_string("vertex").encode()

    def upload(name: str, content: bytes) -> str:
        put.append(content)
        return f"gs://bucket/{name}"

    with FakeProvider() as server, gemini_tuner(server, tmp_path, upload=upload) as tuner:
        tuner.create_job(data(), options={"method": "SUPERVISED_FINE_TUNING"}, method="PREFERENCE_TUNING")
        assert put == [pairs]
        assert "supervisedTuningSpec" in server.requests[0].json
        tuner.create_job(FILE, options={"method": "PREFERENCE_TUNING"})
        assert server.requests[-1].json["preferenceOptimizationSpec"]["trainingDatasetUri"] == FILE


@each_colour
def test_options_that_the_library_does_not_know_leave_nothing_behind(colour, tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path) as tuner:
        with pytest.raises(UsageError, match="no_such_thing"):
            called(colour, tuner, "create_job", FILE, options={"no_such_thing": "a private value"})
        assert server.requests == []
        assert list(tmp_path.iterdir()) == []


def test_what_is_trained_on_is_not_what_it_is_measured_with(tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path, upload=lambda name, content: pytest.fail(name)) as tuner:
        with pytest.raises(DatasetError, match="12 training examples are in the validation data too"):
            tuner.create_job(data(), validation_dataset=data())
        assert server.requests == []


def test_an_async_function_for_a_plain_method_is_refused_at_once_and_shows_no_data(tmp_path):
    async def upload(name: str, content: bytes) -> str:
        return f"gs://bucket/{name}"

    async def hear(event: object) -> None: ...

    with FakeProvider() as server:
        for given, more in (({"upload": upload}, {}), ({}, {"on_event": hear})):
            with gemini_tuner(server, tmp_path, **given) as tuner:
                with pytest.raises(UsageError, match=r"(upload|on_event)= is an async function") as caught:
                    tuner.run_pipeline(FILE, verbose=False, **more)
                assert "river" not in str(caught.value)
        with gemini_tuner(server, tmp_path, upload=partial(upload)) as tuner:
            with pytest.raises(UsageError, match="is an async") as caught:
                tuner.create_job(data())
            assert "river" not in str(caught.value)
        assert server.requests == []


def test_a_name_and_password_in_the_address_are_shown_nowhere(tmp_path):
    with FakeProvider() as server:
        address = server.base_url("google").replace("://", "://me:secret-word@")
        given = {"project": "my-project", "credentials": Credentials(token="token-of-the-tests"), "max_retries": 0}
        with GeminiFineTuner(base_url=address, jobs=tmp_path, **given) as tuner:
            assert "secret-word" not in f"{tuner!r} {tuner._desk!r} {tuner._port!r}"
            tuner.create_job(FILE)
            with pytest.raises(NotFoundError) as caught:
                tuner.get_status(f"{PLACE}/tuningJobs/none")
            assert "secret-word" not in f"{caught.value} {vars(caught.value)}"
    assert "secret-word" not in "".join(file.read_text() for file in tmp_path.iterdir())


def test_an_address_of_google_that_was_given_is_the_one_that_is_asked(tmp_path):
    address = "https://europe-west4-aiplatform.googleapis.com"
    with GeminiFineTuner(project="p", base_url=address, jobs=tmp_path, credentials=Credentials(token="t")) as tuner:
        assert tuner._port._opened()._api_client._http_options.base_url.rstrip("/") == address


def test_a_server_that_says_nothing_ends_the_wait_in_time(tmp_path):
    with FakeProvider() as server, gemini_tuner(server, tmp_path) as tuner:
        job = tuner.create_job(FILE)
        server.route("GET /{version}/" + PLACE + "/tuningJobs/{job}", FakeFault(status=503, delay=600))
        with pytest.raises(TuningError, match=r"had not ended after 0\.2 seconds"):
            tuner.wait_for_completion(job, max_wait_s=0.2, poll_interval=0.01, verbose=False)


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
