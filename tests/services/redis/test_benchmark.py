"""The benchmark of limiters, with work too little for a figure."""

from __future__ import annotations

import pytest
from test_benchmarks import BENCHMARKS, loaded


@pytest.mark.parametrize(("goal", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_limiters_tells_its_goals_and_whether_one_was_missed(
    monkeypatch: pytest.MonkeyPatch, goal: float, code: int, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.syspath_prepend(BENCHMARKS)
    module = loaded("rate_limiter")
    module.ROUNDS, module.CALLS, module.FULL, module.GOAL = 1, 2, 3, goal
    assert module.main() == code
    told = capsys.readouterr().out
    assert told.count("missed") == 3 * code
    for what in ("sliding", "bucket", "acheck_and_consume", "reserve and settle", "in the process"):
        assert what in told
