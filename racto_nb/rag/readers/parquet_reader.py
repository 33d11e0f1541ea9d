"""Parquet files by polars."""

from __future__ import annotations

import io
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import UsageError
from racto_nb.rag.readers.composing import Composed, Composer
from racto_nb.rag.readers.file_reader import FileReader
from racto_nb.rag.readers.opening import MOST_BYTES, FileBytes, too_large
from racto_nb.rag.readers.tables import header_line, lines_of

_AT_ONCE = 20_000


class ParquetReader(FileReader):
    """Reads the rows of a Parquet file as a SpreadsheetReader does: "name: Ada | year: 1843", one row a line, the names first.

    At most `max_rows` rows are read (None: all); `rows_left_out` in the metadata says how many there were more. They also say
    `columns` and `rows`. Files of more than `max_bytes` bytes, or with more text than that, are refused.
    """

    endings = frozenset({".parquet"})
    wordless = "it holds no rows."

    def __init__(self, max_rows: int | None = None, *, max_bytes: int = MOST_BYTES) -> None:
        super().__init__(max_bytes=max_bytes)
        if max_rows is not None and (isinstance(max_rows, bool) or not isinstance(max_rows, int) or max_rows < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"max_rows is a number of rows above 0, or None for all, not {max_rows!r}.")
        self._max_rows = max_rows

    def _parsed(self, file: FileBytes) -> Composed:
        polars = imported("polars", extra="rag")
        frame: Any = polars.scan_parquet(io.BytesIO(file.data))
        names: list[str] = frame.collect_schema().names()
        total: int = frame.select(polars.len()).collect().item()
        wanted = total if self._max_rows is None else min(total, self._max_rows)
        composer = Composer()
        if wanted:
            composer.add(header_line(names))
        for start in range(0, wanted, _AT_ONCE):
            rows = frame.slice(start, min(_AT_ONCE, wanted - start)).collect().iter_rows()
            for line in lines_of(rows, names):
                composer.add("\n")
                composer.add(line)
            if composer.place > self._max_bytes:
                raise too_large(file.source, composer.place, self._max_bytes, what="has text of")
        return composer.composed(columns=names, rows=wanted, rows_left_out=total - wanted or None)
