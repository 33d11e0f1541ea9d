"""What cannot be shown of the stored results is told, a line for each."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_benchmark_page import stored_one
from test_benchmarks import BENCHMARKS


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("reporting.check")


@pytest.fixture
def stored(check: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """Results with nothing to mend: of two benchmarks, one of which the gate runs."""
    line = {"job": "a call, one after the other", "unit": "µs", "told": "", "value": 2.0, "to_ours": 1.0}
    beside = [line | {"library": name} for name in ("racto_nb", "Other")]
    results = {"flows": stored_one(), "beside_peers": stored_one(benchmark="beside_peers", figures=[], beside=beside)}
    known = {"flows": {"a call, to the SDK": "It does more."}}
    of_gate = {"flows": stored_one(most_rounds=9)}
    monkeypatch.setattr(check, "names", lambda: list(results))
    monkeypatch.setattr(check, "reasons", lambda: known)
    monkeypatch.setattr(check, "stored", lambda folder=None: results if folder is None else of_gate)
    monkeypatch.setattr(check.gate, "table", lambda: {"runs": {"flows": {"arguments": [], "rounds": 9}}})
    monkeypatch.setattr(check, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(check, "README", tmp_path / "readme.md")
    check.PAGE.write_text(check.written(results, known), encoding="utf-8")
    check.README.write_text(check.rewritten(f"{check.BEGIN}{check.END}", results["beside_peers"]), encoding="utf-8")
    return {"results": results, "known": known, "of_gate": of_gate}


def told(check: ModuleType, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that count, without those of the page, which changes with everything."""
    code = check.main()
    lines = capsys.readouterr().out.splitlines()
    assert (code == 1) is not lines[-1].endswith(" 0 things to mend")
    return [line for line in lines[:-1] if not line.startswith(("docs/benchmarks.md", "("))]


def test_whole_results_with_their_reasons_page_and_table_pass(check: ModuleType, stored: Any, capsys: Any):
    assert told(check, capsys) == []
    assert check.main() == 0


def test_a_library_that_was_not_there_is_told_and_does_not_count(check: ModuleType, stored: Any, capsys: Any):
    stored["results"]["flows"]["absent"] = [{"absent": "chonkie", "reason": "No module"}]
    check.PAGE.write_text(check.written(stored["results"], stored["known"]), encoding="utf-8")
    assert check.main() == 0
    assert "(flows: chonkie was not measured)" in capsys.readouterr().out


def test_quick_looks_and_parts_are_told(check: ModuleType, stored: Any, capsys: Any):
    stored["results"]["flows"] |= {"most_rounds": 2, "arguments": ["--quick"]}
    assert told(check, capsys) == ["flows: a part, --quick", "flows: a quick look, of 2 rounds at most"]


def test_what_is_not_stored_is_told(check: ModuleType, stored: Any, capsys: Any):
    del stored["results"]["beside_peers"], stored["of_gate"]["flows"]
    stored["results"]["flows"]["figures"] = []
    stored["known"].clear()
    check.names = lambda: ["beside_peers", "flows"]
    assert told(check, capsys) == [
        "beside_peers: no result", "flows: no figure", "flows: no result of the gate's own run",
    ]  # fmt: skip


def test_a_run_of_the_gate_that_was_asked_for_otherwise_is_told(check: ModuleType, stored: Any, capsys: Any):
    stored["of_gate"] |= {"flows": stored_one(most_rounds=2), "ledger": stored_one()}
    assert told(check, capsys) == ["flows: the gate runs it otherwise", "ledger: a result that the gate does not compare"]


def test_missing_and_needless_reasons_are_told(check: ModuleType, stored: Any, capsys: Any):
    stored["known"]["flows"] = {"recall": "?", "of old": "?"}
    assert told(check, capsys) == [
        "flows: a call, to the SDK: missed without a reason", "flows: of old: a reason for no figure",
        "flows: recall: a reason that is not needed",
    ]  # fmt: skip


def test_a_page_and_a_table_that_are_not_those_of_the_results_are_told(check: ModuleType, stored: Any, capsys: Any):
    check.PAGE.write_text("old", encoding="utf-8")
    check.README.write_text(f"{check.BEGIN}{check.END}", encoding="utf-8")
    assert check.main() == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "docs/benchmarks.md: not that of the results", "README.md: its table is not that of the results",
        "README.md: its table has no rows",
    ]  # fmt: skip


def test_what_is_no_number_and_a_name_that_two_figures_have_are_told(check: ModuleType, stored: Any, capsys: Any):
    stored["results"]["flows"]["figures"][2]["value"] = float("nan")
    stored["of_gate"]["flows"]["figures"] *= 2
    lines = told(check, capsys)
    assert lines[0] == "flows: opening: nan is no figure"
    assert "flows: recall: 2 figures have this name, in the gate's own run" in lines


@pytest.mark.parametrize(("value", "medians", "is_told"), [
    (0.98, "4090 µs beside 3509 µs", True), (1.1, "4090 µs beside 3509 µs", False),
    (0.98, "10.59 µs an example beside 7.5 µs, wall time", True), (1.07, "2.8 MB/s beside 3.1 MB/s", False),
    (0.9, "2.8 MB/s beside 3.1 MB/s", True), (0.95, "20,000 chunks beside 5,000", False), (0.98, "1 ms beside 900 µs", False),
    (0.24, "4,278 µs beside 17,809 µs; the bytes alone 2", False), (0, "4 µs beside 2 µs", False),
])  # fmt: skip
def test_a_ratio_that_is_far_from_that_of_its_medians_is_told_and_does_not_count(
    check: ModuleType, stored: Any, capsys: Any, value: float, *, medians: str, is_told: bool
):
    stored["results"]["flows"]["figures"][0] |= {"value": value, "told": medians}
    check.PAGE.write_text(check.written(stored["results"], stored["known"]), encoding="utf-8")
    assert check.main() == 0
    assert (f"(flows: a call, to the SDK: {value:.3g} times, but " in capsys.readouterr().out) is is_told
