"""Figures become data, and data a page; other libraries are measured in processes of their own."""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_benchmarks import BENCHMARKS, loaded

PAGE = BENCHMARKS.parent / "docs" / "benchmarks.md"


@pytest.fixture(autouse=True)
def _beside_the_benchmarks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


def stored_one(**more: Any) -> dict[str, Any]:
    """A result with a goal that is missed, one that is met, and a figure that is only told."""
    goals = {"at_most": None, "at_least": None, "missed": False, "told": ""}
    figures = [
        {
            **goals,
            "name": "a call, to the SDK",
            "value": 1.234,
            "unit": "times",
            "at_most": 1.1,
            "missed": True,
            "told": "2 µs | 1",
        },
        {**goals, "name": "recall", "value": 1.0, "unit": "share", "at_least": 0.999},
        {**goals, "name": "opening", "value": 12345.6, "unit": "ms"},
    ]
    machine = {"day": "2026-11-30", "cores": 2, "processor": "Some", "memory_gb": 24, "load_before": 0.1, "system": "Linux",
               "python": "3.11.7", "versions": {"numpy": "2.4.6"}}  # fmt: skip
    return {"benchmark": "flows", "seconds": 12.0, "machine": machine, "figures": figures, "beside": [], "absent": [],
            "versions": {}, "arguments": [], "most_rounds": None, **more}  # fmt: skip


def test_the_page_is_that_of_the_stored_results():
    write = module("reporting.write")
    written = write.written(write.stored(), write.reasons())
    assert PAGE.read_text(encoding="utf-8") == written, "run: cd benchmarks && python -m reporting.write --page"


def test_each_reason_is_that_of_a_benchmark():
    assert set(module("reporting.write").reasons()) <= set(module("reporting.running").names())


def test_stored_results_name_no_machine_and_no_place():
    for path in (BENCHMARKS / "results").rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert "/home" not in text
        assert "/work" not in text
        assert "/tmp" not in text


def test_a_figure_is_shown_with_its_goal_and_a_missed_one_with_its_reason():
    page = module("reporting.page").written({"flows": stored_one()}, {"flows": {"a call, to the SDK": "It does more."}})
    assert "| a call, to the SDK | 1.23 times | at most 1.1 | missed | 2 µs \\| 1 |" in page
    assert "| recall | 1 | at least 0.999 | met |  |" in page
    assert "| opening | 12,346 ms | — |  |  |" in page
    assert "* a call, to the SDK: It does more." in page
    assert "| `flows` |" in page
    assert "| 1 of 2 | 12 |" in page
    assert "quick look" not in page


def test_the_page_says_why_two_medians_may_give_another_ratio_than_the_one_that_counts():
    page = module("reporting.page").written({"flows": stored_one()}, {})
    head = " ".join(page.partition("## The machine")[0].split())
    assert "are the medians of the two sides, and what one of them is of the other need not be the ratio in the same row" in head


def test_what_was_measured_with_fewer_rounds_says_so():
    page = module("reporting.page").written({"flows": stored_one(most_rounds=2)}, {})
    assert "A quick look; the most rounds were 2." in page
    assert "A part" not in page


def test_a_part_of_a_benchmark_says_so_also_where_it_stands_beside_others():
    line = {"job": "a call", "library": "Other", "value": 2.0, "unit": "µs", "to_ours": 2.0, "told": ""}
    for result in (stored_one(most_rounds=2, arguments=["--quick"]), stored_one(beside=[line], arguments=["openai"])):
        page = module("reporting.page").written({"flows": result}, {})
        told = f"A part: `{result['arguments'][0]}`." + (
            " A quick look; the most rounds were 2." if result["most_rounds"] else ""
        )
        assert f"\n\n{told}\n\n" in page


def test_a_missed_goal_without_a_reason_says_so_and_a_needless_reason_is_told():
    results = {"flows": stored_one()}
    assert "* a call, to the SDK: no reason is written down yet." in module("reporting.page").written(results, {})
    assert module("reporting.write").surplus(results, {"flows": {"recall": "?"}}) == ["flows: recall"]


def test_libraries_stand_beside_ours_in_a_table_for_each_job():
    line = {"job": "a call", "library": "Other", "value": 2520.4, "unit": "µs", "to_ours": 2.096, "told": ""}
    absent = {"absent": "Third", "reason": "it cannot be installed here"}
    result = stored_one(figures=[], beside=[line], absent=[absent], versions={"other": "1.0"})
    page = module("reporting.page").written({"beside_peers": result | {"benchmark": "beside_peers"}}, {})
    assert (
        "### A call\n\n| library | it takes | times ours |  |\n| --- | --- | --- | --- |\n| Other | 2,520 µs | 2.1 |  |" in page
    )
    assert "* Third: it cannot be installed here" in page
    assert "Versions: other 1.0." in page


def test_a_figure_is_kept_where_a_file_is_named_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    telling = module("contenders.telling")
    monkeypatch.delenv(telling.FIGURES, raising=False)
    assert telling.figure("a call", 1.2, at_most=1.1) is True
    monkeypatch.setenv(telling.FIGURES, str(tmp_path / "figures.jsonl"))
    assert telling.figure("a call", 1.0, at_most=1.1, at_least=0.9) is False
    assert telling.figure("a rate", 2.0, at_least=3.0) is True
    assert telling.figure("a quotient of nothing", float("nan"), at_most=1.0) is True
    assert telling.figure("an endless one", float("inf"), at_least=1.0) is True
    kept = [json.loads(line) for line in (tmp_path / "figures.jsonl").read_text().splitlines()]
    assert [(each["name"], each["value"], each["missed"]) for each in kept[:2]] == [("a call", 1.0, False), ("a rate", 2.0, True)]


def test_a_run_gives_the_figures_of_a_benchmark_as_data():
    found = module("reporting.running").run("flows", rounds=1)
    assert [each["unit"] for each in found["figures"]] == ["times"] * 4
    assert found["processor_seconds"] > 0
    assert found["machine"]["versions"]["racto-nb"]


def test_a_benchmark_that_crashes_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    running = module("reporting.running")
    monkeypatch.setattr(running, "BENCHMARKS", tmp_path)
    (tmp_path / "broken.py").write_text("raise ValueError('no')")
    with pytest.raises(running.BenchmarkError, match="broken ended with 1 and 0 missed goals"):
        running.run("broken")


@pytest.mark.parametrize(
    "left", ["", "; import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"]
)
def test_a_benchmark_that_hangs_is_stopped_with_all_that_it_has_started(
    left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    running = module("reporting.running")
    monkeypatch.setattr(running, "BENCHMARKS", tmp_path)
    (tmp_path / "stuck.py").write_text(f"import time{left}; time.sleep({0 if left else 60})")
    with pytest.raises(running.BenchmarkError, match="stuck was stopped: it had not come to its end after 1 seconds"):
        running.run("stuck", longest=1)


def test_a_result_keeps_what_it_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    running = module("reporting.running")
    monkeypatch.setattr(running, "BENCHMARKS", tmp_path)
    (tmp_path / "idle.py").write_text("")
    running.store(running.run("idle", ["--quick"], 2), tmp_path / "results" / "gate")
    kept = running.stored(tmp_path / "results" / "gate")["idle"]
    assert (kept["arguments"], kept["most_rounds"]) == (["--quick"], 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("of", ["figures", "beside", "names"])
def test_what_is_broken_is_not_stored_and_what_was_stored_stays(value: float, of: str, tmp_path: Path):
    running = module("reporting.running")
    running.store(stored_one(), tmp_path)
    new = stored_one(beside=[{"job": "a call", "library": "Other", "value": 2.0, "to_ours": 2.0}])
    if of == "names":
        new["figures"] *= 2
    else:
        new[of][0]["value"] = value
    told = {
        "figures": f"a call, to the SDK: {value} is no",
        "beside": f"a call, Other: {value} is no",
        "names": "recall: 2 figures have",
    }
    with pytest.raises(running.BenchmarkError, match=f"flows is not stored: .*{told[of]}"):
        running.store(new, tmp_path)
    assert running.stored(tmp_path)["flows"] == stored_one()


def test_what_the_gate_runs_is_stored_twice_and_alone_where_only_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    write, asked = module("reporting.write"), []

    def run(name: str, arguments: object = (), rounds: int | None = None, *_longest: float) -> dict[str, Any]:
        return stored_one(benchmark=name, arguments=arguments, most_rounds=rounds)

    monkeypatch.setattr(write, "run", run)
    monkeypatch.setattr(write.gate, "run", run)
    monkeypatch.setattr(write, "_written", lambda _failed: None)
    monkeypatch.setattr(
        write, "store", lambda result, folder: asked.append((result["benchmark"], folder.name, result["arguments"]))
    )
    for options in (["cache", "widgets"], ["cache", "--gate"]):
        assert write.main(["--only", *options]) == 0
        asked.append(None)
    assert asked == [
        ("cache", "results", ()), ("cache", "gate", ["--small"]), ("widgets", "results", ()), None, ("cache", "gate", ["--small"]), None
    ]  # fmt: skip
    with pytest.raises(SystemExit):
        write.main(["--only", "widgets", "--gate"])
    assert "the gate has no run of the name widgets" in capsys.readouterr().err


def test_every_benchmark_says_what_it_measures():
    running = module("reporting.running")
    assert all(len(running.about(name)) > 100 for name in running.names())


@pytest.mark.parametrize("path", sorted((BENCHMARKS / "peers" / "sides").glob("with_*.py")), ids=lambda path: path.stem)
def test_each_side_has_the_jobs_that_it_names(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "JOBS"
    )
    made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    known = {measure.job for measure in loaded("beside_peers").MEASURES} | {"kept"}
    assert set(named) <= made & known


def test_each_library_of_the_table_has_a_side():
    names = {peer.name for peer in module("peers.environments").peers()} | {"ours"}
    assert names == {path.stem.removeprefix("with_") for path in (BENCHMARKS / "peers" / "sides").glob("with_*.py")}


def test_a_library_that_cannot_be_installed_is_said_to_be_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    environments, benchmark = module("peers.environments"), loaded("beside_peers")
    monkeypatch.setattr(environments, "PLACE", tmp_path)
    monkeypatch.setattr(environments, "_commands", lambda _peer, _folder: [[sys.executable, "-c", "raise SystemExit('no')"]])
    assert [peer.title for peer in benchmark.all_of(["litellm"])] == ["racto_nb"]
    assert "LiteLLM is not measured: litellm>=1.100,<2 cannot be installed here" in capsys.readouterr().out


@pytest.mark.slow
def test_a_worker_does_what_it_is_asked_for_and_tells_what_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    environments, workers, material = module("peers.environments"), module("peers.workers"), module("peers.material")
    for name, value in (("COUNT", 2_000), ("QUESTIONS", 3), ("EXAMPLES", 20)):
        monkeypatch.setattr(material, name, value)
    right = material.written(tmp_path)
    data = {"data": str(tmp_path), "questions": 3, "examples": 20}
    with module("servers.running").canned() as url, workers.worker(environments.OURS) as ours:
        assert ours.versions["racto-nb"]
        for job in ("chat", "achat", "parse"):
            assert ours.seconds(job, {"url": f"{url}/v1"}, 2)["seconds"] > 0
        assert ours.seconds("stream", {"url": f"{url}/s20/v1", "chunks": 20})["seconds"] > 0
        for job in ("search", "search_filtered"):
            found = ours.facts(job, data)["found"]
            assert all(set(rows) <= wanted for rows, wanted in zip(found, right[job], strict=True))
        assert ours.facts("split", data)["longest"] <= 512
        for job in ("cache", "load", "export"):
            assert ours.seconds(job, data)["seconds"] > 0
        assert ours.facts("kept", {"url": f"{url}/s2000/v1", "chunks": 2000})["kilobytes"] > 0
        with pytest.raises(workers.WorkerError, match="'20' in place of '21'"):
            ours.seconds("stream", {"url": f"{url}/s20/v1", "chunks": 21})


def test_the_readme_has_the_table_of_the_stored_results():
    write = module("reporting.write")
    readme = write.README.read_text(encoding="utf-8")
    result = write.stored().get("beside_peers")
    assert module("reporting.readme").BEGIN in readme
    assert result is None or readme == write.rewritten(readme, result), "run: cd benchmarks && python -m reporting.write --page"
    assert result is None or not module("reporting.check").unwritten(write.stored(), write.reasons())


def test_the_table_of_the_readme_sets_the_quickest_first():
    readme = module("reporting.readme")
    lines = [("racto_nb", 2000.0, 1.0), ("Slow", 6000.0, 3.0), ("Quick", 1000.0, 0.5)]
    beside = [
        {"job": "a call, one after the other", "library": name, "value": value, "unit": "µs", "to_ours": times, "told": ""}
        for name, value, times in lines
    ]
    text = f"Before\n{readme.BEGIN}old\n{readme.END}After\n"

    written = readme.rewritten(text, stored_one(beside=beside))

    assert "| a call | 2,000 µs | Quick 0.5 · Slow 3 |" in written
    assert "<sup>" not in written
    assert written.startswith("Before\n")
    assert written.endswith("After\n")
    assert "old" not in written
    with pytest.raises(ValueError, match="no place for the table"):
        readme.rewritten("Nothing", stored_one(beside=beside))


def test_what_a_library_does_less_stands_below_the_table_where_it_is_in_it():
    readme = module("reporting.readme")
    search, cut = (job for _, job in list(readme.LESS)[1:3])
    lines = [(search, "racto_nb", 1.0), (search, "FAISS, flat", 0.5), (search, "Chroma", 4.0), (search, "LanceDB", 2.0)]
    lines += [(cut, "racto_nb", 1.0), (cut, "FAISS, flat", 2.0)]
    beside = [
        {"job": job, "library": name, "value": value, "unit": "ms", "to_ours": value, "told": ""} for job, name, value in lines
    ]

    table, notes = readme.section(stored_one(beside=beside)).strip().split("\n\n")

    named = "| the 10 nearest of 10,000 vectors, with texts | 1 ms | "
    assert f"{named}FAISS, flat<sup>1</sup> 0.5 · LanceDB 2 · Chroma<sup>2</sup> 4 |" in table
    assert "| FAISS, flat 2 |" in table
    assert re.findall(r"(<sup>\d</sup>) (\w+)", notes) == [("<sup>1</sup>", "keeps"), ("<sup>2</sup>", "looks")]


def test_each_note_of_the_readme_is_that_of_a_library_and_of_a_job_that_is_shown():
    readme = module("reporting.readme")
    titles = {peer.title for peer in module("peers.environments").peers()}
    assert {library for library, _ in readme.LESS} <= titles
    assert {job for _, job in readme.LESS} <= set(readme.SHOWN)
    known = {measure.title for measure in loaded("beside_peers").MEASURES} | {"a new process until its first answer"}
    source = (BENCHMARKS / "beside_peers.py").read_text(encoding="utf-8")
    assert set(readme.SHOWN) <= known
    assert "a new process until its first answer" in source
