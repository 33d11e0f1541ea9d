"""A library at work in its own environment: `python worker.py SIDE`, asked by lines of JSON on its standard input.

A line names a job, how often it is to be done, and what it is about. The answer has the processor seconds that this process took
for it, in all its threads. A job is made, and done once, when it is named first. What the library prints goes to standard error.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).with_name("sides")))


def answered(side: Any, made: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Do what a line asks for."""
    key = json.dumps([task["job"], task["about"]])
    if key not in made:
        made[key] = getattr(side, task["job"])(task["about"])
        made[key].work(1)
    job = made[key]
    if task.get("facts"):
        return {"facts": job.facts()}
    start = time.process_time()
    job.work(task["times"])
    seconds = time.process_time() - start
    return {"seconds": seconds, "all": time.process_time()}


def versions(names: list[str]) -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in names}


def main(name: str, libraries: list[str]) -> None:
    """Answer each line."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    side, made = importlib.import_module(f"with_{name}"), {}
    say({"jobs": side.JOBS, "versions": versions(libraries)})
    for line in sys.stdin:
        try:
            answer = answered(side, made, json.loads(line))
        except Exception as error:  # noqa: BLE001  (whatever the library raises is told, and ends nothing else)
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        say(answer)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
