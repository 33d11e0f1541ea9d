"""Run benchmarks, store what they find, and write the page: `python -m reporting.write [--only NAME …] [--rounds N]`.

Without `--only` all are run. Those of the gate are run once more as the gate runs them, for it to compare; with `--gate` only
that is done. With `--page` none is run, and the page is written from what is stored. A benchmark that ends before it has measured
is told, keeps its stored result, and makes the exit code 1. A missed goal does not: the page tells it.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from reporting import gate
from reporting.page import Reasons, written
from reporting.readme import README, rewritten
from reporting.running import BENCHMARKS, GATE, RESULTS, BenchmarkError, Result, names, run, store, stored

PAGE = BENCHMARKS.parent / "docs" / "benchmarks.md"


def reasons() -> Reasons:
    """Why goals are missed, written by hand."""
    return tomllib.loads((BENCHMARKS / "reasons.toml").read_text(encoding="utf-8"))


def surplus(results: Mapping[str, Result], known: Reasons) -> list[str]:
    """Reasons for goals that are met."""
    met = {(name, each["name"]) for name, result in results.items() for each in result["figures"] if not each["missed"]}
    return [f"{name}: {figure}" for name, figures in known.items() for figure in figures if (name, figure) in met]


def main(arguments: Sequence[str]) -> int:
    """Measure, store, write; tell what took how long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names(), metavar="NAME", help="these benchmarks alone")
    parser.add_argument("--rounds", type=int, help="a quick look: at most so many rounds; the page says so")
    less = parser.add_mutually_exclusive_group()
    less.add_argument("--gate", action="store_true", help="what the gate compares alone")
    less.add_argument("--page", action="store_true", help="nothing is run")
    given = parser.parse_args(arguments)
    if given.gate and (others := set(given.only or ()) - set(gate.runs())):
        parser.error(f"the gate has no run of the name {', '.join(sorted(others))}")
    failed = [] if given.page else _measured(given.only or names(), given.rounds, gate_alone=given.gate)
    _written(failed)
    return int(bool(failed))


def _written(failed: Sequence[str]) -> None:
    results = stored()
    PAGE.write_text(written(results, reasons()), encoding="utf-8")
    if beside := results.get("beside_peers"):
        README.write_text(rewritten(README.read_text(encoding="utf-8"), beside), encoding="utf-8")
    for name, result in results.items():
        missed = sum(each["missed"] for each in result["figures"])
        print(f"{name:24}{result['seconds']:8.1f} s{result['processor_seconds']:8.1f} s of processor time{missed:4} missed")
    print(f"{'all':24}{sum(result['seconds'] for result in results.values()):8.1f} s")
    for one in surplus(results, reasons()):
        print(f"a reason that is not needed: {one}")
    for name in failed:
        print(f"FAILED: {name}")


def _measured(some: Sequence[str], rounds: int | None, *, gate_alone: bool) -> list[str]:
    """Run and store; the names of those that did not come to their end."""
    failed: list[str] = []
    for name in some:
        works: list[tuple[Callable[[], Result], Path]] = [] if gate_alone else [(partial(run, name, rounds=rounds), RESULTS)]
        works += [(gate.runs()[name], GATE)] if name in gate.runs() else []
        for measure, folder in works:
            print(f"== {name}{' as the gate runs it' if folder == GATE else ''}", flush=True)
            try:
                store(measure(), folder)
            except BenchmarkError as error:
                print(error)
                failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
