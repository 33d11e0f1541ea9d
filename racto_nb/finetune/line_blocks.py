"""The lines of a file, a block at a time: a file of any length takes the memory of a block. Kind: threaded; it blocks.

Lines end with a line feed, a carriage return before it or not; the last one need not. A byte order mark is left out. Files that
gzip has packed are unpacked, whatever they are called.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import DatasetFormatError, MissingFileError, TooLargeFileError, UnreadableFileError, UsageError
from racto_nb.finetune.whole_files import path_given

BLOCK = 128 * 1024
"""Bytes that are read at once: what fits into a processor's cache is decoded faster."""
LONGEST = 256 * 1024 * 1024
"""Bytes of a line at most: the largest training file that a provider takes has twice as many in all its lines."""
_MARK = b"\xef\xbb\xbf"
_KINDS = {
    b"PAR1": "a Parquet file. Read it with RactoDataset.from_parquet(path)",
    b"\x28\xb5\x2f\xfd": "packed with zstd, which is not unpacked here. Unpack it first: zstd -d FILE",
    b"BZh": "packed with bzip2, which is not unpacked here. Unpack it first: bunzip2 FILE",
    b"\xfd7zXZ": "packed with xz, which is not unpacked here. Unpack it first: unxz FILE",
    b"PK\x03\x04": "a zip archive. Take the JSONL file out of it first",
    b"\xff\xfe": "text in UTF-16. Save it as UTF-8",
    b"\xfe\xff": "text in UTF-16. Save it as UTF-8",
}
"""First bytes of what is no JSONL, and what to do about it."""


def called(path: str | os.PathLike[str]) -> str:
    """The file's name as errors say it."""
    return repr(Path(path_given(path)).name)


@contextmanager
def opened(path: str | os.PathLike[str]) -> Generator[IO[bytes]]:
    """The file at `path`, unpacked while it is read.

    Raises MissingFileError with the nearest names, UnreadableFileError where the system does not let it be read, UsageError for a
    folder, and DatasetFormatError for what is packed in another way or is no text.
    """
    place = expanded(path_given(path))
    try:
        with place.open("rb") as file:
            head = _head(file)
            if head.startswith(b"\x1f\x8b"):
                with gzip.open(file) as inner:
                    _refuse_foreign(_head(cast("IO[bytes]", inner)), path)
                    yield cast("IO[bytes]", inner)
            else:
                _refuse_foreign(head, path)
                yield file
    except FileNotFoundError as error:
        raise MissingFileError(str(path), names_near(place)) from error
    except IsADirectoryError as error:
        msg = f"{str(path)!r} is a folder. Give the path of a file in it."
        raise UsageError(msg) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        msg = f"The file {called(path)} is packed with gzip and damaged ({error}): fetch or write it again."
        raise UnreadableFileError(msg, str(path)) from error
    except (UnreadableFileError, MissingFileError):
        raise
    except OSError as error:
        msg = f"The file {str(path)!r} cannot be read: {error.strerror or error}. Check its permissions."
        raise UnreadableFileError(msg, str(path), error.errno) from error


def blocks(file: IO[bytes], name: str, *, longest: int = LONGEST) -> Iterator[bytes]:
    """The lines of `file`, from where it stands, some at a time; each is whole and ends with a line feed.

    Raises TooLargeFileError for a line that is longer than `longest` bytes.
    """
    while data := file.read(BLOCK):
        if not data.endswith(b"\n"):
            rest = file.readline(longest)
            if len(rest) >= longest:
                msg = (
                    f"A line of {name} is longer than {longest:,} bytes. A file of training data has one record in each line: "
                    "is it one of another kind?"
                )
                raise TooLargeFileError(msg, name)
            data += rest if rest.endswith(b"\n") else rest + b"\n"
        yield data


def _head(file: IO[bytes]) -> bytes:
    """The first bytes, a byte order mark left out; the file stands after the mark."""
    head = file.read(4096)
    bare = head.removeprefix(_MARK)
    file.seek(len(head) - len(bare))
    return bare


def _refuse_foreign(head: bytes, path: str | os.PathLike[str]) -> None:
    told = next((told for start, told in _KINDS.items() if head.startswith(start)), None)
    if told is None and b"\0" in head:
        told = "no text: it has bytes of zero in it. Is it another file, or text in UTF-16"
    if told is not None:
        msg = f"{called(path)} is {told}."
        raise DatasetFormatError(msg)
