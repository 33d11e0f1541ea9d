"""Python that a model wrote, run in a process of its own that can compute and nothing else. Kind: threaded.

What holds it, from the outside in: a fresh interpreter without this process's memory, environment and files, killed at the
deadline; limits of the kernel (memory, processor time, no written file); Landlock (only the libraries can be read), seccomp (no
sockets, no new processes or programs, no signals, no file opened for writing) and a network of its own where that may be had;
and an audit hook of Python that refuses the same with words. It is no virtual machine: who finds a fault in the Linux kernel
gets out. Where the kernel has no Landlock or seccomp, and on macOS and Windows, nothing is run.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import shutil
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import polars as pl

from racto_nb.exceptions import AnalysisError
from racto_nb.flow.threads import in_thread
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.own_folder import own_folder

Engine = Literal["pandas", "polars"]
_START_SECONDS = 120.0
_MOST_PRINTED = 20_000
_MOST_FACTS = 1 << 20
_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Ran:
    """What code made: its table, and what it printed (the first 20,000 letters)."""

    frame: pl.DataFrame
    output: str


def run_python(code: str, frame: pl.DataFrame, *, engine: Engine, limits: RunLimits) -> Ran:
    """The table that `code` leaves in `result` (or in `df`), given `frame` as `df`, and `pd` or `pl`, and `np`.

    `limits` are its deadline in seconds, its memory and the bytes of its result. AnalysisError says what it raised, that it took
    too long or too much, or that this machine cannot hold it.
    """
    if sys.platform != "linux":
        msg = f"Generated Python is run on Linux only, whose kernel can hold it; this is {sys.platform}. Use plans instead."
        raise AnalysisError(msg)
    folder = str(own_folder("python"))
    process = _started(folder)
    try:
        return _answer(process, _job(code, engine, limits), frame, limits)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


async def arun_python(code: str, frame: pl.DataFrame, *, engine: Engine, limits: RunLimits) -> Ran:
    """The table that `code` leaves in `result` (or in `df`), given `frame` as `df`, and `pd` or `pl`, and `np`."""
    return await in_thread(run_python, code, frame, engine=engine, limits=limits)


def _started(folder: str) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder, "POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(  # noqa: S603  (this interpreter, and a file of ours)
        [sys.executable, "-I", "-B", str(Path(__file__).with_name("sandboxed.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=kept | own,
        start_new_session=True,
    )


def _job(code: str, engine: Engine, limits: RunLimits) -> bytes:
    path = [each for each in sys.path if Path(each).name in {"site-packages", "dist-packages"}]
    given: dict[str, Any] = {"code": code, "engine": engine, "path": path, "most_printed": _MOST_PRINTED}
    given |= {"memory": limits.memory, "deadline": limits.deadline, "locks": str(Path(__file__).with_name("kernel_locks.py"))}
    body = json.dumps(given).encode()
    return struct.pack("<Q", len(body)) + body


def _answer(process: subprocess.Popen[bytes], job: bytes, frame: pl.DataFrame, limits: RunLimits) -> Ran:
    said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    requests, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    threading.Thread(target=_tell, args=(requests, job, frame), daemon=True).start()
    threading.Thread(target=_listen, args=(answers, said, limits.max_bytes), daemon=True).start()
    begun = _next(said, _START_SECONDS, "did not start in time")
    if begun != b"R":
        told = (begun or b"")[1:].decode(errors="replace") or _reason(process)
        msg = f"Generated Python is not run here: its process did not start, or could not be locked in ({told})."
        raise AnalysisError(msg)
    whole = _next(said, limits.deadline, f"was stopped after {limits.deadline:g} seconds")
    if whole is None:
        msg = f"The process of the code ended without a result ({_reason(process)})."
        raise AnalysisError(msg)
    return _read(whole)


def _next(said: queue.SimpleQueue[bytes | None], seconds: float, otherwise: str) -> bytes | None:
    try:
        return said.get(timeout=seconds)
    except queue.Empty:
        msg = f"The code {otherwise}."
        raise AnalysisError(msg) from None


def _reason(process: subprocess.Popen[bytes]) -> str:
    with contextlib.suppress(subprocess.TimeoutExpired):
        code = process.wait(2)
        return f"signal {signal.Signals(-code).name}: too much memory or time" if code < 0 else f"exit code {code}"
    return "it wrote more than it may"


def _tell(pipe: IO[bytes], job: bytes, frame: pl.DataFrame) -> None:
    with contextlib.suppress(OSError), pipe:
        pipe.write(job)
        body = io.BytesIO()
        frame.write_ipc(body, compat_level=pl.CompatLevel.oldest())
        pipe.write(body.getbuffer())


def _listen(pipe: IO[bytes], said: queue.SimpleQueue[bytes | None], most: int) -> None:
    """Hand on that the code begins, and its whole answer, if it is one and no longer than it may be."""
    with pipe:
        begun = pipe.read(1)
        said.put(begun if begun == b"R" else begun + pipe.read(300))
        head = pipe.read(16)
        facts, body = struct.unpack("<QQ", head) if len(head) == 16 else (0, 0)  # noqa: PLR2004  (two lengths)
        if not 0 < facts <= _MOST_FACTS or body > most:
            said.put(None)
            return
        rest = pipe.read(facts + body)
        said.put(head + rest if len(rest) == facts + body else None)


def _read(whole: bytes) -> Ran:
    """The answer of a process that may have been taken over: whatever is wrong with it is an AnalysisError."""
    length = struct.unpack("<Q", whole[:8])[0]
    try:
        facts: Any = json.loads(whole[16 : 16 + length])
        output = str(facts.get("printed", ""))[:_MOST_PRINTED]
        error = facts.get("error")
        made = None if error else pl.read_ipc(io.BytesIO(whole[16 + length :]))
    except (ValueError, AttributeError, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as failed:
        msg = "The code wrote something else than a result."
        raise AnalysisError(msg) from failed
    if made is None:
        msg = f"The code failed: {error!s:.600}"
        raise AnalysisError(msg)
    return Ran(made, output)
