"""The file of a recording: one line an interaction, appended whole, so that nothing recorded is lost. Kind: threaded."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from racto_nb.exceptions import DamagedRecordingWarning, ReplayFileError, did_you_mean
from racto_nb.flow.threads import ThreadedPort
from racto_nb.replay.codec import compact
from racto_nb.replay.entries import FORMAT, HEADER, VERSION, Entry, read_entry


@dataclass(frozen=True, slots=True)
class Load:
    """Read all entries. Where there is no file there are none, unless one is `needed`."""

    needed: bool


@dataclass(frozen=True, slots=True)
class Append:
    """Write the line that `made` makes at the end of `path`, which is not always the recording itself. None is no line.

    It is made where it is written: to put a long stream into words would hold an event loop up.
    """

    path: Path
    made: Callable[[], bytes | None]
    header: bytes = HEADER


class RecordingFile(ThreadedPort[Load | Append, list[Entry]]):
    """Reads and writes the recording at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__("recording")
        self.path = path

    def perform(self, request: Load | Append) -> list[Entry]:
        """The entries for Load, none for Append."""
        if isinstance(request, Load):
            return entries_of(self.path, needed=request.needed)
        if (line := request.made()) is not None:
            append(request.path, line, header=request.header)
        return []


def entries_of(path: Path, *, needed: bool = True) -> list[Entry]:
    """All entries of the recording at `path`, superseded ones too, in their order.

    A last line that was torn is left out, with a DamagedRecordingWarning. Raises ReplayFileError for what is no recording.
    """
    try:
        with path.open("rb") as file, _locked(file.fileno(), shared=True):
            content = file.read()
    except FileNotFoundError:
        if needed:
            raise _missing(path) from None
        return []
    except OSError as error:
        message = f"The recording {str(path)!r} cannot be read: {error.strerror or error}."
        raise ReplayFileError(message) from error
    return _entries(content, path)


def check_recording(path: Path) -> None:
    """Read the first line of the file at `path`, where there is one. Raises ReplayFileError for what is no recording."""
    try:
        with path.open("rb") as file:
            line = file.readline(1 << 16)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        message = f"The recording {str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}."
        raise ReplayFileError(message) from error
    if line:
        _check_header(line.rstrip(b"\n"), path, only=not line.endswith(b"\n"))


def append(path: Path, line: bytes, *, header: bytes = HEADER) -> None:
    """Add `line` at the end of `path`, the `header` before it where the file is new. Other processes may do the same.

    The end of a line that was torn is taken away first. Raises ReplayFileError where it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while not _appended(path, line, header):
            continue
    except OSError as error:
        message = f"The recording {str(path)!r} cannot be written: {error.strerror or error}. What was asked is not in it."
        ours = ReplayFileError(message)
        ours.answered = True
        raise ours from error


def rewrite(path: Path, entries: Iterable[Entry]) -> None:
    """Replace the recording at `path` by one with these entries, at once: whoever reads it sees the old or the new one."""
    path = path.resolve()
    try:
        with path.open("rb") as old, _locked(old.fileno()):
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as new:
                    new.write(HEADER)
                    new.writelines(entry.line for entry in entries)
                shutil.copymode(path, name)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink()
                raise
    except OSError as error:
        message = f"The recording {str(path)!r} cannot be written: {error.strerror or error}. It is as it was."
        raise ReplayFileError(message) from error


def _appended(path: Path, line: bytes, header: bytes) -> bool:
    """Whether it was written: False where another process has just replaced the file, which is then opened anew."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with _locked(descriptor):
            if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
                return False
            _append(descriptor, line, header)
    finally:
        os.close(descriptor)
    return True


def _append(descriptor: int, line: bytes, header: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and _read(descriptor, size - 1) != b"\n":
        content = _read(descriptor, 0)
        kept = content.rfind(b"\n") + 1
        if _is_json(content[kept:]):  # whole: an editor took the last line break away
            line = b"\n" + line
        else:
            os.ftruncate(descriptor, kept)
            size = kept
    rest = memoryview(line if size else header + line)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _read(descriptor: int, start: int) -> bytes:
    os.lseek(descriptor, start, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def _entries(content: bytes, path: Path) -> list[Entry]:
    lines = content.split(b"\n")
    if content:
        _check_header(lines[0], path, only=len(lines) == 1)
    entries: list[Entry] = []
    for number, line in enumerate(lines[1:], 2):
        if not line or line == HEADER.rstrip():
            continue
        try:
            entries.append(read_entry(line))
        except ReplayFileError as error:
            message = f"Line {number} of the recording {str(path)!r} holds {error}. Mend the line, or take it out."
            raise ReplayFileError(message) from None
        except ValueError as error:
            if number == len(lines):
                _warn(path, number)
                continue
            message = f"Line {number} of the recording {str(path)!r} is damaged ({error}). Mend the line, or take it out."
            raise ReplayFileError(message) from None
    return entries


def _check_header(line: bytes, path: Path, *, only: bool) -> None:
    try:
        told: object = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    header = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    version = header.get("version")
    if header.get("format") != FORMAT or not isinstance(version, int):
        if only and HEADER.startswith(line):
            return  # torn in its first line
        message = f"{str(path)!r} is no recording: its first line is not {compact({'format': FORMAT, 'version': VERSION})}."
        raise ReplayFileError(message)
    if version > VERSION:
        message = (
            f"The recording {str(path)!r} has version {version}, and this racto_nb reads versions up to {VERSION}: a newer one "
            "wrote it. Update racto_nb (pip install -U racto-nb), or record it anew."
        )
        raise ReplayFileError(message)


def _warn(path: Path, number: int) -> None:
    message = f"Line {number} of the recording {str(path)!r} was torn and is left out; the next recording takes it away."
    warnings.warn(message, DamagedRecordingWarning, stacklevel=3)


def _missing(path: Path) -> ReplayFileError:
    beside = [each.name for each in path.parent.glob("*.jsonl")] if path.parent.is_dir() else []
    how = f'Record one: %racto replay record {path.name}, or: with record("{path.name}"): …'
    return ReplayFileError(f"There is no recording {str(path)!r}.{did_you_mean(path.name, beside)} {how}")


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


@contextmanager
def _locked(descriptor: int, *, shared: bool = False) -> Generator[None]:
    """Hold the file against other processes. Where there are no such locks (Windows) each write is one that appends."""
    try:
        import fcntl
    except ModuleNotFoundError:
        yield
        return
    fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
