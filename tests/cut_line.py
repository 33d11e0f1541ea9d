"""A line between a client and a server of this machine that can be cut and mended: an outage without stopping the server."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class CutLine:
    """Passes what comes to `port` on to `target`, a port of this machine, until it is cut. Close it, or use it in `with`."""

    def __init__(self, target: int = 0) -> None:
        self.target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._flows = threading.Event()
        self._flows.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break what is open; who comes now is hung up on."""
        with self._lock:
            self._is_cut = True
            self._hang_up()

    def hold(self) -> None:
        """Let nothing through until it is mended, and hang up on nobody: who sent something waits for the answer."""
        self._flows.clear()

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._is_cut = False
        self._flows.set()

    def close(self) -> None:
        self.cut()
        self._flows.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes who waits for connections
        self._listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hang_up(self) -> None:
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:  # closed
                return
            with self._lock:
                there = None if self._is_cut else self._reached()
                if there is None:
                    here.close()
                    continue
                self._open |= {here, there}
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _reached(self) -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", self.target), 2)
        except OSError:
            return None

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            source.settimeout(None)
            while piece := source.recv(65536):
                self._flows.wait()
                target.sendall(piece)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
