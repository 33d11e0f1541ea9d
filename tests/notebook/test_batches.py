"""A batch in a notebook: a bar that is updated in place, and results as a table."""

from __future__ import annotations

from decimal import Decimal

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.batch import BatchJobInfo, BatchResult, BatchResults, BatchStatus
from racto_nb.batch.results import Prices
from racto_nb.models import LLMResponse
from racto_nb.models.messages import ToolCallResult
from racto_nb.notebook import batch_progress
from racto_nb.notebook.display import batches
from racto_nb.notebook.display.batches import progress_bundle, results_bundle
from racto_nb.notebook.extension import load, unload

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
    return BatchResult(custom_id=custom_id, response=LLMResponse(content=text, usage={"total_tokens": 2}))


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
    monkeypatch.setattr(batches, "show_updatable", lambda bundle: opened.append(bundle) or show(bundle))
    bar = batch_progress()
    for completed in (0, 1, 4):
        bar(info(completed=completed, failed=0))
    assert len(opened) == 1
    assert [f"{count} of 4" in bundle["text/plain"] for count, bundle in zip((0, 1, 4), shown, strict=True)] == [True] * 3


def test_results_are_a_table_with_what_was_saved():
    prices = Prices(lambda _: Decimal("0.5"), lambda _: Decimal(1))
    call = LLMResponse(tool_calls=[ToolCallResult(name="find", arguments={})], usage={"total_tokens": 1})
    results = BatchResults(
        [answered("a", "Paris."), BatchResult(custom_id="b", error="expired"), BatchResult(custom_id="c", response=call)],
        prices=prices,
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
