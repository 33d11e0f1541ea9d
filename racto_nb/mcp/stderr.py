"""What a server program writes to its stderr: the end of it is kept, for errors and for those who ask."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from typing import TextIO

from racto_nb._secrecy import Secrets

KEPT = 16_000
"""Most bytes that are kept. A server may write for days."""
_PIECE = 4_096


class Overheard:
    """The end of what a program wrote. `secrets` are taken out of it. Open one pipe for each start of the program."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._over.set()

    def pipe(self) -> TextIO:
        """The end that the program writes to. A thread reads the other one, until nobody holds this one any more."""
        reading, writing = os.pipe()
        self._over.clear()
        threading.Thread(target=self._listen, args=(reading,), name="racto-mcp-stderr", daemon=True).start()
        return os.fdopen(writing, "w")

    async def heard_out(self, seconds: float) -> None:
        """Wait until a program that has ended is heard to its last word, for at most so many seconds."""
        if not self._over.is_set():
            await asyncio.to_thread(self._over.wait, seconds)

    @property
    def text(self) -> str:
        """All that is kept, without colours and secrets."""
        with self._turn:
            data = b"".join(self._pieces)
        text = data.decode("utf-8", "replace")
        return self.secrets.cleaned("".join(each for each in text if each.isprintable() or each in "\n\t"))

    def last(self, lines: int = 5) -> str:
        """The last lines, each at most 300 characters long; empty where nothing was written."""
        found = [line.rstrip()[:300] for line in self.text.splitlines() if line.strip()]
        return "\n".join(found[-lines:])

    def _listen(self, reading: int) -> None:
        with os.fdopen(reading, "rb", buffering=0) as source:
            while data := source.read(_PIECE):
                with self._turn:
                    self._pieces.append(data)
                    self._size += len(data)
                    while self._size > KEPT and len(self._pieces) > 1:
                        self._size -= len(self._pieces.popleft())
        self._over.set()
