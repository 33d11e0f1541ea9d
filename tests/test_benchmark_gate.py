"""A ratio that has grown stops the gate; noise, goals and absolute figures do not."""

from __future__ import annotations

import importlib
import tomllib
from copy import deepcopy
from types import ModuleType
from typing import Any

import pytest
from test_benchmarks import BENCHMARKS

LIMITS = {"default": 1.6, "b: a search": 3.0}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("reporting.gate")


def result(**values: float) -> dict[str, Any]:
    """A benchmark's figures: ratios that should be small."""
    figures = [
        {"name": name.replace("_", " "), "value": value, "unit": "times", "at_most": 1.0, "at_least": None, "missed": value > 1}
        for name, value in values.items()
    ]
    return {"benchmark": "b", "figures": figures}


def worse(gate: ModuleType, tries: list[dict[str, Any]], old: dict[str, Any]) -> list[str]:
    """What the gate says; each try is measured once."""
    left = iter(tries)
    found = gate.judged("b", lambda: next(left), old, LIMITS)
    assert next(left, None) is None
    return found


def test_equal_figures_pass_also_where_they_miss_their_goals(gate: ModuleType):
    assert worse(gate, [result(a_call=1.2)], result(a_call=1.2)) == []


def test_a_ratio_that_has_doubled_fails_after_two_tries_and_is_told_with_both_values(gate: ModuleType):
    told = worse(gate, [result(a_call=2.0), result(a_call=2.1)], result(a_call=1.0))
    assert told == ["b: a call: 2.1 where 1 is stored: 2.10 times worse (limit 1.6)"]


def test_a_ratio_that_is_worse_once_and_not_again_is_noise(gate: ModuleType):
    assert worse(gate, [result(a_call=2.0), result(a_call=1.1)], result(a_call=1.0)) == []


def test_two_figures_that_are_worse_in_turn_are_noise(gate: ModuleType):
    tries = [result(a_call=2.0, a_chunk=1.0), result(a_call=1.0, a_chunk=2.0)]
    assert worse(gate, tries, result(a_call=1.0, a_chunk=1.0)) == []


def test_a_rate_that_should_be_large_fails_where_it_has_become_small(gate: ModuleType):
    old, new = result(rate=4.0), result(rate=2.0)
    for each in (*old["figures"], *new["figures"]):
        each.update(at_most=None, at_least=3.0)
    assert len(worse(gate, [new, new], old)) == 1
    assert worse(gate, [old], new) == []


def test_a_figure_may_have_a_limit_of_its_own(gate: ModuleType):
    assert worse(gate, [result(a_search=2.5)], result(a_search=1.0)) == []
    assert len(worse(gate, [result(a_search=3.5)] * 2, result(a_search=1.0))) == 1


@pytest.mark.parametrize("change", [{"unit": "MB"}, {"at_most": None}])
def test_absolute_figures_and_those_without_a_goal_are_not_compared(gate: ModuleType, change: dict[str, Any]):
    new = result(a_call=9.0, a_chunk=1.0)
    new["figures"][0].update(change)
    assert worse(gate, [new], result(a_call=1.0, a_chunk=1.0)) == []


def test_a_benchmark_of_which_nothing_can_be_compared_does_not_pass(gate: ModuleType):
    assert "no figure has the name of a stored one" in worse(gate, [result(new_name=1.0)], result(a_call=1.0))[0]


def test_what_the_gate_runs_is_stored_and_its_limits_name_stored_ratios(gate: ModuleType):
    table, known = tomllib.loads((BENCHMARKS / "gate.toml").read_text()), gate.stored()
    assert set(table["runs"]) <= set(known)
    names = {f"{name}: {each['name']}" for name, found in known.items() for each in found["figures"] if each["unit"] == "times"}
    assert set(table["limits"]) - {"default"} <= names


def test_a_real_run_passes_beside_itself_and_fails_beside_a_doctored_result(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    measured = gate.run("flows", rounds=1)
    doctored = deepcopy(measured)
    for each in doctored["figures"]:
        each["value"] *= 0.1
    monkeypatch.setattr(gate, "run", lambda _name, _arguments, _rounds: measured)
    for old, code in ((measured, 0), (doctored, 1)):
        monkeypatch.setattr(gate, "stored", lambda old=old: {"flows": old})
        assert gate.main(["flows"]) == code
        assert capsys.readouterr().out.count("WORSE flows: sync send, to a plain loop") == code


def test_a_benchmark_that_does_not_come_to_its_end_fails(gate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    def broken(name: str, _arguments: object, _rounds: object) -> None:
        message = f"{name} ended with 1 and 0 missed goals."
        raise gate.BenchmarkError(message)

    monkeypatch.setattr(gate, "run", broken)
    assert gate.main(["flows"]) == 1
    assert "WORSE flows ended with 1" in capsys.readouterr().out
