"""A library at work in a process of its own, which lives as long as the block, or answers one question."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any

from peers.environments import HERE, PLACE, Peer, variables

IMPORT = "import time; began = time.process_time(); {imports}; print(time.process_time() - began)"
LONGEST = 600.0
"""Seconds that a library has for an answer: the slowest take a minute to keep 10,000 vectors."""
ENDING = 30.0
"""Seconds that a process has to end."""


class WorkerError(Exception):
    """A library did not do what it was asked for, or not in time."""


class Worker:
    """One library, asked by lines of JSON."""

    def __init__(self, peer: Peer, process: subprocess.Popen[str]) -> None:
        self.peer, self._process, self._is_late = peer, process, False
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
        with suppress(BrokenPipeError):  # the process has ended, which its answer tells
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        """A line. A process that is stuck is ended, so that there is an end of the waiting too."""
        late = Timer(LONGEST, self._stop)
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        ended = f"no answer in {LONGEST:g} seconds" if self._is_late else "the process has ended"
        answer = json.loads(line) if line.endswith("\n") else {"error": ended}
        if "error" in answer:
            message = f"{self.peer.title}: {answer['error']}"
            raise WorkerError(message)
        return answer

    def _stop(self) -> None:
        self._is_late = True
        self._process.kill()


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
            with suppress(BrokenPipeError):  # what a process that has ended did not read
                process.stdin.close()
            process.stdout.close()
            _ended(process)


def _ended(process: subprocess.Popen[str]) -> None:
    """A process ends with its input; one that does not, since what it waits for is another's, is killed."""
    try:
        process.wait(timeout=ENDING)
    except subprocess.TimeoutExpired:
        process.kill()


def imported(peer: Peer) -> float:
    """The processor seconds of an import in a fresh process."""
    program = IMPORT.format(imports=peer.imports)
    words = [str(peer.python), "-c", program]
    try:
        done = subprocess.run(words, check=True, capture_output=True, text=True, env=variables(), cwd=PLACE, timeout=LONGEST)
    except subprocess.CalledProcessError as error:
        message = f"{peer.title}: it cannot be imported: {error.stderr.strip().rpartition(chr(10))[2][:500]}"
        raise WorkerError(message) from error
    except subprocess.TimeoutExpired as error:
        message = f"{peer.title}: no import in {LONGEST:g} seconds"
        raise WorkerError(message) from error
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
