"""What a child process does in tests: as told by the request."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from racto_nb.pipelines.sql_analyst.sources.child_wire import Refused


class Obedient:
    """Does what `do` of a request says. `sleep` can be interrupted, `spin` cannot."""

    def __init__(self) -> None:
        self._interrupted = threading.Event()

    def interrupt(self) -> None:
        self._interrupted.set()

    def perform(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], pl.DataFrame | None]:
        self._interrupted.clear()
        return getattr(self, request["do"])(request), pl.DataFrame({"a": request["rows"]}) if "rows" in request else None

    def say(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"heard": request.get("text"), "pid": os.getpid()}

    def environment(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"variables": dict(os.environ), "files": sorted(int(each.name) for each in Path("/proc/self/fd").iterdir())}

    def sleep(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if self._interrupted.wait(request["seconds"]):
            raise Refused("interrupted", "left")
        return {}

    def spin(self, request: Mapping[str, Any]) -> dict[str, Any]:
        time.sleep(request["seconds"])
        return {}

    def refuse(self, request: Mapping[str, Any]) -> dict[str, Any]:
        raise Refused("query", "no", ends=request.get("ends", False))

    def fail(self, request: Mapping[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError("by zero")

    def leave(self, request: Mapping[str, Any]) -> dict[str, Any]:
        sys.stderr.write("last words")
        sys.stderr.flush()
        os._exit(7)

    def write_to_stdout(self, request: Mapping[str, Any]) -> dict[str, Any]:
        os.write(1, b"noise" * 1000)
        return {}

    def take_memory(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"taken": len(bytearray(request["bytes"]))}


def obedient() -> Obedient:
    return Obedient()
