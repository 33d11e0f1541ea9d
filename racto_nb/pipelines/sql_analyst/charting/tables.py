"""A result as a table in plain text: for terminals, for tests, and for a model to read. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime

import polars as pl

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
LONGEST_CELL = 40


def cell_text(value: object, longest: int = LONGEST_CELL) -> str:
    """A value in one line of at most `longest` characters. Numbers are never cut.

    >>> cell_text(1234.5), cell_text(None), cell_text("two\\nlines")
    ('1234.5', '', 'two lines')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime) and value == value.replace(hour=0, minute=0, second=0, microsecond=0):
        return value.date().isoformat()
    text = _BREAKS.sub(" ", str(value))
    return text if isinstance(value, int) or len(text) <= longest else text[: longest - 1] + "…"


def number_text(value: float) -> str:
    """A float as it is read: 15 digits at most, so that 0.1 + 0.2 is 0.3.

    >>> number_text(0.1 + 0.2), number_text(3.0), number_text(float("nan"))
    ('0.3', '3.0', 'NaN')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else str(value)
    return repr(float(f"{value:.15g}"))


def short_number(value: object) -> str:
    """A number beside a bar: two digits behind the point, or four that count if it is small.

    >>> short_number(1234.5678), short_number(0.012345), short_number(3.0), short_number(None)
    ('1,234.57', '0.01235', '3', '')
    """
    if value is None:
        return ""
    number = float(str(value))
    return f"{number:,.2f}".rstrip("0").rstrip(".") if abs(number) >= 1 or not number else f"{number:.4g}"


def text_table(frame: pl.DataFrame, *, max_rows: int = 20, longest: int = LONGEST_CELL) -> str:
    """The first `max_rows` rows in columns between bars; a last line says how many rows more there are.

    >>> print(text_table(pl.DataFrame({"city": ["Oslo"], "sales": [3]})))
    | city | sales |
    |------|-------|
    | Oslo |     3 |
    """
    heads = [cell_text(name, longest) for name in frame.columns]
    right = [dtype.is_numeric() for dtype in frame.dtypes]
    rows = [[cell_text(value, longest) for value in row] for row in frame.head(max_rows).iter_rows()]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [_line(heads, widths, [False] * len(heads)), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    lines += [_line(row, widths, right) for row in rows]
    more = frame.height - len(rows)
    return "\n".join([*lines, f"… and {more:,} rows more" if more != 1 else "… and 1 row more"] if more > 0 else lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    told = [
        cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "| " + " | ".join(cell.replace("|", "¦") for cell in told) + " |"
