"""What office files are made of: ZIP archives, looked at before a library unpacks them, and the older containers of OLE."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable

from racto_nb.exceptions import EncryptedFileError, UnreadableFileError
from racto_nb.rag.readers.file_reader import broken
from racto_nb.rag.readers.opening import FileBytes, too_large

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED = 0x1
_PIECE = 1 << 20
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, OverflowError)


def is_old_office(data: bytes) -> bool:
    """Whether these are the bytes of an OLE container: .doc, .xls, .ppt, or a newer file that is locked."""
    return data.startswith(_OLE)


def refuse_locked(file: FileBytes) -> None:
    """Raise EncryptedFileError for an office file that is locked with a password."""
    if is_old_office(file.data) and _LOCKED in file.data:
        raise locked(file)


def locked(file: FileBytes) -> EncryptedFileError:
    """The error for a file of an office program that is locked with a password."""
    return EncryptedFileError(
        f"The file {file.source!r} is locked with a password. Open it in its own program and save it without one.", file.source
    )


def refuse_bombs(file: FileBytes, *, most: int, count: bool = False) -> None:
    """Raise what is wrong with the archive in `file`: no archive, locked, or more than `most` bytes when it is unpacked.

    The sizes are those that the archive states; Python's own zipfile never unpacks more of a part than that. For libraries
    that do not hold to it, `count=True` unpacks all parts once, and counts.
    """
    refuse_locked(file)
    if is_old_office(file.data):
        raise broken(file, "it is of an older kind (.doc, .xls, .ppt)")
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            parts = archive.infolist()
            _refuse(file, parts, most)
            if count:
                _unpack(archive, parts)
    except UnreadableFileError:
        raise
    except _FAULTS as error:
        raise broken(file, error) from error


def _refuse(file: FileBytes, parts: Iterable[zipfile.ZipInfo], most: int) -> None:
    unpacked = 0
    for part in parts:
        if part.flag_bits & _ENCRYPTED:
            raise locked(file)
        unpacked += part.file_size
        if unpacked > most:
            raise too_large(file.source, unpacked, most, what="unpacks into")


def _unpack(archive: zipfile.ZipFile, parts: Iterable[zipfile.ZipInfo]) -> None:
    for part in parts:
        with archive.open(part) as unpacked:  # stops at the stated size, and compares the checksum
            while unpacked.read(_PIECE):
                continue
