"""Servers of the MCP tests: programs of this folder, and servers on free ports of this process."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import uvicorn

from racto_nb.flow.portal import Portal
from racto_nb.mcp import MCPClientConfig

PROGRAMS = Path(__file__).parent / "programs"
OURS, OFFICIAL = PROGRAMS / "ours.py", PROGRAMS / "official.py"


def program(path: Path = OURS, *args: str, **options: Any) -> MCPClientConfig:
    """A config that starts one of the programs."""
    words = [str(path), *(args or ("tools",) if path == OURS else args)]
    return MCPClientConfig(transport="stdio", command=sys.executable, args=words, **options)


def script(tmp_path: Path, source: str, **options: Any) -> MCPClientConfig:
    """A config that starts a program with this source."""
    path = tmp_path / "server_of_a_test.py"
    path.write_text(source)
    return MCPClientConfig(transport="stdio", command=sys.executable, args=[str(path)], **options)


@contextmanager
def listening(app: Any) -> Generator[str]:
    """An ASGI application on a free port: its address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[sock])))
        thread.start()
        until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def apart(name: str = "elsewhere") -> Generator[Callable[[Callable[[], Any]], Any]]:
    """Runs coroutines on a loop of its own thread."""
    with Portal(name) as portal:
        yield portal.call


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until `condition()` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether the process has ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def children() -> Sequence[int]:
    """The processes that this one has started and that are still there."""
    return [each.pid for each in psutil.Process().children() if not is_gone(each.pid)]
