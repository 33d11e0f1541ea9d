"""Rows of a table as lines that can be understood alone: each cell with the name of its column. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

_WHOLE = 1e15  # up to here every whole number is exact as a float


def in_words(cell: object) -> str:
    """A cell as text on one line: whole numbers without ".0", dates as ISO 8601, nothing for an empty one.

    >>> [in_words(cell) for cell in (5.0, None, True, " two\\n lines ", 0.25)]
    ['5', '', 'true', 'two lines', '0.25']
    """
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < _WHOLE:
            return str(int(cell))
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.datetime():
            return cell.isoformat(" ")
        case str() if cell.isascii() and cell.isalnum():
            return cell
        case _:
            return " ".join(str(cell).split())


def lines_of(rows: Iterable[Sequence[object]], header: Sequence[str] | None) -> Iterable[str]:
    """A line for each row that holds something: "name: cell | name: cell", or the cells alone without a `header`.

    >>> list(lines_of([["Ada", 1843], ["", ""]], ["name", "year"]))
    ['name: Ada | year: 1843']
    """
    names = [f"{name}: " if name else "" for name in header or ()]
    for row in rows:
        cells = [in_words(cell) for cell in row]
        if header is None:
            line = " | ".join(cells).rstrip(" |") if any(cells) else ""
        else:
            named = names + [""] * (len(cells) - len(names))
            line = " | ".join(name + cell for name, cell in zip(named, cells, strict=False) if cell)
        if line:
            yield line


def header_line(names: Sequence[str]) -> str:
    """The names of the columns on a line of their own."""
    return " | ".join(name for name in names if name)
