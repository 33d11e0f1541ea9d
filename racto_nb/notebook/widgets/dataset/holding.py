"""One editor for a file at a time: two would write over each other's edits. Kind: threaded; it blocks.

A second editor in the same kernel, as of a cell that is run again, takes over from the first. In another kernel it is refused.

Who has the file holds the lock of a hidden file beside it. The system gives that up when a kernel dies, however it dies.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from racto_nb._held_files import locked
from racto_nb.exceptions import UsageError


def held(path: Path) -> BinaryIO | None:
    """The file of the lock, held. UsageError where another editor has it.

    None where no file can be made there: then there are no edits in a file either that anybody could write over.
    """
    while True:
        try:
            file = path.open("ab")
        except OSError:
            return None
        if not _taken(file, path):
            file.close()
            raise UsageError(
                f"Another editor keeps its edits in {path.with_suffix('').name!r}, in another kernel. "
                "Close it first (editor.close(), or shut that kernel down), or give this one another path."
            )
        if _is_there(file, path):
            return file
        file.close()  # who had it took it away between the two lines above


def _taken(file: BinaryIO, path: Path) -> bool:
    try:
        return locked(file)
    except OSError as error:
        file.close()
        raise UsageError(
            f"The folder {str(path.parent)!r} has no locks for files ({error.strerror}), so that two editors could write over "
            "each other's edits. Put the file on a disk of this machine, or give no path."
        ) from error


def let_go(file: BinaryIO, path: Path) -> None:
    """Give the lock up, and take its file away."""
    with suppress(OSError):  # Windows does not remove a file that is open: it stays, and is taken by the next editor
        path.unlink()
    file.close()


def _is_there(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
