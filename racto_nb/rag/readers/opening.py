"""The bytes of a source, whichever of the three kinds it is, and what it is called."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import MissingFileError, TooLargeFileError, UnreadableFileError, UsageError, WrongTypeError
from racto_nb.rag.readers.reader import Source

MOST_BYTES = 256 * 1024 * 1024
"""What a reader takes by default: 256 MiB."""


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The whole of a file. `source` is what it is called: its path as it was given, its name, or "bytes"."""

    source: str
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePath(self.source).name

    @property
    def suffix(self) -> str:
        """The ending of its name in small letters, with the dot; empty where there is none."""
        return PurePath(self.source).suffix.lower()


def opened(source: Source, *, most: int) -> FileBytes:
    """Read `source`, at most `most` bytes of it. An open file is read from where it stands, and left open.

    Raises MissingFileError, UnreadableFileError, TooLargeFileError, and UsageError for what is no file at all.
    """
    match source:
        case str() | Path():
            return FileBytes(str(source), _read(source, most))
        case bytes() | bytearray() | memoryview():  # pyright: ignore[reportUnnecessaryComparison]
            return FileBytes("bytes", _limited(bytes(source), "bytes", most))
        case _:
            return _of_stream(source, most)


def _of_stream(stream: BinaryIO, most: int) -> FileBytes:
    given: object = getattr(stream, "name", None)
    name = given if isinstance(given, str) else "file"
    if not callable(getattr(stream, "read", None)):
        raise WrongTypeError(f"A reader takes a path, bytes, or a file opened with 'rb', not {type(stream).__name__}.")
    pieces: list[bytes] = []
    size = 0
    try:
        while size <= most and (piece := cast("object", stream.read(most + 1 - size))):
            if not isinstance(piece, bytes):
                raise WrongTypeError(f"The file {name!r} gives text. Open it with mode 'rb', so that it gives bytes.")
            pieces.append(piece)
            size += len(piece)
    except OSError as error:
        raise _unreadable(name, error) from error
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"The file {name!r} cannot be read: {error}. Open it again.") from error
    return FileBytes(name, _limited(b"".join(pieces), name, most))


def _read(path: str | Path, most: int) -> bytes:
    written = str(path)
    if not written.strip():
        raise UsageError(f"A reader needs the path of a file, not {written!r}.")
    place = expanded(path)
    try:
        _refuse_no_file(place, written, most)
        with place.open("rb") as file:
            data = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(written, names_near(place)) from error
    except UnreadableFileError:
        raise
    except OSError as error:
        raise _unreadable(written, error) from error
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{written!r} is no path of a file: {error}.") from error
    return _limited(data, written, most)


def _refuse_no_file(place: Path, written: str, most: int) -> None:
    status = place.stat()
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{written!r} is a directory. Read its files one by one, or ingest it with RactoRAG.ingest_dir.")
    if not stat.S_ISREG(status.st_mode):  # a pipe would wait for its other end, a device may never end
        raise UnreadableFileError(f"{written!r} is no regular file. Copy what it gives into one.", written)
    if status.st_size > most:
        raise too_large(written, status.st_size, most)


def _limited(data: bytes, name: str, most: int) -> bytes:
    if len(data) > most:
        raise too_large(name, len(data), most)
    if not data:
        raise UnreadableFileError(f"The file {name!r} is empty: there is nothing to read.", name)
    return data


def too_large(name: str, size: int, most: int, *, what: str = "has") -> TooLargeFileError:
    """The error for a file that has, or unpacks into, more than a reader takes."""
    return TooLargeFileError(
        f"The file {name!r} {what} {size:,} bytes or more; its reader takes {most:,}. "
        f"Split it, or give the reader a larger max_bytes.",
        name,
    )


def _unreadable(written: str, error: OSError) -> UnreadableFileError:
    reason = error.strerror or type(error).__name__
    return UnreadableFileError(
        f"The file {written!r} cannot be read: {reason}. Check its permissions and its path.", written, error.errno
    )
