"""Whether a ratio has grown since it was stored: `python -m reporting.gate`.

The quick benchmarks of gate.toml run with few rounds. A ratio with a goal that is worse than the stored one times its limit is
measured once more; where it is worse again, the exit code is 1. Goals themselves do not count here, nor absolute figures.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from contenders.telling import TIMES

from reporting.running import BENCHMARKS, BenchmarkError, Result, run, stored

DEFAULT = "default"


@dataclass(frozen=True)
class Compared:
    """What came of the figures of one benchmark: how many were compared, and a line for each that is worse."""

    count: int
    worse: dict[str, str] = field(default_factory=dict)


def compared(new: Result, old: Result, limits: Mapping[str, float]) -> Compared:
    """Each ratio with a goal beside the stored one of the same name."""
    before = {each["name"]: each["value"] for each in old["figures"]}
    known = [each for each in new["figures"] if _is_judged(each) and each["name"] in before]
    worse: dict[str, str] = {}
    for each in known:
        limit = limits.get(f"{new['benchmark']}: {each['name']}", limits[DEFAULT])
        now, then = each["value"], before[each["name"]]
        times = then / now if each["at_least"] is not None else now / then
        if times > limit:
            worse[each["name"]] = f"{now:.3g} where {then:.3g} is stored: {times:.2f} times worse (limit {limit:g})"
    return Compared(len(known), worse)


def _is_judged(each: Mapping[str, Any]) -> bool:
    return each["unit"] == TIMES and (each["at_most"] is not None or each["at_least"] is not None) and each["value"] > 0


def judged(name: str, measure: Callable[[], Result], old: Result, limits: Mapping[str, float]) -> list[str]:
    """The figures that are worse in two of two tries; a benchmark of which nothing can be compared is one as well."""
    began = time.perf_counter()
    first = compared(measure(), old, limits)
    if not first.count:
        return [f"{name}: no figure has the name of a stored one; `make bench-page ONLY={name}` stores them"]
    again = compared(measure(), old, limits).worse if first.worse else {}
    worse = [f"{name}: {figure}: {told}" for figure, told in again.items() if figure in first.worse]
    told = "a second try was needed, " if first.worse else ""
    print(f"gate: {name}: {first.count} ratios, {len(worse)} worse, {told}{time.perf_counter() - began:.1f} s", flush=True)
    return worse


def main(only: Sequence[str] = ()) -> int:
    """Run the quick benchmarks; 1 where something has become worse."""
    table = tomllib.loads((BENCHMARKS / "gate.toml").read_text(encoding="utf-8"))
    known, worse = stored(), []
    for name, how in table["runs"].items():
        if only and name not in only:
            continue
        measure = partial(run, name, how["arguments"], how["rounds"])
        try:
            worse += judged(name, measure, known[name], table["limits"])
        except BenchmarkError as error:
            worse.append(str(error))
    for line in worse:
        print(f"WORSE {line}")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
