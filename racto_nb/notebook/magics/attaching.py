"""The files of `--attach`: read from the disk, or held by a variable of the notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from racto_nb.exceptions import MissingFileError, UsageError, did_you_mean, nearest
from racto_nb.prompts.files import RactoFile

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
"""How files begin whose kind a model can read."""
_KILO = 1000


def attached(names: Sequence[str], namespace: Mapping[str, object]) -> list[RactoFile]:
    """The files that the cell names, in their order. A variable goes before a file of the same name; `./name` is the file.

    Raises MissingFileError, UnreadableFileError, and UsageError for a variable that holds no file.
    """
    return [_attached(name, namespace) for name in names]


def labels(files: Sequence[RactoFile] | None) -> tuple[str, ...]:
    """What a person reads about files: names and sizes.

    >>> labels([RactoFile(b"a,b", "text/csv", name="table.csv")])
    ('table.csv (3 bytes)',)
    """
    return tuple(f"{file.name or file.media_type} ({size(len(file.data))})" for file in files or ())


def size(count: int) -> str:
    """A number of bytes at a glance.

    >>> [size(count) for count in (999, 12_345, 3_400_000)]
    ['999 bytes', '12.3 kB', '3.4 MB']
    """
    if count < _KILO:
        return f"{count} bytes"
    return f"{count / _KILO:.1f} kB" if count < _KILO**2 else f"{count / _KILO**2:.1f} MB"


def _attached(name: str, namespace: Mapping[str, object]) -> RactoFile:
    if name in namespace:
        match namespace[name]:
            case RactoFile() as file:
                return file
            case Path() as path:
                return _read(str(path), namespace)
            case bytes() | bytearray() as data:
                return _from_bytes(bytes(data), name)
            case other if not Path(name).exists():
                kind = type(other).__name__
                message = f"--attach needs a file; {name!r} is of the type {kind}. Give a path, a Path, a RactoFile or bytes."
                raise UsageError(f"{message} Nothing was sent.")
            case _:
                pass
    return _read(name, namespace)


def _read(path: str, namespace: Mapping[str, object]) -> RactoFile:
    try:
        return RactoFile.from_path(path)
    except MissingFileError as error:
        holding = [name for name, value in namespace.items() if not name.startswith("_") and is_attachable(value)]
        if error.suggestions or not nearest(path, holding):
            raise
        raise UsageError(f"--attach: there is no file and no variable {path!r}.{did_you_mean(path, holding)}") from error


def is_attachable(value: object) -> bool:
    """Whether a variable with this value may be named by `--attach`."""
    return isinstance(value, RactoFile | Path | bytes | bytearray)


def _from_bytes(data: bytes, name: str) -> RactoFile:
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is None and _is_text(data):
        kind = "text/plain"
    if kind is None:
        message = f"--attach {name}: these bytes are no PNG, JPEG, GIF, WebP, PDF or text. Say what they are: "
        raise UsageError(f'{message}{name}_file = RactoFile({name}, "application/…", name="…"). Nothing was sent.')
    return RactoFile(data, kind, name=name)


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
