"""A library at work in a process of its own, which lives as long as the block, or answers one question."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peers.environments import HERE, PLACE, Peer, variables

IMPORT = "import time; began = time.process_time(); {imports}; print(time.process_time() - began)"


class WorkerError(Exception):
    """A library did not do what it was asked for."""


class Worker:
    """One library, asked by lines of JSON."""

    def __init__(self, peer: Peer, process: subprocess.Popen[str]) -> None:
        self.peer, self._process = peer, process
        hello = self._answer()
        self.jobs: list[str] = hello["jobs"]
        self.versions: dict[str, str] = hello["versions"]

    def seconds(self, job: str, about: dict[str, Any], times: int = 1) -> dict[str, float]:
        """The processor seconds of so many turns, and all that the process has taken in its life."""
        return self._asked({"job": job, "about": about, "times": times})

    def facts(self, job: str, about: dict[str, Any]) -> dict[str, Any]:
        """What a job finds, unmeasured."""
        return self._asked({"job": job, "about": about, "facts": True})["facts"]

    def _asked(self, task: dict[str, Any]) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process has ended"}
        if "error" in answer:
            message = f"{self.peer.title}: {answer['error']}"
            raise WorkerError(message)
        return answer


@contextmanager
def worker(peer: Peer) -> Iterator[Worker]:
    """A process with this library. What it writes to standard error is kept in a file beside its environment."""
    PLACE.mkdir(parents=True, exist_ok=True)
    words = [str(peer.python), str(HERE / "worker.py"), peer.name, *peer.libraries]
    with (
        (PLACE / f"{peer.name}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=variables(), cwd=PLACE
        ) as process,
    ):
        try:
            yield Worker(peer, process)
        finally:
            process.stdin.close()
            process.stdout.close()


def imported(peer: Peer) -> float:
    """The processor seconds of an import in a fresh process."""
    program = IMPORT.format(imports=peer.imports)
    words = [str(peer.python), "-c", program]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=variables(), cwd=PLACE)
    return float(done.stdout.split()[-1])


def first_answer(peer: Peer, job: str, about: dict[str, Any]) -> float:
    """The processor seconds of a fresh process until its first answer is there, its start and all imports included."""
    with worker(peer) as fresh:
        told = fresh.seconds(job, about)
        return told["all"] - told["seconds"]


def kilobytes(peer: Peer, about: dict[str, Any]) -> int:
    """By how much a fresh process grows when it keeps all chunks of a stream."""
    with worker(peer) as fresh:
        return int(fresh.facts("kept", about)["kilobytes"])
