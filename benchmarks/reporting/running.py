"""Run a benchmark as a process, and have its figures as data."""

from __future__ import annotations

import ast
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contenders.telling import FIGURES
from contenders.timing import MOST_ROUNDS

from reporting.machine import facts

BENCHMARKS = Path(__file__).resolve().parents[1]
RESULTS = BENCHMARKS / "results"
GATE = RESULTS / "gate"
"""What the gate compares: results of its own runs, with its arguments and rounds."""
LONGEST = 7200.0
"""Seconds after which a benchmark is stopped: none takes half of it, a hung one would take all night."""
CRASHED = "Traceback (most recent call last)"
Result = dict[str, Any]


class BenchmarkError(Exception):
    """A benchmark ended before it had measured."""


def names() -> list[str]:
    """All benchmarks."""
    return sorted(path.stem for path in BENCHMARKS.glob("*.py"))


def about(name: str) -> str:
    """What a benchmark measures, and how: its docstring without the commands in it."""
    told = ast.get_docstring(ast.parse((BENCHMARKS / f"{name}.py").read_text(encoding="utf-8"))) or ""
    return "\n\n".join(part for part in told.split("\n\n") if not part.startswith("    "))


def run(name: str, arguments: Sequence[str] = (), rounds: int | None = None, longest: float = LONGEST) -> Result:
    """The figures of a benchmark, at most so many rounds each. Raises BenchmarkError where it does not come to its end, also
    where that takes longer than `longest` seconds.
    """
    machine, began, spent = facts(), time.perf_counter(), _children()
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "figures.jsonl"
        environment = {**os.environ, FIGURES: str(lines), "RACTO_LEDGER": str(Path(folder, "ledger"))}
        environment |= {MOST_ROUNDS: str(rounds)} if rounds else {}
        words = [sys.executable, str(BENCHMARKS / f"{name}.py"), *arguments]
        code, errors = _ended(name, words, environment, longest)
        kept = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()] if lines.exists() else []
    print(errors, end="", file=sys.stderr)
    figures = [each for each in kept if "missed" in each]
    if code != int(any(each["missed"] for each in figures)) or CRASHED in errors:
        message = f"{name} ended with {code} and {sum(each['missed'] for each in figures)} missed goals."
        raise BenchmarkError(message)
    return {
        "benchmark": name,
        "arguments": list(arguments),
        "seconds": round(time.perf_counter() - began, 1),
        "processor_seconds": round(_children() - spent, 1),
        "most_rounds": rounds,
        "machine": machine,
        "figures": figures,
        "beside": [each for each in kept if "library" in each],
        "absent": [each for each in kept if "absent" in each],
        "versions": {key: value for each in kept for key, value in each.get("versions", {}).items()},
    }


def _ended(name: str, words: Sequence[str], environment: Mapping[str, str], longest: float) -> tuple[int, str]:
    """The exit code, and what was written to standard error. Whatever ends the wait ends the servers and browsers of it too."""
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True, process_group=0) as process:
        try:
            _, errors = process.communicate(timeout=longest)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                message = f"{name} was stopped: it had not come to its end after {longest:g} seconds."
                raise BenchmarkError(message) from error
            raise
    return process.returncode, errors


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def broken(result: Result) -> list[str]:
    """What no other figure can be compared with, a line each: numbers that are none, and a name that two figures have."""
    figures, beside = result["figures"], result["beside"]
    numbers = [(each["name"], each["value"]) for each in figures]
    numbers += [(f"{each['job']}, {each['library']}", each[key]) for each in beside for key in ("value", "to_ours")]
    lines = [f"{name}: {value} is no figure" for name, value in numbers if not math.isfinite(value)]
    return lines + [f"{name}: {count} figures have this name" for name, count in named_twice(result).items()]


def named_twice(result: Result) -> dict[str, int]:
    """The names that more than one figure has, and how many have it: compared by name, all but one of them would be lost."""
    counted = Counter(each["name"] for each in result["figures"])
    return {name: count for name, count in counted.items() if count > 1}


def store(result: Result, folder: Path = RESULTS) -> None:
    """Keep a result for the page and for the gate. Raises BenchmarkError where it is broken; what was stored before stays."""
    if lines := broken(result):
        message = f"{result['benchmark']} is not stored: {'; '.join(lines)}. Mend the benchmark, and run it again."
        raise BenchmarkError(message)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (folder / f"{result['benchmark']}.json").write_text(text + "\n", encoding="utf-8")


def stored(folder: Path = RESULTS) -> dict[str, Result]:
    """All results that are kept, by the name of the benchmark."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
