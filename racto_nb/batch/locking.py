"""The lock of an open file. Kind: threaded; it does not wait."""

from __future__ import annotations

import errno
from typing import BinaryIO

_HELD = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK})
"""What systems say of a lock that somebody has. Whatever else they say is no answer."""


def locked(file: BinaryIO) -> bool:
    """Take the lock of an open file; False where somebody has it. It is given up when the file is closed.

    OSError where nobody can tell, as on disks of other machines that have no locks.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        lock = lambda: msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # noqa: E731  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownLambdaType]
    else:
        lock = lambda: fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)  # noqa: E731
    try:
        lock()
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True
