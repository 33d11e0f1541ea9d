"""Files that a program holds as long as it lives, and the folders that they are in."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_HELD = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
"""What systems say of a lock that somebody has. Whatever else they say is no answer."""


def locked(file: BinaryIO) -> bool:
    """Take the lock of an open file; False where somebody has it. It is given up when the file is closed.

    OSError where nobody can tell, as on disks of other machines that have no locks.
    """
    try:
        _lock(file.fileno())
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True


def _lock(descriptor: int) -> None:
    """Take the lock without waiting, as this system does it. OSError where that cannot be."""
    try:
        import fcntl
    except ImportError:
        import msvcrt  # Windows; the attributes are hidden from a type checker that reads this for another system

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def synced(folder: Path) -> None:
    """Make sure that the folder knows its new file. Where folders cannot be opened (Windows) there is nothing to do."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
