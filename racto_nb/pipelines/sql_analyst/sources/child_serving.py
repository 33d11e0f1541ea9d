"""The child's side of `child_process`: works on requests, one at a time, until its parent closes the pipe or is gone.

Runs in a fresh interpreter without the environment of its parent. Imports only the standard library; what it works with comes
with the function that its parent names.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from racto_nb.pipelines.sql_analyst.sources.child_wire import Message, Refused, read_message, write_message

if TYPE_CHECKING:
    import polars as pl

_LOOK_SECONDS = 1.0
_SLACK = 256 * 1024 * 1024
"""Address space beyond what is taken after the start: stacks of threads and what allocators set aside without using it."""


class Work(Protocol):
    """What a child does. `interrupt` is called from another thread and ends what `perform` is at."""

    def perform(self, request: Message) -> tuple[Message, pl.DataFrame | None]:
        """Facts (that JSON can hold) and a frame, if there is one. Raises Refused."""
        ...

    def interrupt(self) -> None:
        """End what is under way, soon, with an error."""
        ...


def serve(work: str, parent: int, folder: str) -> None:
    """Answer requests with what the function `work` ("module:function") returns. Returns never."""
    requests, answers = _pipes()
    _limit("RLIMIT_CORE", 0)
    module, _, function = work.partition(":")
    loaded: Work = getattr(importlib.import_module(module), function)()
    _Serving(loaded, requests, answers, Path(folder)).run(parent)


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Where requests come from and answers go to. What else is written to the output of this process goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def _limit(name: str, value: int) -> None:
    if sys.platform == "win32":  # has no such limits
        return
    import resource

    which = getattr(resource, name)
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


class _Serving:
    def __init__(self, work: Work, requests: IO[bytes], answers: IO[bytes], folder: Path) -> None:
        self._work, self._requests, self._answers = work, requests, answers
        self._folder = folder
        self._files = _Files(folder)
        self._waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._current: int | None = None
        self._turn = threading.Lock()
        self._taken = _address_space()

    def run(self, parent: int) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        if sys.platform != "win32":
            threading.Thread(target=_watch, args=(parent, self._leave), daemon=True).start()
        write_message(self._answers, {"ready": os.getpid()})
        while True:
            request = self._waiting.get()
            with self._turn:
                self._current = request["number"]
            answer = self._answer(request)
            with self._turn:
                self._current = None
            write_message(self._answers, {"number": request["number"], **answer})

    def _listen(self) -> None:
        try:
            while (message := read_message(self._requests)) is not None:
                self._take(message)
        finally:
            self._leave(0)

    def _leave(self, code: int) -> None:
        """End at once, whatever is under way: the one who asked is gone, and may have had no time to remove the folder."""
        try:
            shutil.rmtree(self._folder, ignore_errors=True)
        finally:  # also when there is no memory for that
            os._exit(code)

    def _take(self, message: Message) -> None:
        if "interrupt" in message:
            with self._turn:
                if self._current == message["interrupt"]:
                    self._work.interrupt()
        elif "release" in message:
            self._files.release()
        else:
            self._waiting.put(message)

    def _answer(self, request: Message) -> Message:
        _limit("RLIMIT_AS", self._taken + _SLACK + request["memory"])
        began = time.perf_counter()
        try:
            facts, frame = self._work.perform(request["request"])
            seconds = time.perf_counter() - began
            file = None if frame is None else self._files.written(frame)
        except Refused as refused:
            return {"refused": refused.kind, "words": refused.words, "ends": refused.ends}
        except MemoryError:
            return {"refused": "memory", "words": "out of memory", "ends": True}
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  (a library's panic is no Exception; the parent tells of it, and this child ends)
            return {"refused": "query", "words": f"{type(error).__name__}: {error}", "ends": True}
        return {"facts": facts, "file": file, "seconds": seconds}


class _Files:
    """Results for the parent: in memory, by a name under /proc, where the system has that; else in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: int | None = None
        self._turn = threading.Lock()

    def written(self, frame: pl.DataFrame) -> str:
        """The path of a file with `frame` in it, which stays until `release`."""
        self.release()
        if not hasattr(os, "memfd_create"):
            place = self._folder / "result.arrow"
            frame.write_ipc(place)
            return str(place)
        with self._turn:
            self._held = os.memfd_create("result")
            with os.fdopen(os.dup(self._held), "wb") as file:
                frame.write_ipc(file)
            return f"/proc/{os.getpid()}/fd/{self._held}"

    def release(self) -> None:
        """Give up the file that was written last."""
        with self._turn:
            if self._held is not None:
                os.close(self._held)
                self._held = None
        with contextlib.suppress(FileNotFoundError):
            (self._folder / "result.arrow").unlink()


def _address_space() -> int:
    """The bytes of address space that this process takes now; where the system does not tell, as much as libraries take."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 1024 * 1024 * 1024


def _watch(parent: int, exits: Callable[[int], object]) -> None:
    """End this process soon after its parent: a fork of the parent may still hold the pipe."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    exits(0)
