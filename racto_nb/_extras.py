"""Turn a failed import of an optional dependency into one clear error.

with requires("embedded"):
    import xllamacpp
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from types import ModuleType, TracebackType

from racto_nb._taping import is_replaying
from racto_nb.exceptions import MissingExtraError


class requires:  # noqa: N801  (reads as a word in a `with` line)
    """Turn a failed import inside the block into a `MissingExtraError` that names `extra`."""

    def __init__(self, extra: str) -> None:
        self._extra = extra

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError(self._extra, missing=error.name) from error


def refuse_missing(name: str, *, extra: str) -> None:
    """Raise MissingExtraError when the library `name` is not installed, unless calls may be answered from a recording."""
    if not is_replaying() and importlib.util.find_spec(name) is None:
        raise MissingExtraError(extra, missing=name)


def imported(name: str, *, extra: str) -> ModuleType:
    """The module `name` of the library that `extra` installs. MissingExtraError when it is not installed.

    On the main thread, where the stop button is heard, another thread does the importing: one that is broken off in the middle
    leaves a library half loaded, and useless until the kernel restarts.
    """
    known = sys.modules.get(name)
    if known is not None and not getattr(known.__spec__, "_initializing", False):
        return known
    with requires(extra):
        if threading.current_thread() is not threading.main_thread():
            return importlib.import_module(name)
        return _imported_aside(name)


def _imported_aside(name: str) -> ModuleType:
    found: list[ModuleType] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(importlib.import_module(name))
        except BaseException as error:  # noqa: BLE001  (raised by the one who waits)
            failed.append(error)

    thread = threading.Thread(target=work, name=f"import {name}", daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]
