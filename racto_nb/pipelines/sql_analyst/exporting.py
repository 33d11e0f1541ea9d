"""Rows as files and as JSON: what a format cannot hold is written as text, and text is never a formula. Kind: threaded."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl
from pydantic_core import to_json, to_jsonable_python

from racto_nb._extras import imported
from racto_nb.exceptions import UsageError

if TYPE_CHECKING:
    import pandas as pd

Cell = Any
_EXACT = 2**53
_LONGEST_CELL = 32_767
_MOST_ROWS = 1_048_575
_FIRST_EXCEL_YEAR = 1900
_SHEET_NAME = 31


def plain(value: object) -> object:
    """`value` as JSON can hold it. A Decimal is a number where a float is exactly it, else text; bytes are base64; what is no
    number (NaN, infinite) is null; an object of a foreign kind is its text.

    >>> plain({"price": Decimal("2.50"), "at": date(2026, 1, 31), "raw": b"\\x00", "share": float("nan")})
    {'price': 2.5, 'at': '2026-01-31', 'raw': 'AA==', 'share': None}
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return _number(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(cast("bytes", value))).decode()
        case pl.Series():
            return [plain(item) for item in value.to_list()]
        case Mapping():
            return {str(name): plain(item) for name, item in cast("Mapping[object, object]", value).items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in cast("Sequence[object]", value)]
        case _:
            return to_jsonable_python(value, serialize_unknown=True, inf_nan_mode="null", timedelta_mode="iso8601")


def json_of(rows: Sequence[Mapping[str, object]], *, indent: int | None) -> str:
    """The rows as a JSON array of objects."""
    return to_json(plain(rows), indent=indent or None).decode()


def csv_of(frame: pl.DataFrame) -> str:
    """The rows as CSV with a header line. Nested values are JSON, bytes are base64."""
    return _flat(frame).write_csv()


def write_parquet(frame: pl.DataFrame, path: str | Path) -> None:
    """Write the rows as a Parquet file, with their types."""
    held = [name for name, kind in frame.schema.items() if kind == pl.Object]
    frame.with_columns(**{name: _as_text(frame[name]) for name in held}).write_parquet(Path(path))


def write_excel(frame: pl.DataFrame, path: str | Path, *, sheet_name: str) -> None:
    """Write the rows as one sheet of a workbook. Needs the extra `sql-excel`.

    Text stays text, also where it begins with "=". Times with a zone, dates before 1900, nested values and numbers that Excel
    would round are written as text. Raises UsageError for a sheet name, a number of rows or a text that Excel cannot hold.
    """
    xlsxwriter = imported("xlsxwriter", extra="sql-excel")
    _refuse_what_excel_cannot(frame, sheet_name)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(sheet_name)
        formats = {kind: book.add_format({"num_format": shown}) for kind, shown in _FORMATS.items()}
        bold = book.add_format({"bold": True})
        for place, name in enumerate(frame.columns):
            sheet.write_string(0, place, name, bold)
        for line, row in enumerate(frame.iter_rows(), start=1):
            for place, value in enumerate(row):
                _write_cell(sheet, line, place, value, formats)


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """`frame` as a pandas frame, without pyarrow: decimals stay decimals, nested values Python's own."""
    import pandas as pd

    columns = {name: _column(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(frame.height))


def _column(series: pl.Series) -> object:
    kind = series.dtype
    if kind.is_numeric() and not isinstance(kind, pl.Decimal) and series.null_count() == 0:
        return series.to_numpy()
    if kind.is_float():
        return series.cast(pl.Float64).fill_null(math.nan).to_numpy()
    if kind.is_integer():
        return _nullable(series)
    if isinstance(kind, pl.Datetime) and kind.time_zone is None:
        return series.to_numpy()
    return [item.to_list() if isinstance(item, pl.Series) else item for item in series.to_list()]


def _nullable(series: pl.Series) -> object:
    """Whole numbers with gaps as pandas' nullable integers: as floats, large ones would change."""
    import pandas as pd

    return pd.array(series.to_list(), dtype="UInt64" if series.dtype.is_unsigned_integer() else "Int64")


_FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss"}


def _write_cell(sheet: Any, line: int, place: int, value: Cell, formats: Mapping[type, Any]) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(line, place, value)
        case int() | float() | Decimal() if _is_exact(value):
            sheet.write_number(line, place, value)
        case datetime() if value.tzinfo is None and value.year >= _FIRST_EXCEL_YEAR:
            sheet.write_datetime(line, place, value, formats[datetime])
        case date() if not isinstance(value, datetime) and value.year >= _FIRST_EXCEL_YEAR:
            sheet.write_datetime(line, place, value, formats[date])
        case time() if value.tzinfo is None:
            sheet.write_datetime(line, place, value, formats[time])
        case _:
            sheet.write_string(line, place, _text(value))


def _is_exact(value: float | Decimal) -> bool:
    """Whether Excel, which holds floats, keeps this number as it is. NaN and infinities are text."""
    if isinstance(value, int):
        return abs(value) <= _EXACT
    return math.isfinite(value) and isinstance(_number(value) if isinstance(value, Decimal) else value, int | float)


def _refuse_what_excel_cannot(frame: pl.DataFrame, sheet_name: str) -> None:
    if not 0 < len(sheet_name) <= _SHEET_NAME or set(sheet_name) & set("[]:*?/\\") or sheet_name != sheet_name.strip("'"):
        msg = f"A sheet's name has 1 to {_SHEET_NAME} characters without []:*?/\\ and no ' at its ends, not {sheet_name!r:.80}."
        raise UsageError(msg)
    if frame.height > _MOST_ROWS:
        msg = f"A sheet holds {_MOST_ROWS:,} rows, and there are {frame.height:,}. Use to_parquet or to_csv."
        raise UsageError(msg)
    for name, kind in frame.schema.items():
        longest = frame[name].str.len_chars().max() if kind == pl.String else None
        if isinstance(longest, int) and longest > _LONGEST_CELL:
            msg = f"A cell of Excel holds {_LONGEST_CELL:,} characters, and one of {name!r} has {longest:,}. Use to_parquet."
            raise UsageError(msg)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with text where CSV has no way to write a value."""
    held = [
        name for name, kind in frame.schema.items() if kind.is_nested() or isinstance(kind, pl.Object | pl.Binary | pl.Duration)
    ]
    return frame.with_columns(**{name: _as_text(frame[name]) for name in held})


def _as_text(series: pl.Series) -> pl.Series:
    return pl.Series(series.name, [None if value is None else _text(value) for value in series.to_list()], dtype=pl.String)


def _text(value: object) -> str:
    """What stands in a cell for a value that is no number, date or text."""
    match value:
        case str():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | float() | int():
            return str(value)
        case _:
            shown = plain(value)
            return shown if isinstance(shown, str) else to_json(shown).decode()


def _number(value: Decimal) -> int | float | str:
    """`value` as a number where that changes nothing, else as text."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and abs(value) <= _EXACT:
        return float(value) if value.as_tuple().exponent else int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


__all__ = ["as_pandas", "csv_of", "json_of", "plain", "write_excel", "write_parquet"]
