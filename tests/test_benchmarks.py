"""A benchmark that misses its goal fails."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FLOWS = Path(__file__).resolve().parents[1] / "benchmarks" / "flows.py"


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark of the drivers, with work enough for a ratio and no more."""
    spec = importlib.util.spec_from_file_location("flows_benchmark", FLOWS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
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
