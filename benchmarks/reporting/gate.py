"""Whether something has become worse since it was stored: `python -m reporting.gate [NAME …]`.

The quick benchmarks of gate.toml run with few rounds, and stand beside what the same arguments and rounds gave when they were
stored, in results/gate/. A ratio with a goal may be worse by its limit, whether it meets the goal or not. Shares and counts have
no noise and must meet their goals. Other absolute figures are not compared, but no figure may be NaN or infinite. What is worse,
or does not come at all, is measured once more; where it is so again, the exit code is 1. It is 2 where nothing was run.
"""

from __future__ import annotations

import math
import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from contenders.telling import EXACT, TIMES, misses

from reporting.running import BENCHMARKS, GATE, BenchmarkError, Result, named_twice, run, stored

DEFAULT = "default"
GOALS = ("at_most", "at_least")
Figure = Mapping[str, Any]


@dataclass(frozen=True)
class Compared:
    """What came of the figures of one benchmark: how many were compared, a line for each that is worse, what is not here."""

    count: int
    worse: dict[str, str] = field(default_factory=dict)
    not_here: list[str] = field(default_factory=list)


def compared(new: Result, old: Result, limits: Mapping[str, float]) -> Compared:
    """Each figure with a goal beside the stored one of the same name. One that only one side has is worse, unless it is beside a
    library that the other side did not have. Raises BenchmarkError where two figures of a side have one name.
    """
    for told, side in (("measured", new), ("stored", old)):
        if twice := named_twice(side):
            message = f"{old['benchmark']}: more than one figure that is {told} has the name {', '.join(map(repr, twice))}"
            raise BenchmarkError(f"{message}; give each a name of its own{_mended(old['benchmark'])}")
    now, before = ({each["name"]: each for each in side["figures"]} for side in (new, old))
    names = [name for name, each in before.items() if _is_compared(each) or _is_broken(now.get(name, each))]
    names += [name for name, each in now.items() if _is_compared(each) and name not in names]
    not_here = [name for name in names if _not_here(name, new, now, before) or _not_here(name, old, before, now)]
    left = [name for name in names if name not in not_here]
    found: dict[str, str] = {}
    for name in left:
        limit = limits.get(f"{old['benchmark']}: {name}", limits[DEFAULT])
        found[name] = _worse(now.get(name), before.get(name), limit)
    return Compared(len(left), {name: told for name, told in found.items() if told}, not_here)


def _is_compared(each: Figure) -> bool:
    return _is_broken(each) or (each["unit"] in {TIMES, *EXACT} and any(each[goal] is not None for goal in GOALS))


def _is_broken(each: Figure) -> bool:
    return not math.isfinite(each["value"])


def _not_here(name: str, side: Result, own: Mapping[str, Figure], other: Mapping[str, Figure]) -> bool:
    return name not in own and _lacks(side, name) and not _is_broken(other[name])


def _lacks(side: Result, name: str) -> bool:
    """Whether the figure is beside a library that is told to be absent. An empty text is in every name, and tells of none."""
    libraries = [each["absent"].strip().lower() for each in side["absent"]]
    return any(library in name.lower() for library in libraries if library)


def _worse(now: Figure | None, then: Figure | None, limit: float) -> str:
    """Why a figure does not pass; "" where it does."""
    if then is not None and _is_broken(then):
        return f"what is stored of it is broken: {then['value']} is no figure"
    if now is None:
        return "it is stored, and was not measured"
    if then is None:
        return "it was measured, and is not stored"
    if _is_broken(now):
        return f"{now['value']} is no figure"
    if now["unit"] != then["unit"] or any((now[goal] is None) != (then[goal] is None) for goal in GOALS):
        return "it is stored with another unit, or with other goals"
    return _worse_ratio(now, then, limit) if now["unit"] == TIMES else _missed_goal(now, then)


def _worse_ratio(now: Figure, then: Figure, limit: float) -> str:
    value, stored_one = now["value"], then["value"]
    if min(value, stored_one) <= 0:
        return f"{value:.3g} where {stored_one:.3g} is stored: one of them is no ratio"
    larger, smaller = value / stored_one, stored_one / value
    times = max(way for way, goal in ((larger, "at_most"), (smaller, "at_least")) if now[goal] is not None)
    return f"{value:.3g} where {stored_one:.3g} is stored: {times:.2f} times worse (limit {limit:g})" if times > limit else ""


def _missed_goal(now: Figure, then: Figure) -> str:
    for each in (now, then):
        if misses(now["value"], each["at_most"], each["at_least"]):
            goal = " and ".join(f"{key.replace('_', ' ')} {each[key]:g}" for key in GOALS if each[key] is not None)
            return f"{now['value']:.4g} where the goal is {goal}"
    return ""


def judged(name: str, measure: Callable[[], Result], old: Result, limits: Mapping[str, float]) -> list[str]:
    """The figures that are worse in two of two tries; a benchmark of which nothing can be compared is one as well.

    A try that did not come to its end has shown no figure to be good: what is worse in the other one counts.
    """
    began = time.perf_counter()
    first = _first_try(name, measure, old, limits)
    if first and not first.count:
        return [f"{name}: no figure can be compared with a stored one{_mended(name)}"]
    last = first if first and not first.worse else compared(measure(), old, limits)
    if not last.count:
        return [f"{name}: no figure can be compared with a stored one{_mended(name)}"]
    worse = [f"{name}: {figure}: {told}" for figure, told in last.worse.items() if first is None or figure in first.worse]
    told = "" if last is first else "a second try was needed, "
    told += f"{len(last.not_here)} beside libraries that are not here, " if last.not_here else ""
    print(f"gate: {name}: {last.count} figures, {len(worse)} worse, {told}{time.perf_counter() - began:.1f} s", flush=True)
    return worse


def _first_try(name: str, measure: Callable[[], Result], old: Result, limits: Mapping[str, float]) -> Compared | None:
    """What came of it; None where the benchmark did not come to its end, which is told at once."""
    try:
        new = measure()
    except BenchmarkError as error:
        print(f"gate: {name}: {error} It is tried a second time.", flush=True)
        return None
    return compared(new, old, limits)


def _mended(name: str) -> str:
    return f"; `make bench-page ONLY={name}` stores what the gate compares"


def table() -> dict[str, Any]:
    """What gate.toml says."""
    return tomllib.loads((BENCHMARKS / "gate.toml").read_text(encoding="utf-8"))


def runs() -> dict[str, Callable[[], Result]]:
    """What the gate runs, by the name of the benchmark."""
    known = table()
    return {name: partial(run, name, how["arguments"], how["rounds"], known["longest"]) for name, how in known["runs"].items()}


def unlike(old: Result, how: Mapping[str, Any]) -> bool:
    """Whether a stored result was asked for otherwise than the gate asks."""
    return (old["arguments"], old["most_rounds"]) != (how["arguments"], how["rounds"])


def main(only: Sequence[str] = ()) -> int:
    """Run the quick benchmarks; 1 where something has become worse."""
    wishes, worse = table(), []
    if unknown := set(only) - set(wishes["runs"]):
        print(f"The gate has no run of the name {', '.join(sorted(unknown))}. It has: {', '.join(wishes['runs'])}.")
        return 2
    known = stored(GATE)
    for name, measure in runs().items():
        if only and name not in only:
            continue
        if name not in known or unlike(known[name], wishes["runs"][name]):
            worse.append(f"{name}: nothing is stored of such a run{_mended(name)}")
            continue
        try:
            worse += judged(name, measure, known[name], wishes["limits"])
        except BenchmarkError as error:
            worse.append(str(error))
    for line in worse:
        print(f"WORSE {line}")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
