"""Folders for copies of a user's data. Kind: threaded. What a killed process left behind goes when another folder is made."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"racto-[a-z]+-(?P<process>\d+)-(?P<place>\d+)-")


def own_folder(kind: str) -> Path:
    """A new folder in the system's place for temporary files, which only this user may read. Whoever asks for it removes it."""
    _sweep(Path(tempfile.gettempdir()))
    return Path(tempfile.mkdtemp(prefix=f"racto-{kind}-{os.getpid()}-{_place()}-"))


def _sweep(folder: Path) -> None:
    """Remove the folders of processes that are no more, of this user and among the processes that can be seen from here."""
    if sys.platform == "win32":
        return  # to ask Windows whether a process lives takes a library
    for found in folder.glob("racto-*"):
        name = _NAME.match(found.name)
        if name is None or name["place"] != _place() or _lives(int(name["process"])):
            continue
        with suppress(OSError):
            if found.stat().st_uid == os.getuid():
                shutil.rmtree(found, ignore_errors=True)


def _place() -> str:
    """The space of process numbers: containers that share a folder of temporary files each count their own."""
    try:
        return re.sub(r"\D", "", os.readlink("/proc/self/ns/pid")) or "0"  # noqa: PTH115  (it is no path, but a text)
    except OSError:
        return "0"


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
