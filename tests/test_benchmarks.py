"""A benchmark that misses its goal fails."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_benchmark", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of the drivers, with work enough for a ratio and no more."""
    module = loaded("flows")
    module.EFFECTS, module.ROUNDS = 200, 1
    # The clock moves one second at each look, so that every ratio is 1.
    ticks = iter(range(1000))
    monkeypatch.setattr(module.time, "process_time", lambda: next(ticks))
    return module


@pytest.mark.parametrize(("goal", "code"), [(0.99, 1), (1.0, 0)])
def test_the_drivers_benchmark_tells_its_goal_and_whether_it_was_missed(
    flows: ModuleType, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    flows.GOAL = goal
    assert flows.main() == code
    assert f"(goal {goal:.2f})" in capsys.readouterr().out


def test_the_benchmarks_of_the_cloud_kits_run_and_tell_their_goals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """With work too little for a figure: only that both sides still do the same is looked at."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    calls, streams = loaded("call_overhead"), loaded("stream_overhead")
    calls.ROUNDS = calls.PROCESSES = streams.ROUNDS = streams.PROCESSES = 1
    calls.CALLS, calls.MANY = 2, 3
    streams.FEW, streams.MANY = 20, 40

    calls.main()
    streams.main()

    told = capsys.readouterr().out
    assert "clients opened for 3 calls: 1 (goal 1)" in told
    assert told.count("(goal 0.35)") == 3
