"""A ratio that has grown, a share or a count that misses its goal, and a figure that does not come stop the gate; noise does not."""

from __future__ import annotations

import importlib
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
    return {"benchmark": "b", "arguments": [], "most_rounds": 1, "figures": figures, "absent": []}


def changed(given: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The result with other values for its last figure."""
    given["figures"][-1].update(keys)
    return given


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
    old, new = (changed(result(a_chunk=1.0, a_call=value), **change) for value in (1.0, 9.0))
    assert worse(gate, [new], old) == []


def test_a_benchmark_of_which_nothing_can_be_compared_does_not_pass(gate: ModuleType):
    assert "no figure can be compared with a stored one" in worse(gate, [result()], result())[0]


def test_a_stored_figure_that_does_not_come_and_one_that_is_not_stored_do_not_pass(gate: ModuleType):
    told = worse(gate, [result(a_call=1.0, of_20=1.0)] * 2, result(a_call=1.0, of_80=1.0))
    assert told == ["b: of 80: it is stored, and was not measured", "b: of 20: it was measured, and is not stored"]


def test_a_figure_beside_a_library_that_is_not_here_is_left_out_and_told(gate: ModuleType, capsys: pytest.CaptureFixture[str]):
    few, all_of = result(a_call=1.0) | {"absent": [{"absent": "Chonkie"}]}, result(a_call=1.0, a_cut_to_chonkie=1.0)
    assert worse(gate, [few], all_of) == worse(gate, [all_of], few) == []
    assert capsys.readouterr().out.count("1 figures, 0 worse, 1 beside libraries that are not here") == 2


@pytest.mark.parametrize(
    "keys", [{"value": float("nan")}, {"value": float("inf")}, {"value": 0.0}, {"unit": "MB"}, {"at_most": None}]
)
def test_a_figure_that_is_none_or_has_lost_its_goal_does_not_pass(gate: ModuleType, keys: dict[str, Any]):
    new = changed(result(a_call=1.0, a_chunk=1.0), **keys)
    assert len(worse(gate, [new, new], result(a_call=1.0, a_chunk=1.0))) == 1


@pytest.mark.parametrize("keys", [{"at_most": None}, {"unit": "s"}])
def test_a_figure_that_has_got_its_goal_since_does_not_pass_either(gate: ModuleType, keys: dict[str, Any]):
    new = result(a_call=1.0, a_chunk=1.0)
    old = changed(result(a_call=1.0, a_chunk=1.0), **keys)
    assert len(worse(gate, [new, new], old)) == 1


@pytest.mark.parametrize("second", [{"a_call": 1.0}, {"a_call": 2.0}])
def test_a_benchmark_that_crashes_once_is_tried_a_second_time_and_what_is_worse_then_counts(
    gate: ModuleType, second: dict[str, float], capsys: pytest.CaptureFixture[str]
):
    tries = iter([None, result(**second)])

    def measure() -> dict[str, Any]:
        if (new := next(tries)) is None:
            raise gate.BenchmarkError("b was stopped: it had not come to its end after 600 seconds.")
        return new

    assert len(gate.judged("b", measure, result(a_call=1.0), LIMITS)) == (second["a_call"] > 1.6)
    out = capsys.readouterr().out
    assert "gate: b: b was stopped: it had not come to its end after 600 seconds. It is tried a second time." in out
    assert "a second try was needed" in out


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("keys", [{}, {"unit": "MB"}, {"at_most": None}, {"unit": "share", "at_most": None, "at_least": 0.5}])
def test_what_is_no_number_does_not_pass_on_either_side_whatever_its_unit_and_goal(
    gate: ModuleType, value: float, keys: dict[str, Any]
):
    good, bad = (changed(result(a_call=1.0, a_chunk=1.0), **keys, value=one) for one in (1.0, value))
    assert worse(gate, [bad, bad], good) == [f"b: a chunk: {value} is no figure"]
    assert worse(gate, [good, good], bad) == [f"b: a chunk: what is stored of it is broken: {value} is no figure"]
    assert worse(gate, [result(a_call=1.0)] * 2, bad) == worse(gate, [good, good], bad)


@pytest.mark.parametrize("value", [0.5, 2.0])
def test_a_ratio_with_both_goals_is_compared_towards_both(gate: ModuleType, value: float):
    old, new = (changed(result(a_call=one), at_most=3.0, at_least=0.1) for one in (1.0, value))
    assert worse(gate, [new, new], old) == [f"b: a call: {value:g} where 1 is stored: 2.00 times worse (limit 1.6)"]


@pytest.mark.parametrize("side", ["measured", "stored"])
def test_a_name_that_two_figures_have_is_an_error(gate: ModuleType, side: str):
    one, two = result(a_call=1.0), result(a_call=1.0)
    two["figures"].append({**two["figures"][0], "value": 9.0})
    new, old = (two, one) if side == "measured" else (one, two)
    with pytest.raises(gate.BenchmarkError, match=f"more than one figure that is {side} has the name 'a call'"):
        gate.judged("b", lambda: new, old, LIMITS)


@pytest.mark.parametrize("text", ["", " "])
def test_an_absent_library_without_a_name_skips_nothing(gate: ModuleType, text: str):
    few = result(a_call=1.0) | {"absent": [{"absent": text}]}
    assert len(worse(gate, [few, few], result(a_call=1.0, a_chunk=1.0))) == 1


@pytest.mark.parametrize(("unit", "goals", "good", "bad"), [
    ("share", (0.999, None), 1.0, 0.3), ("libraries", (None, 0), 0, 9), ("clients", (2, 2), 2, 3), ("clients", (2, 2), 2, 1),
])  # fmt: skip
def test_shares_and_counts_must_meet_their_goals(gate: ModuleType, unit: str, goals: tuple[Any, Any], good: float, bad: float):
    keys = {"unit": unit, "at_least": goals[0], "at_most": goals[1]}
    old, same, other = (changed(result(a_call=value), **keys) for value in (good, good, bad))
    assert worse(gate, [same], old) == []
    assert f"{bad:g} where the goal is at " in worse(gate, [other, other], old)[0]


def test_a_share_is_held_to_the_stored_goal_where_its_own_has_become_easier(gate: ModuleType):
    old = changed(result(recall=1.0), unit="share", at_most=None, at_least=0.999)
    new = changed(result(recall=0.3), unit="share", at_most=None, at_least=0.2)
    assert worse(gate, [new, new], old) == ["b: recall: 0.3 where the goal is at least 0.999"]


def test_what_the_gate_runs_is_stored_as_it_runs_it_and_its_limits_name_stored_ratios(gate: ModuleType):
    table, known = gate.table(), gate.stored(gate.GATE)
    assert {name for name, old in known.items() if not gate.unlike(old, table["runs"][name])} == set(table["runs"])
    names = {f"{name}: {each['name']}" for name, found in known.items() for each in found["figures"] if each["unit"] == "times"}
    assert set(table["limits"]) - {"default"} <= names


def test_a_real_run_passes_beside_itself_and_fails_beside_a_doctored_result(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    how = gate.table()["runs"]["flows"]
    measured = gate.run("flows", rounds=1) | {"most_rounds": how["rounds"]}
    doctored = deepcopy(measured)
    for each in doctored["figures"]:
        each["value"] *= 0.1
    monkeypatch.setattr(gate, "run", lambda *_how: measured)
    for old, code in ((measured, 0), (doctored, 1)):
        monkeypatch.setattr(gate, "stored", lambda _folder, old=old: {"flows": old})
        assert gate.main(["flows"]) == code
        assert capsys.readouterr().out.count("WORSE flows: sync send, to a plain loop") == code


def test_a_benchmark_that_does_not_come_to_its_end_fails(gate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: Any):
    def broken(name: str, *_how: object) -> None:
        message = f"{name} ended with 1 and 0 missed goals."
        raise gate.BenchmarkError(message)

    monkeypatch.setattr(gate, "run", broken)
    assert gate.main(["flows"]) == 1
    assert "WORSE flows ended with 1" in capsys.readouterr().out


@pytest.mark.parametrize("only", [["flow"], ["flows", "chunk"], ["widgets"]])
def test_a_name_that_the_gate_does_not_run_is_an_error(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, only: list[str], capsys: Any
):
    monkeypatch.setattr(gate, "run", lambda *_how: pytest.fail("something was run"))
    assert gate.main(only) == 2
    assert f"no run of the name {only[-1]}. It has: flows, " in capsys.readouterr().out


@pytest.mark.parametrize("asked", [{"arguments": ["--small"]}, {"most_rounds": None}])
def test_a_result_that_was_asked_for_otherwise_is_not_compared(
    gate: ModuleType, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], capsys: Any
):
    old = gate.stored(gate.GATE)["flows"] | asked
    monkeypatch.setattr(gate, "run", lambda *_how: pytest.fail("something was run"))
    for known in ({"flows": old}, {}):
        monkeypatch.setattr(gate, "stored", lambda _folder, known=known: known)
        assert gate.main(["flows"]) == 1
        assert "WORSE flows: nothing is stored of such a run; `make bench-page ONLY=flows`" in capsys.readouterr().out
