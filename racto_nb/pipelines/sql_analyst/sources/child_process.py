"""A process of our own that works on requests under limits: started when it is needed first, kept warm, killed when it must be.

It is a fresh interpreter: it gets neither the environment (where keys lie) nor the files of this process. Kind: threaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.own_folder import own_folder
from racto_nb.pipelines.sql_analyst.sources.child_wire import (
    Answer,
    ChildDiedError,
    ChildRefusedError,
    ChildTimeoutError,
    Message,
    read_message,
    write_message,
)

if TYPE_CHECKING:
    import polars as pl

_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TZDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""What a child gets of the environment: language, time zone, and what an interpreter needs to start."""
_START = (
    "import sys, json; given = json.loads(sys.argv[1]); sys.path += [each for each in given['path'] if each not in sys.path]; "
    "from racto_nb.pipelines.sql_analyst.sources.child_serving import serve; "
    "serve(given['work'], given['parent'], given['folder'])"
)
_START_SECONDS = 120.0
_LOOK_SECONDS = 0.05
"""How soon a caller who left is noticed."""
_GRACE = 1.0
"""How long a child that was interrupted may take before it is killed."""
_MOST_TOLD = 400


class ChildProcess:
    """A process that does `work` ("module:function", see `child_serving.Work`), one request at a time: callers wait in line.

    May be used from several threads and after a fork, which starts a child of its own. It ends with `close`, with the last
    reference to this object, and with this process, however that ends.
    """

    def __init__(self, work: str) -> None:
        self._work = work
        self._own = _Own(os.getpid())

    @property
    def pid(self) -> int | None:
        """The number of the process that runs now, if there is one."""
        running = self._mine().running
        return None if running is None else running.process.pid

    def ask(self, request: Message, *, memory: int, deadline: float | None = None, stop: threading.Event | None = None) -> Answer:
        """The answer to `request`, within `memory` bytes and `deadline` seconds (None: no end).

        Raises ChildRefusedError, ChildTimeoutError, ChildDiedError; asyncio.CancelledError when `stop` is set meanwhile. After
        each of them the next request finds a child that works.
        """
        own = self._mine()
        _take(own.turn, stop)
        try:
            running = self._running(own)
            try:
                return running.asked(request, memory, deadline, stop)
            finally:
                if running.is_over:
                    own.running = None
        finally:
            own.turn.release()

    def close(self) -> None:
        """End the process, in the middle of its work too. The next request starts another."""
        own = self._mine()
        running, own.running = own.running, None
        if running is not None:
            running.end()

    def _mine(self) -> _Own:
        """The lock and the child of this process. A fork copies a lock that another thread may hold, and another's child."""
        if self._own.process != os.getpid():
            if self._own.running is not None:
                self._own.running.disown()
            self._own = _Own(os.getpid())
        return self._own

    def _running(self, own: _Own) -> _Running:
        running = own.running
        if running is None or running.process.poll() is not None:
            if running is not None:
                running.end()
            own.running = running = _started(self._work)
            weakref.finalize(self, running.end)
        return running


@dataclass(slots=True)
class _Own:
    process: int
    turn: threading.Lock = field(default_factory=threading.Lock)
    running: _Running | None = None


def _take(turn: threading.Lock, stop: threading.Event | None) -> None:
    """Wait for the turn, or until `stop`."""
    while not turn.acquire(timeout=_LOOK_SECONDS if stop else -1):
        if stop is not None and stop.is_set():
            raise asyncio.CancelledError
    if stop is not None and stop.is_set():
        turn.release()
        raise asyncio.CancelledError


def _started(work: str) -> _Running:
    if not sys.executable:
        msg = "Queries run in a process of their own, and this Python does not know its own program: sys.executable is empty."
        raise SourceError(msg)
    folder = str(own_folder("sql"))
    path = [*(each for each in sys.path if each), str(Path(__file__).resolve().parents[4])]
    given = {"path": path, "work": work, "parent": os.getpid(), "folder": folder}
    try:
        process = _interpreter(given, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    running = _Running(process, folder)
    running.await_ready()
    return running


def _interpreter(given: Message, folder: str) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {"TMPDIR": folder, "HOME": folder, "POLARS_MAX_THREADS": "2", "MALLOC_ARENA_MAX": "2", "RUST_BACKTRACE": "0"}
    with open(Path(folder, "stderr"), "wb") as errors:  # noqa: PTH123  (a handle for the child)
        return subprocess.Popen(  # noqa: S603  (this interpreter, and a line of ours)
            [sys.executable, "-I", "-c", _START, json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=kept | own,
            start_new_session=True,  # interrupting a cell shall not end it
        )


class _Running:
    """A child that has been started. A thread reads what it says, so that one who waits for it can be interrupted."""

    def __init__(self, process: subprocess.Popen[bytes], folder: str) -> None:
        self.process = process
        self.is_over = False
        self._folder = folder
        self._made_by = os.getpid()
        self._number = 0
        self._said: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._requests = cast("IO[bytes]", process.stdin)
        threading.Thread(target=_listen, args=(process.stdout, self._said), name="racto-child", daemon=True).start()

    def await_ready(self) -> None:
        try:
            said = self._next(time.monotonic() + _START_SECONDS, None)
        except BaseException:
            self.end()
            raise
        if said is None:
            told = self._told()
            self.end()
            msg = f"The process for queries did not start: {told or 'it wrote nothing'}"
            raise SourceError(msg)

    def asked(self, request: Message, memory: int, deadline: float | None, stop: threading.Event | None) -> Answer:
        self._number += 1
        try:
            self._send({"number": self._number, "memory": memory, "request": request})
            return self._answer(self._next(None if deadline is None else time.monotonic() + deadline, stop))
        except ChildRefusedError:
            raise
        except ChildDiedError:
            self.end()
            raise
        except BaseException:  # too late, cancelled, or interrupted by the user
            self._interrupt()
            raise

    def end(self) -> None:
        """Kill the process and remove its folder. Does nothing in a fork: it is the child of another."""
        self.is_over = True
        if self._made_by != os.getpid():
            self.disown()
            return
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            self._requests.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def disown(self) -> None:
        """Forget the process, in a fork: nobody here may wait for it, or warn that it still runs."""
        self.process.returncode = 0

    def _send(self, message: Message) -> None:
        try:
            write_message(self._requests, message)
        except OSError:
            raise self._died() from None

    def _next(self, until: float | None, stop: threading.Event | None) -> Message | None:
        while True:
            left = _LOOK_SECONDS if until is None else min(_LOOK_SECONDS, until - time.monotonic())
            try:
                return self._said.get(timeout=max(left, 0.0))
            except queue.Empty:
                if stop is not None and stop.is_set():
                    raise asyncio.CancelledError from None
                if until is not None and time.monotonic() >= until:
                    raise ChildTimeoutError from None

    def _answer(self, said: Message | None) -> Answer:
        if said is None:
            raise self._died()
        if "refused" in said:
            if said["ends"]:
                self.end()
            raise ChildRefusedError(said["refused"], said["words"])
        frame = None if said["file"] is None else _frame(said["file"])
        if frame is not None:
            self._send({"release": True})
        return Answer(said["facts"], frame, said["seconds"])

    def _interrupt(self) -> None:
        """Ask the child to leave what it is at. If it does not soon, it is killed."""
        try:
            self._send({"interrupt": self._number})
            until = time.monotonic() + _GRACE
            while (said := self._next(until, None)) is not None:
                if said.get("number") == self._number:
                    if not said.get("ends"):
                        self._send({"release": True})
                        return
                    break
        except (ChildTimeoutError, ChildDiedError):
            pass
        except BaseException:
            self.end()
            raise
        self.end()

    def _died(self) -> ChildDiedError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE)
        return ChildDiedError(self.process.poll(), self._told())

    def _told(self) -> str:
        """The end of what the child wrote to its standard error."""
        with contextlib.suppress(OSError):
            return Path(self._folder, "stderr").read_text(encoding="utf-8", errors="replace")[-_MOST_TOLD:].strip()
        return ""


def _listen(pipe: IO[bytes], said: queue.SimpleQueue[Message | None]) -> None:
    with pipe:
        while (message := read_message(pipe)) is not None:
            said.put(message)
    said.put(None)


def _frame(path: str) -> pl.DataFrame:
    import polars as pl

    return pl.read_ipc(path)
