"""The first rows of a polars frame as HTML with a text twin. Names and cells are foreign: everything is escaped. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb.notebook.display.sanitising import printable, safe_text

if TYPE_CHECKING:
    import polars as pl

MOST_ROWS = 12
"""Rows that are shown at once."""
MOST_COLUMNS = 16
LONGEST = 60
"""Characters of a cell that are shown."""


def frame_html(frame: pl.DataFrame) -> str:
    """The first rows and columns as a table, with a line about the others; empty for a frame without columns."""
    if not frame.width:
        return ""
    names = frame.columns[:MOST_COLUMNS]
    right = {name for name in names if frame.schema[name].is_numeric()}
    head = "".join(_cell("th", name, name in right) for name in names)
    body = "".join(
        f"<tr>{''.join(_cell('td', text, name in right) for name, text in zip(names, row, strict=True))}</tr>"
        for row in _rows(frame, names)
    )
    more = f'<p class="racto-quiet">{safe_text(_more(frame))}</p>' if _more(frame) else ""
    return f'<table class="racto-rows"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'


def frame_text(frame: pl.DataFrame) -> str:
    """The text twin of it, its columns aligned."""
    if not frame.width:
        return ""
    names = frame.columns[:MOST_COLUMNS]
    right = [frame.schema[name].is_numeric() for name in names]
    lines = [[printable(cell) for cell in row] for row in ([*names], *_rows(frame, names))]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    shown = ("  ".join(_aligned(*each) for each in zip(line, widths, right, strict=True)).rstrip() for line in lines)
    return "\n".join(part for part in (*shown, _more(frame)) if part)


def _aligned(text: str, width: int, right: bool) -> str:  # noqa: FBT001  (one of three of a column)
    return text.rjust(width) if right else text.ljust(width)


def _cell(kind: str, text: str, right: bool) -> str:  # noqa: FBT001  (of a column)
    style = ' style="text-align:right;font-variant-numeric:tabular-nums"' if right else ""
    return f"<{kind}{style}>{safe_text(text)}</{kind}>"


def _rows(frame: pl.DataFrame, names: list[str]) -> list[list[str]]:
    return [[_said(value) for value in row] for row in frame.select(names).head(MOST_ROWS).rows()]


def _said(value: object) -> str:
    """A value on one line. Nothing is rounded away that a reader would miss: floats keep six significant digits."""
    if value is None:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) and not value.is_integer() else str(value)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _more(frame: pl.DataFrame) -> str:
    left = [
        f"{count:,} more {kind}{'' if count == 1 else 's'}"
        for count, kind in ((frame.height - MOST_ROWS, "row"), (frame.width - MOST_COLUMNS, "column"))
        if count > 0
    ]
    if not frame.height:
        return "No row."
    return f"{' and '.join(left)} not shown: .df has all." if left else ""
