"""What a server program writes to its stderr: the end of it is kept, for errors and for those who ask."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TextIO

from racto_nb._secrecy import Secrets

KEPT = 16_000
"""Most bytes that are kept. A server may write for days."""
_PIECE = 4_096
_TICK = 0.01


class Overheard:
    """The end of what a program wrote. `secrets` are taken out of it. Open one pipe for each start of the program."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_cut = False
        self._turn = threading.Lock()
        self._over = threading.Event()  # of the last start: what an earlier one left behind may hold its pipe for long
        self._over.set()

    def pipe(self) -> TextIO:
        """The end that the program writes to. A thread reads the other one, until nobody holds this one any more."""
        reading, writing = os.pipe()
        over = self._over = threading.Event()
        threading.Thread(target=self._listen, args=(reading, over), name="racto-mcp-stderr", daemon=True).start()
        return os.fdopen(writing, "w")

    async def heard_out(self, seconds: float) -> None:
        """Wait until the program that was started last, and has ended, is heard to its last word; at most so many seconds."""
        over, end = self._over, time.monotonic() + seconds
        while not over.is_set() and time.monotonic() < end:  # noqa: ASYNC110  (a thread sets it, and several loops may wait)
            await asyncio.sleep(_TICK)  # a thread for each of many calls that wait would hold up what else needs one

    @property
    def text(self) -> str:
        """All that is kept, without colours and secrets."""
        with self._turn:
            data, is_cut = b"".join(self._pieces), self._is_cut
        if is_cut and b"\n" in data:  # what is left of the first line may begin with the end of a secret
            data, is_cut = data.partition(b"\n")[2], False
        text = "".join(each for each in data.decode("utf-8", "replace") if each.isprintable() or each in "\n\t")
        return self.secrets.covered_ends(text) if is_cut else self.secrets.cleaned(text)

    def last(self, lines: int = 5) -> str:
        """The last lines, each at most 300 characters long; empty where nothing was written."""
        found = [line.rstrip()[:300] for line in self.text.splitlines() if line.strip()]
        return "\n".join(found[-lines:])

    def _listen(self, reading: int, over: threading.Event) -> None:
        try:
            with suppress(OSError), os.fdopen(reading, "rb", buffering=0) as source:  # what cannot be read is not heard
                while data := source.read(_PIECE):
                    self._keep(data)
        finally:
            over.set()

    def _keep(self, data: bytes) -> None:
        with self._turn:
            self._pieces.append(data)
            self._size += len(data)
            while self._size > KEPT and len(self._pieces) > 1:
                self._size -= len(self._pieces.popleft())
                self._is_cut = True
