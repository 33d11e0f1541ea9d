"""A batch in a notebook: a bar that is updated in place, and results as a table."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.batch import BatchItem, BatchJobInfo, BatchResult, BatchResults, BatchStatus, OpenAIBatchProcessor
from racto_nb.models import LLMResponse
from racto_nb.models.messages import ToolCallResult
from racto_nb.notebook import batch_progress
from racto_nb.notebook.display import progressing
from racto_nb.notebook.display.batches import progress_bundle, results_bundle
from racto_nb.notebook.extension import load, unload
from racto_nb.notebook.progress_bars import ProgressBars
from racto_nb.testing import FakeBatch, FakeProvider

EVIL = "<script>alert(1)</script>"


def info(**more) -> BatchJobInfo:
    told = {
        "job_id": "batch_1",
        "provider": "p",
        "model": "m",
        "status": BatchStatus.IN_PROGRESS,
        "created_at": 0.0,
        "request_count": 4,
    }
    return BatchJobInfo(**{**told, **more})


def answered(custom_id: str, text: str) -> BatchResult:
    response = LLMResponse(content=text, usage={"total_tokens": 2})
    return BatchResult(custom_id=custom_id, response=response, cost=Decimal("0.5"))


def test_a_bar_tells_counts_as_html_and_as_text():
    shown = progress_bundle(info(completed=2, failed=1))
    assert '<progress value="3" max="4" aria-label="in progress: 2 of 4 answered, 1 failed">' in shown["text/html"]
    assert shown["text/plain"] == "in progress: 2 of 4 answered, 1 failed\n\n— batch_1 · p:m"


def test_a_bar_without_counts_has_no_place():
    assert "<progress max" in progress_bundle(info())["text/html"]
    assert progress_bundle(info())["text/plain"].startswith("in progress: 4 items")


def test_what_a_provider_says_is_escaped():
    shown = progress_bundle(info(job_id=EVIL, error=EVIL))["text/html"]
    assert "<script" not in shown
    results = BatchResults([answered(EVIL, EVIL), BatchResult(custom_id="b", error=EVIL)])
    assert "<script" not in results_bundle(results)["text/html"]


def test_one_display_is_updated_in_place(monkeypatch):
    shown = []

    class Shown:
        def update(self, bundle, *, raw):
            shown.append(bundle)

    def show(bundle):
        shown.append(bundle)
        return Shown()

    opened = []
    monkeypatch.setattr(progressing, "show_updatable", lambda bundle: opened.append(bundle) or show(bundle))
    bar = batch_progress()
    for completed in (0, 1, 4):
        bar(info(completed=completed, failed=0))
    assert len(opened) == 1
    assert [f"{count} of 4" in bundle["text/plain"] for count, bundle in zip((0, 1, 4), shown, strict=True)] == [True] * 3


def test_results_are_a_table_with_what_was_saved():
    call = LLMResponse(tool_calls=[ToolCallResult(name="find", arguments={})], usage={"total_tokens": 1})
    results = BatchResults(
        [
            answered("a", "Paris."),
            BatchResult(custom_id="b", error="expired"),
            BatchResult(custom_id="c", response=call, cost=Decimal("0.5")),
        ],
        standard=lambda _: Decimal(1),
    )
    text = results_bundle(results)["text/plain"]
    assert [line.split() for line in text.splitlines()[1:4]] == [
        ["a", "Paris."],
        ["b", "failed", "expired"],
        ["c", "calls", "find"],
    ]
    assert text.splitlines()[-1] == "2 of 3 answered, 1 failed; $1, $1 less than one by one"


def test_many_results_are_cut_and_it_is_said():
    text = results_bundle(BatchResults([answered(f"q{n}", "x") for n in range(60)]))["text/plain"]
    assert "10 more are not shown" in text


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_the_extension_shows_results_and_takes_it_away_again(bare_shell: InteractiveShell, kind: str):
    results = BatchResults([answered("a", "Paris.")])
    formatter = bare_shell.display_formatter
    load(bare_shell)
    assert "1 of 1 answered" in formatter.format(results)[0][kind]
    unload(bare_shell)
    assert "1 of 1 answered" not in formatter.format(results)[0].get(kind, "")


@pytest.fixture
def kernel(bare_shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell that says it is in a kernel, with the extension loaded."""
    monkeypatch.delenv("RACTO_DISPLAY", raising=False)
    monkeypatch.setattr(bare_shell, "kernel", object(), raising=False)
    load(bare_shell)
    yield bare_shell
    unload(bare_shell)


def waited_for(tmp_path: Path, **more) -> None:
    script = [FakeBatch(polls=2)]
    with (
        FakeProvider(["Paris."], batches=script) as server,
        OpenAIBatchProcessor(api_key="k", base_url=server.base_url("openai"), jobs=tmp_path) as processor,
    ):
        processor.submit_and_wait([BatchItem(custom_id="a", user_message="?")], poll_interval_s=0.01, **more)


def shown_by(shell: InteractiveShell) -> list[str]:
    return [output["data"]["text/plain"].split(":")[0] for output in shell.display_pub.outputs]


def test_a_wait_is_one_bar_in_a_kernel_without_being_asked_for(kernel, tmp_path):
    waited_for(tmp_path)
    outputs = kernel.display_pub.outputs
    assert shown_by(kernel)[-1] == "completed"
    assert "in progress" in shown_by(kernel)
    assert len({output["transient"]["display_id"] for output in outputs}) == 1
    assert [output.get("update", False) for output in outputs] == [False, *[True] * (len(outputs) - 1)]


def test_two_waits_are_two_bars(kernel, tmp_path):
    waited_for(tmp_path)
    waited_for(tmp_path)
    assert len({output["transient"]["display_id"] for output in kernel.display_pub.outputs}) == 2


@pytest.mark.parametrize(("mode", "shown"), [("static", ["completed"]), ("off", [])])
def test_the_setting_of_displays_is_followed(kernel, tmp_path, monkeypatch, mode, shown):
    monkeypatch.setenv("RACTO_DISPLAY", mode)
    waited_for(tmp_path)
    assert shown_by(kernel) == shown


def test_who_is_told_otherwise_gets_no_bar(kernel, tmp_path):
    seen = []
    waited_for(tmp_path, on_progress=seen.append)
    assert seen
    assert shown_by(kernel) == []


def test_without_the_extension_and_in_a_terminal_nothing_is_shown(bare_shell, tmp_path):
    waited_for(tmp_path)
    load(bare_shell)
    waited_for(tmp_path)
    unload(bare_shell)
    assert shown_by(bare_shell) == []


def test_unloading_leaves_the_log_as_it_was(kernel):
    log = logging.getLogger("racto_nb.batch.progress")
    bars = [handler for handler in log.handlers if isinstance(handler, ProgressBars)]
    assert (len(bars), log.propagate) == (1, False)
    unload(kernel)
    assert not set(bars) & set(log.handlers)
    assert (log.propagate, log.level) == (True, logging.NOTSET)
