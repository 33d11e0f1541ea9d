"""Examples out of files and texts, and what of them could not be read. Kind: threaded; it blocks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Literal, cast

from racto_nb.exceptions import DatasetFormatError, TooLargeFileError, UsageError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.format import format_named
from racto_nb.finetune.line_blocks import LONGEST, blocks, called, opened
from racto_nb.finetune.record_lines import PLAIN_FORMATS, example_in, json_in, plain_examples, read_line, shortened

OnError = Literal["raise", "collect"]
"""What becomes of a record that cannot be read: it ends the reading, or is put aside in `dataset.rejected`."""

Unit = Literal["Line", "Record", "Row"]


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that was not read: its `line` in the file, why, and how it begins.

    `unit` is what is counted: lines of a file and records of a list from 1, rows of a table from 0.

    >>> print(RejectedRecord(7, "This is no JSON.", "'{...'"))
    Line 7: This is no JSON. It begins: '{...'
    """

    line: int
    says: str
    shown: str = ""
    unit: Unit = "Line"

    def __str__(self) -> str:
        return f"{self.unit} {self.line}: {self.says}" + (f" It begins: {self.shown}" if self.shown else "")


@dataclass(slots=True)
class Reading:
    """Reads records of a format one after another, and counts them. `source` is what errors call the file or frame.

    `unit` is what it counts, `place` the number of it that is read, from 1.
    """

    source: str
    provider: str
    on_error: OnError = "raise"
    unit: Unit = "Line"
    examples: list[RactoTrainingExample] = field(default_factory=list[RactoTrainingExample])
    rejected: list[RejectedRecord] = field(default_factory=list[RejectedRecord])
    place: int = 0

    def lines(self, data: bytes) -> None:
        """Read whole lines, each with its line feed. Empty ones are counted, and have no example."""
        found = plain_examples(data) if self.provider in PLAIN_FORMATS else None
        if found is not None:
            self.examples += found
            self.place += len(found)
            return
        for line in data.split(b"\n")[:-1]:
            self.place += 1
            if line and not line.isspace():
                self._line(line)

    def records(self, items: Iterable[object]) -> None:
        """Read records that are there as values."""
        for item in items:
            self.place += 1
            try:
                self.examples.append(_example(item, self.provider))
            except DatasetFormatError as error:
                self.refuse(error, shortened(repr(item).encode(errors="replace")))

    def refuse(self, error: DatasetFormatError, shown: str) -> None:
        """Put the record of this place aside, or raise a DatasetFormatError that names it."""
        number = self.place - (self.unit == "Row")  # as tables count
        if self.on_error == "collect":
            self.rejected.append(RejectedRecord(number, str(error), shown, self.unit))
            return
        line = number if self.unit == "Line" else None
        msg = f"{self.unit} {number} of {self.source} cannot be read: {error} It begins: {shown}"
        raise DatasetFormatError(msg, line=line, format=error.format) from error

    def _line(self, line: bytes) -> None:
        try:
            self.examples.append(read_line(line, self.provider))
        except DatasetFormatError as error:
            self.refuse(error, shortened(line, error))


def reading_of(source: str, provider: str | None, on_error: OnError, *, unit: Unit = "Line") -> Reading:
    """What reads records of `provider`; None and "auto" are what each record looks like. UsageError for another word."""
    if on_error not in ("raise", "collect"):
        msg = f'on_error is "raise" or "collect", not {on_error!r}.'
        raise UsageError(msg)
    known = "auto" if provider is None or provider == "auto" else format_named(provider).name
    return Reading(source, known, on_error, unit)


def read_file(path: str | os.PathLike[str], provider: str | None, on_error: OnError) -> Reading:
    """All records of a file: lines of JSON, or one JSON list of records."""
    reading = reading_of(called(path), provider, on_error)
    with opened(path) as file:
        first, second = next(pieces := blocks(file, reading.source), b""), b""
        if first.lstrip()[:1] == b"[":
            second = next(pieces, b"")
            if not _is_line(first, second):
                _read_list(reading, first + second, file)
                return reading
        for piece in filter(None, (first, second)):
            reading.lines(piece)
        for piece in pieces:
            reading.lines(piece)
    return reading


def read_text(text: str, provider: str | None, on_error: OnError) -> Reading:
    """All records of a text: lines of JSON."""
    reading = reading_of("the text", provider, on_error)
    data = text.encode(errors="surrogatepass")
    reading.lines(data if data.endswith(b"\n") else data + b"\n")
    return reading


def _is_line(first: bytes, second: bytes) -> bool:
    """Whether the bracket at the beginning of `first` is closed on its line, with other lines after it: no list of records."""
    line, _, rest = first.lstrip().partition(b"\n")
    if not (rest.strip() or second.strip()):
        return False
    try:
        json_in(line)
    except DatasetFormatError:
        return False
    return True


def _read_list(reading: Reading, first: bytes, file: IO[bytes]) -> None:
    """Read a file that is one JSON list: it is taken as a whole."""
    data = first + file.read(LONGEST)
    if len(data) >= LONGEST:
        msg = f"{reading.source} is one JSON list of more than {LONGEST:,} bytes. Write one record in each line: jq -c '.[]' FILE"
        raise TooLargeFileError(msg, reading.source)
    reading.unit = "Record"
    try:
        items = json_in(data)
    except DatasetFormatError as error:
        msg = f"{reading.source} begins with a bracket, so that it is read as one JSON list of records, and is none: {error}"
        raise DatasetFormatError(msg) from error
    reading.records(cast("list[object]", items))


def _example(item: object, provider: str) -> RactoTrainingExample:
    if isinstance(item, dict):
        return example_in(cast("dict[str, object]", item), provider)
    msg = f"A record is an object with keys, not {type(item).__name__}."
    raise DatasetFormatError(msg)
