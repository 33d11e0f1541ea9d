"""The documents' own code blocks on fine-tuning jobs: OpenAI's run, Google's and Anthropic's say why they cannot."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from spec.originals import KEY, Runner, originals

import racto_nb
from racto_nb.exceptions import RetiredModelWarning, TuningWarning, UnsupportedError
from racto_nb.finetune import RactoDataset
from racto_nb.testing import FakeProvider, FakeTuning

SYSTEM = "You are a concise Python tutor. Answer in one sentence."


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The datasets that the documents split, 80 to 20; job files in a folder of the test."""
    monkeypatch.setenv("RACTO_TUNING_DIR", str(tmp_path / "tuning"))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    pairs = [(f"What does the Python function number {n} do?", f"It returns {n} times {n}.") for n in range(100)]
    return {
        "train_ds": RactoDataset.from_pairs(pairs[:80], system=SYSTEM),
        "val_ds": RactoDataset.from_pairs([(f"Say the square of {q[-8:]}", a) for q, a in pairs[80:]], system=SYSTEM),
    }


def block(number: int, names: dict[str, Any]) -> dict[str, Any]:
    """Run a block as it stands, with the package's name; calls wait no time between two looks."""
    code = originals()[number].code.replace("ractogateway", "racto_nb").replace("poll_interval=30", "poll_interval=0.001")
    scope = {"__name__": "block", "OpenAIFineTuner": racto_nb.OpenAIFineTuner, **names}
    exec(compile(code, f"block {number}", "exec"), scope)
    return scope


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time between two looks, half a minute in the documents, passes at once."""
    from racto_nb.finetune.tuning import waiting

    patience = waiting.Patience
    monkeypatch.setattr(waiting, "Patience", lambda interval, *more, **named: patience(0.001, *more, **named))


@pytest.mark.usefixtures("at_once")
@pytest.mark.filterwarnings("ignore::racto_nb.exceptions.RetiredModelWarning")
def test_block_43_one_call_tunes_and_the_model_is_asked(server: FakeProvider, given, capsys, run: Runner):
    server._tunings.script.append(FakeTuning(polls=1))
    server._script.replies[:] = ["A function that yields."]
    left = block(43, given)
    run.keeps(left["kit"])
    shown = capsys.readouterr()
    model = left["fine_tuned_model"]
    assert model.startswith("ft:gpt-4o-mini-2024-07-18:org:python-tutor:")
    assert shown.out.strip() == "A function that yields."
    lines = [re.sub(r"(file|ftjob)-\w+", r"\1-…", line) for line in shown.err.splitlines()]
    for line in (
        "[OpenAIFineTuner] Uploading 80 training examples…",
        "[OpenAIFineTuner] Training file: file-…",
        "[OpenAIFineTuner] Job created: ftjob-…",
        "[OpenAIFineTuner] Job ftjob-… → running",
        f"[OpenAIFineTuner] Done!  Fine-tuned model: {model}",
    ):
        assert line in lines
    created = next(request for request in server.requests if request.path == "/v1/fine_tuning/jobs")
    assert created.authorized_with("sk-...")
    assert created.json["method"] == {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}}
    assert server.requests[-1].json["model"] == model
    left["tuner"].close()


@pytest.mark.filterwarnings("ignore::racto_nb.exceptions.RetiredModelWarning")
def test_block_44_step_by_step(server: FakeProvider, given, capsys):
    left = block(44, given)
    first, *messages = capsys.readouterr().out.splitlines()
    status = eval(first)
    assert (status["id"], status["status"], status["model"]) == (left["job_id"], "validating_files", "gpt-4o-mini-2024-07-18")
    assert messages == ["Validating training file", f"Created fine-tuning job: {left['job_id']}"]
    assert left["fine_tuned_model"].startswith("ft:")
    uploads = [request for request in server.requests if request.path == "/v1/files" and request.method == "POST"]
    assert all(request.authorized_with(KEY) for request in uploads)
    sent = [[json.loads(line) for line in request.body.splitlines() if line.startswith(b'{"messages"')] for request in uploads]
    assert [len(lines) for lines in sent] == [80, 20]
    left["tuner"].close()


def test_block_45_the_developer_api_is_refused_before_anything_is_sent(server: FakeProvider, given):
    with pytest.raises(UnsupportedError, match="Vertex AI only"):
        block(45, given)
    assert server.requests == []


def test_block_46_anthropics_tuner_warns_and_its_pipeline_says_what_to_use_instead(server: FakeProvider, given):
    with pytest.warns(TuningWarning, match="no endpoint"), pytest.raises(UnsupportedError, match="LocalFineTuner"):
        block(46, given)
    assert server.requests == []


@pytest.mark.usefixtures("server")
def test_the_base_model_of_the_documents_is_warned_of(given):
    with pytest.warns(RetiredModelWarning, match="gpt-4o-mini"):
        block(44, given)["tuner"].close()
