"""Celery workers as processes of a test."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
from server_process import begun, until_ready

HERE = Path(__file__).parent


@dataclass
class WorkerProcess:
    """A worker of `fleet_app` with its children."""

    main: psutil.Process

    @property
    def children(self) -> list[int]:
        return [child.pid for child in self.main.children(recursive=True)]

    def kill(self) -> None:
        """End it and its children at once, with no chance to put anything in order."""
        family = [self.main, *self.main.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, 10)


def worker(folder: Path, closing: ExitStack, name: str, *, processes: int) -> WorkerProcess:
    """A worker that takes questions and documents, in so many processes."""
    log = folder / f"{name}.log"
    words = [
        sys.executable, "-m", "celery", "-A", "fleet_app", "worker", "-l", "INFO", "-P", "prefork", "-c", str(processes),
        "-Q", "celery,documents", "-n", f"{name}@%h", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    process = begun(words, log, closing, cwd=HERE, env={**os.environ, "PYTHONPATH": f"{HERE.parents[2]}"})
    until_ready(process, log, lambda: "ready." in log.read_text(), seconds=150)
    return WorkerProcess(psutil.Process(process.pid))


def eventually(what: Callable[[], object], *, seconds: float = 200) -> None:
    """Wait until `what()` is true."""
    late = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < late, "it did not come about"
        time.sleep(0.02)
