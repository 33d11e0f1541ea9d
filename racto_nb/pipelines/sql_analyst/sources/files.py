"""Files that are asked: found, or refused with the names beside them. Never made."""

from __future__ import annotations

from pathlib import Path

from racto_nb._nearest import nearest
from racto_nb._paths import expanded
from racto_nb.exceptions import MissingFileError, SourceError


def checked_file(path: str | Path) -> Path:
    """`path` as a whole path, with its links followed. MissingFileError when nothing is there, SourceError for a folder."""
    found = found_path(path)
    if found.is_file():
        return found
    msg = f"{str(path)!r} is not a file, so it cannot be opened as a database."
    raise SourceError(msg, source=str(path))


def found_path(path: str | Path) -> Path:
    """The file or folder at `path`, with its links followed. MissingFileError, with the nearest names, when nothing is there."""
    given = expanded(path)
    try:
        return given.resolve(strict=True)
    except OSError:
        pass  # said below, with what may have been meant
    try:
        beside = [each.name for each in given.parent.iterdir()]
    except OSError:
        beside = []
    raise MissingFileError(str(path), nearest(given.name, beside))
