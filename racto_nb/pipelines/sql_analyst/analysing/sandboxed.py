"""The child's side of `sandbox`: takes its locks, runs code that a model wrote on a table, and writes back what `result` holds.

A fresh interpreter runs this file by its path. Nothing of racto_nb is loaded but `kernel_locks`, and no secret was ever here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import math
import os
import resource
import struct
import sys
import sysconfig
from collections.abc import Callable, Mapping
from typing import Any, cast

_DENIED_EVENTS = (
    "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.kill", "os.putenv", "os.startfile",
    "socket.", "ctypes.",
    "ftplib.", "urllib.", "smtplib.", "http.", "pty.", "sqlite3.", "webbrowser.", "os.remove",
    "os.rename", "os.mkdir",
    "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate", "shutil.", "signal.", "resource.",
    "os.utime", "os.setxattr", "os.removexattr", "fcntl.", "sys.addaudithook", "cpython.remote_debugger",
)  # fmt: skip
_DENIED_MODULES = frozenset({"ctypes", "_ctypes", "socket", "_socket", "subprocess", "multiprocessing", "duckdb", "cffi", "pty"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Read a job, take the locks, run it, answer, and end without looking back."""
    source = sys.stdin.buffer
    (length,) = struct.unpack("<Q", source.read(8))
    job: dict[str, Any] = json.loads(source.read(length))
    table = source.read()
    answer = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    try:
        names = _locked_in(job, table)
    except BaseException as error:  # noqa: BLE001  (it is told to the one who waits)
        answer.write(b"E" + f"{type(error).__name__}: {error}"[:300].encode())
        answer.flush()
        os._exit(1)
    answer.write(b"R")  # the time of the code begins
    answer.flush()
    facts, body = _ran(job, names)
    head = json.dumps(facts).encode()
    answer.write(struct.pack("<QQ", len(head), len(body)) + head + body)
    answer.flush()
    os._exit(0)


def _locked_in(job: Mapping[str, Any], table: bytes) -> dict[str, Any]:
    """Take all locks; what the code finds. The libraries are loaded behind the kernel's locks, before the limits."""
    sys.path += [each for each in job["path"] if each not in sys.path]
    memory = open("/proc/self/statm", encoding="ascii")  # noqa: PTH123, SIM115  (read once the locks are taken)
    readable = _locked(job["locks"])
    names = _names(job["engine"], table)
    _limit(job, memory)
    sys.addaudithook(_guard(readable))
    return names


def _ran(job: Mapping[str, Any], names: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Run the code: what is to be told, and its table."""
    printed = io.StringIO()
    facts: dict[str, Any] = {}
    body = b""
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(job["code"], "<analysis>", "exec"), names)  # noqa: S102  (what all of this is for)
        body = _written(names["df"] if names.get("result") is None else names["result"])
    except BaseException as error:  # noqa: BLE001  (it is told to the one who waits)
        facts["error"] = f"{type(error).__name__}: {error}"[:600]
    facts["printed"] = printed.getvalue()[: job["most_printed"]]
    return facts, body


def _names(engine: str, table: bytes) -> dict[str, Any]:
    """What the code finds: the table as `df`, the library, and NumPy."""
    import numpy as np
    import polars as pl

    frame = pl.read_ipc(io.BytesIO(table))
    if engine == "polars":
        return {"df": frame, "pl": pl, "np": np}
    import pandas as pd

    return {"df": pd.DataFrame({series.name: _column(series) for series in frame.iter_columns()}), "pd": pd, "np": np}


def _column(series: Any) -> Any:
    """A column for pandas, without pyarrow."""
    import pandas as pd

    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        return series.to_numpy()
    if str(series.dtype).startswith(("Date", "Datetime")):
        return pd.to_datetime(pd.Series(series.to_list(), dtype="object"))
    return pd.Series(series.to_list(), dtype="object")


def _written(made: Any) -> bytes:
    """The table of a result: a frame, a column, a list of rows, a mapping, or one value."""
    body = io.BytesIO()
    _frame(made).write_ipc(body)
    return body.getvalue()


def _frame(made: Any) -> Any:
    import polars as pl

    if isinstance(made, pl.LazyFrame):
        made = made.collect()
    if isinstance(made, pl.DataFrame):
        return made
    if isinstance(made, pl.Series):
        return made.to_frame(made.name or "result")
    if hasattr(made, "reset_index"):  # of pandas: what stands in its index belongs to it
        plain = type(made.index).__name__ == "RangeIndex"
        made = (made.to_frame(made.name or "result") if hasattr(made, "to_frame") else made) if plain else made.reset_index()
        return pl.DataFrame([pl.Series(str(name), _values(made.iloc[:, place])) for place, name in enumerate(made.columns)])
    plain: Any = made
    if isinstance(made, dict):
        whole = all(isinstance(each, list | tuple) for each in plain.values())
        return pl.DataFrame(plain if whole else [plain], strict=False)
    if isinstance(made, list | tuple):
        return pl.DataFrame(list(plain) if plain and isinstance(plain[0], dict) else {"result": list(plain)}, strict=False)
    return pl.DataFrame({"result": [made.item() if hasattr(made, "item") else made]}, strict=False)


def _values(column: Any) -> list[Any]:
    """The values of a pandas column; NaN and NaT are nothing."""
    plain = column.astype("object").where(column.notna(), None).tolist()
    return [each.to_pydatetime() if hasattr(each, "to_pydatetime") else each for each in plain]


def _locked(locks: str) -> tuple[str, ...]:
    """Take the kernel's locks, and tell what can still be read. They hold this thread, the only one, and those that it begins."""
    spec: Any = importlib.util.spec_from_file_location("kernel_locks", locks)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folders = {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    readable = [*folders, *(each for each in sys.path if each), "/usr/share/zoneinfo", "/lib", "/lib64", "/usr/lib", "/dev/null"]
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208  (before the locks)
        raise OSError("threads run before the locks are taken")
    module.lock(readable)
    return tuple(os.path.realpath(each) for each in readable)


def _limit(job: Mapping[str, Any], memory: Any) -> None:
    """What the process may take on top of what the libraries have taken."""
    with memory:
        taken = int(memory.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    limits = {resource.RLIMIT_AS: taken + job["memory"], resource.RLIMIT_CPU: 4 * math.ceil(job["deadline"]) + 60}
    for which, most in {**limits, resource.RLIMIT_NOFILE: 128, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}.items():
        hard = resource.getrlimit(which)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (least, least))


def _guard(readable: tuple[str, ...]) -> Callable[[str, tuple[object, ...]], None]:
    """A hook that says no with words, where the kernel would only say "permission denied"."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(_DENIED_EVENTS):
            raise PermissionError(f"{event} is not allowed here")
        if event == "import" and str(arguments[0]).partition(".")[0] in _DENIED_MODULES:
            raise ImportError(f"{arguments[0]} is not allowed here")
        if event == "open" and not _may_open(arguments, readable):
            raise PermissionError(f"opening {arguments[0]!r:.100} is not allowed here")

    return hook


def _may_open(arguments: tuple[object, ...], readable: tuple[str, ...]) -> bool:
    path, _, flags = arguments
    if isinstance(path, int) or (isinstance(flags, int) and flags & _WRITING):
        return False
    full = os.path.realpath(os.fsdecode(cast("str | bytes", path)))
    return any(full == each or full.startswith(each + os.sep) for each in readable)


if __name__ == "__main__":
    main()
