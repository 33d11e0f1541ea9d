"""Tables: CSV and TSV by Python itself, the formats of office programs by calamine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import TooLargeFileError, UsageError
from racto_nb.rag.readers.archives import is_old_office, locked, refuse_bombs, refuse_locked
from racto_nb.rag.readers.composing import Composed, Composer
from racto_nb.rag.readers.decoding import decoded
from racto_nb.rag.readers.file_reader import FileReader, broken
from racto_nb.rag.readers.opening import MOST_BYTES, FileBytes
from racto_nb.rag.readers.sheet_sizes import refuse_vast_sheets
from racto_nb.rag.readers.tables import header_line, in_words, lines_of

_SEPARATORS = ",;\t|"
_LOOKED_AT = 20
_TEXT = {".csv": None, ".tsv": "\t", ".tab": "\t"}


class SpreadsheetReader(FileReader):
    """Reads tables so that each row can be understood alone: "name: Ada | year: 1843", one row a line.

    The first row that holds anything names the columns; it also stands on a line of its own. With `include_header=False` it
    is a row like the others, and rows are their cells: "Ada | 1843". Each sheet begins with its name and is a mark. At most
    `max_rows` rows are read of each sheet (None: all); `rows_left_out` in the metadata says how many there were more. The
    metadata say `sheets`, `rows`, for text also `encoding` and `separator`, which is found out. Formulas are read as the
    values that were saved. Files of more than `max_bytes` bytes, or that unpack into more, are refused.

    >>> SpreadsheetReader().read(b"name,year\\nAda,1843\\n").content
    'name | year\\nname: Ada | year: 1843'
    """

    endings = frozenset({".csv", ".ods", ".tab", ".tsv", ".xls", ".xlsm", ".xlsx"})
    wordless = "its sheets hold no cells with anything in them."

    def __init__(self, max_rows: int | None = None, include_header: bool = True, *, max_bytes: int = MOST_BYTES) -> None:  # noqa: FBT001, FBT002  (as documented)
        super().__init__(max_bytes=max_bytes)
        if max_rows is not None and (isinstance(max_rows, bool) or not isinstance(max_rows, int) or max_rows < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"max_rows is a number of rows above 0, or None for all, not {max_rows!r}.")
        self._max_rows = max_rows
        self._include_header = include_header

    def _parsed(self, file: FileBytes) -> Composed:
        packed = file.data.startswith(b"PK") or is_old_office(file.data)
        if file.suffix in _TEXT or (file.suffix not in self.endings and not packed):
            return self._of_text(file)
        return self._of_workbook(file)

    def _of_text(self, file: FileBytes) -> Composed:
        read = decoded(file.data, "utf-8", source=file.source)
        separator = _TEXT.get(file.suffix) or _separator(read.text)
        composer = Composer()
        try:
            rows, left_out = self._sheet(composer, csv.reader(io.StringIO(read.text, newline=""), delimiter=separator))
        except csv.Error as error:
            why = f"{error} (a quote may be open, or one cell is longer than a table's should be)"
            raise broken(file, why) from error
        return composer.composed(
            encoding=read.encoding,
            encoding_guessed=read.guessed or None,
            separator=separator,
            rows=rows,
            rows_left_out=left_out or None,
        )

    def _of_workbook(self, file: FileBytes) -> Composed:
        calamine = imported("python_calamine", extra="rag-excel")
        refuse_locked(file)
        if not is_old_office(file.data):
            refuse_bombs(file, most=self._max_bytes, count=True)
            refuse_vast_sheets(file)
        try:
            workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.data))
            return self._sheets(workbook, calamine, file)
        except calamine.PasswordError as error:
            raise locked(file) from error

    def _sheets(self, workbook: Any, calamine: Any, file: FileBytes) -> Composed:
        composer = Composer()
        names: list[str] = []
        total = missing = 0
        for about in workbook.sheets_metadata:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:  # a chart has no rows
                continue
            names.append(about.name)
            sheet = workbook.get_sheet_by_name(about.name)
            rows = iter(sheet.to_python()) if sheet.width else iter(())
            first = next((row for row in rows if any(map(in_words, row))), None)
            if first is None:
                continue
            composer.separate()
            start = composer.add(f"{about.name}\n")
            count, left_out = self._sheet(composer, chain([first], rows))
            composer.mark("sheet", start, number=len(names), title=about.name)
            total, missing = total + count, missing + left_out
            if composer.place > self._max_bytes:
                raise TooLargeFileError(f"The cells of {file.source!r} hold too much text. Give max_rows.", file.source)
        return composer.composed(sheets=names, rows=total, rows_left_out=missing or None)

    def _sheet(self, composer: Composer, rows: Iterator[Sequence[object]]) -> tuple[int, int]:
        """Take in the rows; how many were taken, and how many left out."""
        header: list[str] | None = None
        lines: list[str] = []
        if self._include_header:
            first = next((row for row in rows if any(map(in_words, row))), ())
            header = [in_words(cell) for cell in first]
            lines.append(header_line(header))
        counted = iter(lines_of(rows, header))
        taken = list(islice(counted, self._max_rows))
        composer.add("\n".join(line for line in [*lines, *taken] if line))
        return len(taken), sum(1 for _ in counted)


def _separator(text: str) -> str:
    """The sign that parts the cells: the one that is in most of the first rows as often as in the first."""
    best, most = ",", 0.0
    for sign in _SEPARATORS:
        rows = list(islice(csv.reader(io.StringIO(text[:65536], newline=""), delimiter=sign), _LOOKED_AT))
        widths = [len(row) for row in rows if row]
        if not widths or max(widths) == 1:
            continue
        like_first = sum(width == widths[0] for width in widths) / len(widths)
        score = like_first * (1 + min(widths[0], 10) / 100) * (widths[0] > 1)
        if score > most:
            best, most = sign, score
    return best
