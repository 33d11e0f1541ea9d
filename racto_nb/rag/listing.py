"""The files of a folder that can be read, and those that are passed over, with the reason. Kind: threaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from racto_nb.exceptions import MissingFileError, UsageError
from racto_nb.rag.parts import FileReading
from racto_nb.rag.preparing import source_of
from racto_nb.rag.reports import FileReport


@dataclass(frozen=True, slots=True)
class Found:
    """A file, the name under which its chunks are known, and its bytes."""

    path: Path
    source: str
    size: int


def files_in(directory: Path, pattern: str, registry: FileReading) -> tuple[list[Found], list[FileReport]]:
    """The files of `directory` that fit `pattern`, in the order of their names, and those that are passed over.

    Hidden ones are, unless the pattern speaks of hidden ones. Raises MissingFileError, and UsageError for what is no folder.
    """
    if not directory.exists():
        raise MissingFileError(str(directory))
    if not directory.is_dir():
        msg = f"{str(directory)!r} is a file, not a folder. Use ingest({str(directory)!r})."
        raise UsageError(msg)
    found: list[Found] = []
    skipped: list[FileReport] = []
    for path in _fitting(directory, pattern):
        reason = _reason(path, directory, pattern, registry)
        if reason:
            skipped.append(FileReport(source_of(path), "skipped", reason=reason))
        else:
            # As an absolute path, "~notes.txt" is not taken for something in the home of a user of this name.
            found.append(Found(path.absolute() if str(path).startswith("~") else path, source_of(path), _size(path)))
    return found, skipped


def _fitting(directory: Path, pattern: str) -> list[Path]:
    try:
        return sorted(path for path in directory.glob(pattern) if path.is_file())
    except (NotImplementedError, ValueError) as error:
        msg = f"pattern names files below the folder, such as '**/*.md'; {pattern!r} cannot be used: {error}."
        raise UsageError(msg) from error


def _size(path: Path) -> int:
    """Its bytes; 0 of a file that went while the folder was listed: reading it says that it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _reason(path: Path, directory: Path, pattern: str, registry: FileReading) -> str:
    names_hidden = any(part.startswith(".") for part in Path(pattern).parts)
    if not names_hidden and any(part.startswith(".") for part in path.relative_to(directory).parts):
        return "hidden"
    return "" if registry.can_read(path) else f"no reader for {path.suffix or 'files without an ending'}"
