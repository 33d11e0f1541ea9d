"""Gold pairs in a file: one line of JSON each, a question and its SQL, as `SQLAnalystPipeline(examples=...)` takes them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.pipelines.sql_analyst.schema.knowledge import Example, examples_given


@dataclass(slots=True)
class Gold:
    """Gold pairs, and the file that they are kept in, if any. They are kept one at a time, each to its end."""

    file: Path | None
    pairs: list[Example]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keep(self, pair: Example) -> None:
        """Keep `pair`. Raises OSError where the file cannot be written."""
        async with self._turn:
            if self.file is not None:
                await in_thread(write_pair, self.file, pair)
            self.pairs = added(self.pairs, pair)


def read_pairs(path: Path) -> list[Example]:
    """The pairs of the file at `path`; none where there is no file. UsageError for a line that is no pair, with its number."""
    if not path.exists():
        return []
    found: list[Example] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.extend(examples_given([orjson.loads(line)]))
        except (orjson.JSONDecodeError, TypeError, UsageError) as error:
            message = f"Line {number} of {path.name!r} is no gold pair: {error}. A pair is {{'question': …, 'sql': …}}."
            raise UsageError(message) from error
    return found


def added(pairs: Iterable[Example], pair: Example) -> list[Example]:
    """`pairs` with `pair`, in the place of one with the same question."""
    asked = _folded(pair.question)
    return [*(each for each in pairs if _folded(each.question) != asked), pair]


def write_pair(path: Path, pair: Example) -> None:
    """Add `pair` to the file: one write at its end, so that others may add to it too.

    A question that is there already has its statement replaced: then the file is written anew beside the old one, which it
    replaces at once. Raises OSError where it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    known = read_pairs(path)
    same = [each for each in known if _folded(each.question) == _folded(pair.question)]
    if not same:
        _append(path, _line(pair))
    elif same != [pair]:
        _replace(path, b"".join(map(_line, added(known, pair))))


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        size = os.fstat(descriptor).st_size
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            line = line if os.read(descriptor, 1) == b"\n" else b"\n" + line
        written = os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if written != len(line):
        raise OSError(f"only {written} of {len(line)} bytes of a gold pair could be written to {path.name!r}")


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _line(pair: Example) -> bytes:
    return orjson.dumps({"question": pair.question, "sql": pair.sql}) + b"\n"


def _folded(question: str) -> str:
    return " ".join(question.casefold().split())
