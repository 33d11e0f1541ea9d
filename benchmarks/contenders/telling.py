"""Figures of a benchmark as data: a line of JSON for each, beside what is printed, in a file that a variable names.

The page and the regression gate read these lines, so that nothing is taken out of prose. Without the variable nothing is kept.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

FIGURES = "RACTO_BENCH_FIGURES"
"""Names the file."""
TIMES = "times"
"""The unit of a ratio: the regression gate allows it some noise."""
EXACT = frozenset({"share", "libraries", "clients", "programs", "lines", "of 1"})
"""The units of shares and counts: the regression gate holds them to their goals."""


def figure(
    name: str, value: float, unit: str = TIMES, *, at_most: float | None = None, at_least: float | None = None, told: str = ""
) -> bool:
    """Keep a figure with its goal; whether the goal is missed. `told` says what a ratio is made of, and of which sizes."""
    missed = misses(value, at_most, at_least)
    _kept({
        "name": name, "value": float(f"{value:.5g}"), "unit": unit, "at_most": at_most, "at_least": at_least,
        "missed": missed, "told": told,
    })  # fmt: skip
    return missed


def misses(value: float, at_most: float | None, at_least: float | None) -> bool:
    """Whether a goal is missed; what is not a number misses each."""
    if at_most is None and at_least is None:
        return False
    return not (math.isfinite(value) and (at_most is None or value <= at_most) and (at_least is None or value >= at_least))


def short(value: float) -> str:
    """Three digits, or all of a large number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def absent(what: str, reason: object) -> None:
    """Print, and keep, that something is not measured."""
    print(f"{what} is not measured: {reason}")
    _kept({"absent": what, "reason": str(reason)})


def _kept(line: dict[str, object]) -> None:
    if path := os.environ.get(FIGURES):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def beside(job: str, library: str, value: float, unit: str, *, to_ours: float, told: str = "") -> None:
    """Keep what another library takes for a job that ours does too, and that as a ratio to ours."""
    numbers = {"value": float(f"{value:.4g}"), "to_ours": float(f"{to_ours:.4g}")}
    _kept({"job": job, "library": library, "unit": unit, "told": told, **numbers})


def versions(of: dict[str, str]) -> None:
    """Keep which versions were measured that are not in our environment."""
    _kept({"versions": of})
