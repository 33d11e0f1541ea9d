"""A file that is written whole or not at all: whoever reads it sees the old one or the new one. Kind: threaded; it blocks.

The bytes go into a new file in the same folder, which takes the name when it is complete and on the disk. What dies in between,
`kill -9` and power cuts too, leaves the old file as it was, and a hidden file that can be removed.
"""

from __future__ import annotations

import gzip
import os
import secrets
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from racto_nb._paths import expanded
from racto_nb.exceptions import DatasetFileExistsError, UnreadableFileError, UsageError

_LONGEST_NAME = 120
"""Letters of a file's name that its temporary name begins with: names may have 255 bytes."""


def path_given(path: str | os.PathLike[str]) -> str:
    """The path as a text. UsageError for what is no path: bytes, numbers, nothing, and a text with a zero in it.

    >>> path_given(Path("train.jsonl"))
    'train.jsonl'
    """
    given = os.fspath(path) if isinstance(path, str | bytes | os.PathLike) else path  # pyright: ignore[reportUnnecessaryIsInstance]
    if not isinstance(given, str) or not given.strip() or "\0" in given:  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"A file has a path such as 'train.jsonl', not {path!r:.80}."
        raise UsageError(msg)
    return given


def target_of(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Where `path` leads, links followed. Raises, before any work is done, where nothing may or can be written there.

    DatasetFileExistsError where there is a file and `overwrite` is not set, UsageError for a folder and for what is no ordinary
    file (a device, a pipe), UnreadableFileError where the folder is missing.
    """
    given = path_given(path)
    with _named_errors(given):
        return _checked(Path(os.path.realpath(expanded(given))), given, overwrite=overwrite)


def _checked(place: Path, given: str, *, overwrite: bool) -> Path:
    if place.is_dir():
        msg = f"{given!r} is a folder. Give the name of a file in it, such as {str(Path(given) / 'train.jsonl')!r}."
        raise UsageError(msg)
    if not place.parent.is_dir():
        msg = f"There is no folder {str(place.parent)!r} to write {place.name!r} in. Make it first, or give another path."
        raise UnreadableFileError(msg, given)
    if place.exists():
        if not overwrite:
            raise _exists(place)
        if not place.is_file():
            msg = f"{given!r} is no ordinary file, and is not replaced by one. Give another path."
            raise UsageError(msg)
    return place


@contextmanager
def whole_file(target: Path, *, overwrite: bool, packs: bool = True) -> Generator[IO[bytes]]:
    """A file to write to, which becomes `target` when the block ends well; after an error there is nothing new.

    A `target` that ends in `.gz` is compressed, unless `packs` is False.

    The rights of a file that is replaced are kept. Raises UnreadableFileError for
    what the system does not allow, and DatasetFileExistsError where a file has come up meanwhile that may not be overwritten.
    """
    new = target.with_name(f".{target.name[:_LONGEST_NAME]}.{secrets.token_hex(6)}.tmp")
    with _named_errors(str(target)):
        number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(number, "wb") as file:
                if overwrite:
                    _keep_rights(target, new)
                with _packed(file, target, packs=packs) as inner:
                    yield inner
                file.flush()
                os.fsync(file.fileno())
            _name(new, target, overwrite=overwrite)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        _sync(target.parent)


@contextmanager
def _named_errors(path: str) -> Generator[None]:
    try:
        yield
    except (UnreadableFileError, DatasetFileExistsError):
        raise
    except OSError as error:
        msg = f"The file {path!r} cannot be written: {error.strerror or error}. What was there is as it was."
        raise UnreadableFileError(msg, path, error.errno) from error


@contextmanager
def _packed(file: IO[bytes], target: Path, *, packs: bool) -> Generator[IO[bytes]]:
    if not packs or target.suffix.lower() != ".gz":
        yield file
        return
    # Without name and time in it, equal data makes equal files.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as inner:
        yield cast("IO[bytes]", inner)


def _keep_rights(target: Path, new: Path) -> None:
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    new.chmod(stat.S_IMODE(old.st_mode))
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        with suppress(PermissionError):  # only root gives files to others: it becomes the file of who wrote it
            os.chown(new, old.st_uid, old.st_gid)


def _name(new: Path, target: Path, *, overwrite: bool) -> None:
    """Give the new file its name. Where nothing may be overwritten, a link does it: that fails when a file is there."""
    if overwrite:
        new.replace(target)
        return
    try:
        os.link(new, target)
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:  # a file system without links
        if target.exists():
            raise _exists(target) from error
        new.replace(target)
    else:
        new.unlink()


def _exists(place: Path) -> DatasetFileExistsError:
    msg = f"There is a file {str(place)!r} already. Give another path, or overwrite=True to replace it."
    return DatasetFileExistsError(msg, str(place))


def _sync(folder: Path) -> None:
    """Let the folder's new entry reach the disk. Where folders cannot be opened (Windows) there is nothing to do."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
