"""A folder of training data that appears whole or not at all, and replaces nothing unless told. Kind: threaded; it blocks."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from racto_nb._paths import expanded
from racto_nb.exceptions import DatasetFileExistsError, UnreadableFileError, UsageError


def free_place(path: str | Path, *, overwrite: bool) -> Path:
    """Where `path` leads. Raises DatasetFileExistsError where something is there already and may not be replaced.

    A link that leads nowhere is something, too.
    """
    place = expanded(path).absolute()
    if os.path.lexists(place) and not overwrite:
        message = f"There is something at {str(place)!r} already. Give another path, or overwrite=True."
        raise DatasetFileExistsError(message, str(place))
    return place


def write_folder(files: Mapping[str, bytes], place: Path, *, known: frozenset[str]) -> Path:
    """Write `files`, by their names, into the folder `place`. One that is there is replaced.

    Where there is a link, it stays, and the folder that it leads to is written.
    Raises UsageError where it holds anything else than files of the names `known`.
    """
    _replace(files, Path(os.path.realpath(place)) if place.is_symlink() else place, known)
    return place


def _replace(files: Mapping[str, bytes], place: Path, known: frozenset[str]) -> None:
    if place.exists() and (strange := _strange(place, known)):
        message = f"The folder {str(place)!r} holds other things ({strange!r}), and is not replaced. Give a folder of its own."
        raise UsageError(message)
    mark = secrets.token_hex(4)
    new, old = (place.with_name(f".{place.name}.{mark}.{what}") for what in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            _write(new / name, content)
        _put(new, place, old)
    except OSError as error:
        message = f"The folder {str(place)!r} cannot be written ({error.strerror or error}). What was there is as it was."
        raise UnreadableFileError(message, str(place), error.errno) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _strange(place: Path, known: frozenset[str]) -> str:
    if not place.is_dir():
        return place.name
    return next((each.name for each in sorted(place.iterdir()) if each.name not in known or each.is_dir()), "")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put(new: Path, place: Path, old: Path) -> None:
    """Give the new folder its name. One that is there steps aside first, and comes back where that fails."""
    with suppress(FileNotFoundError):
        place.rename(old)
    try:
        new.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)
