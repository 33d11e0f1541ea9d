"""Whether a file is the one it should be: sha256 over all of it, remembered in a stamp beside it.

The stamp spares a start the hashing of half a gigabyte. It holds the file's size, time and inode; any difference hashes again.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import cast

from racto_nb.exceptions import CorruptModelFileError
from racto_nb.providers.embedded.facts import ModelFile
from racto_nb.providers.embedded.reporting import Reporter

_BLOCK = 1024 * 1024
_SHOWN = 12


def stamp_path(path: Path) -> Path:
    """The stamp of the model file `path`."""
    return path.with_name(path.name + ".stamp.json")


def is_stamped(path: Path, sha256: str) -> bool:
    """Whether `path` is, untouched, the file that was found to have this `sha256`."""
    try:
        noted = cast("object", json.loads(stamp_path(path).read_bytes()))
        return noted == _stamp(path.stat(), sha256)
    except (OSError, ValueError):  # no file, no stamp or half a stamp: not known
        return False


def remember(path: Path, sha256: str, seen: os.stat_result) -> None:
    """Write the stamp. `seen` is the file's status from before it was hashed, so that a change meanwhile is noticed later."""
    fresh = stamp_path(path).with_name(f"{path.name}.stamp.{os.getpid()}.new")
    fresh.write_text(json.dumps(_stamp(seen, sha256)), encoding="utf-8")
    fresh.replace(stamp_path(path))


def _stamp(status: os.stat_result, sha256: str) -> dict[str, object]:
    return {"sha256": sha256, "size": status.st_size, "mtime_ns": status.st_mtime_ns, "inode": status.st_ino}


def sha256_of(path: Path, *, reporter: Reporter) -> str:
    """The sha256 of the whole file, in 64 hex digits; `reporter` sees the progress."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
            done += len(block)
            reporter.progress(done, size, f"checking {path.name}")
    return digest.hexdigest()


def verify(path: Path, file: ModelFile, *, model: str, reporter: Reporter) -> None:
    """Make sure that `path` is `file`. Hashes it unless its stamp still holds.

    Raises `CorruptModelFileError` with both checksums when it is something else.
    """
    if is_stamped(path, file.sha256):
        return
    seen = path.stat()
    actual = sha256_of(path, reporter=reporter)
    if actual != file.sha256:
        msg = (
            f"{str(path)!r} is not the file it should be: its sha256 begins {actual[:_SHOWN]}, expected {file.sha256[:_SHOWN]} "
            f"({seen.st_size} bytes, expected {file.size}). It is not used. "
            f"Run `racto-nb models remove {model}` and then `racto-nb models download {model}`."
        )
        raise CorruptModelFileError(msg, path=str(path), expected=file.sha256, actual=actual)
    note_verified(path, file.sha256, seen, reporter=reporter)


def note_verified(path: Path, sha256: str, seen: os.stat_result, *, reporter: Reporter) -> None:
    """Stamp `path`; where the folder cannot be written, as in a shared cache, `reporter` is told what that costs."""
    try:
        remember(path, sha256, seen)
    except OSError as error:
        reporter.say(
            f"{path.name} is right, but that cannot be noted beside it ({error.strerror}): each start will check it again."
        )
