"""What stands in a figure's JSON, whatever it is: numbers, moments, texts, lists. Nothing here raises. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from racto_nb.notebook.display.pictures.svg import told

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (clocks are compared as they show)
_LARGEST = 1e290
"""Larger numbers are not drawn: sums of them would leave what a float can hold."""
LATEST = 253_370_764_800.0
"""Seconds from 1970 to the year 9999."""
EARLIEST = -62_135_596_800.0
"""Seconds from 1970 back to the year 1."""
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?)?)?(Z|[+-]\d\d:?\d\d)?")
_LONGEST_LINES = 5_000
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def mapping(value: object) -> Mapping[str, Any]:
    """`value` where it is one, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def listed(value: object) -> Sequence[Any]:
    """`value` where it is a list or tuple, else an empty one."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def within(value: object, *path: str) -> Any:
    """What stands there, deep inside; None where there is nothing."""
    for name in path:
        value = mapping(value).get(name)
    return value


def number(value: object) -> float | None:
    """`value` as a number that can be drawn, else None.

    >>> number(3), number("3"), number(float("nan")), number(10**400), number(True)
    (3.0, None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST:
        return None
    return float(value) if math.isfinite(value) and abs(value) < _LARGEST else None


def numbers(value: object) -> list[float | None]:
    """Each of a list as a number."""
    return [number(each) for each in listed(value)]


def moment(value: object) -> float | None:
    """Seconds from 1970 to a date of ISO 8601, or to milliseconds as Plotly counts them; the zone is not looked at.

    >>> moment("1970-01-02"), moment("1970-02"), moment(1500), moment("soon")
    (86400.0, 2678400.0, 1.5, None)
    """
    if isinstance(value, str):
        return _clock(value.strip())
    seconds = number(value)
    return seconds / 1000 if seconds is not None and EARLIEST <= seconds / 1000 < LATEST else None


def _clock(text: str) -> float | None:
    if not _DATE.fullmatch(text):
        return None
    padded = text + "-01-01"[len(text) - 4 :] if len(text) in {4, 7} else text
    try:
        seconds = (datetime.fromisoformat(padded).replace(tzinfo=None) - EPOCH).total_seconds()
    except ValueError:  # a day that no month has
        return None
    return seconds if seconds < LATEST else None


def text_at(value: object, *path: str) -> str:
    """The text there, as letters."""
    found = within(value, *path)
    return told(found) if isinstance(found, str | int | float) else ""


def lines_of(text: object) -> list[str]:
    """The lines of a text of Plotly's, which breaks them with a tag."""
    return [line for part in _BREAK.split(str(text)[:_LONGEST_LINES]) if (line := told(part))]


def named(value: object) -> str | None:
    """A name along an axis; None for nothing."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        return str(int(value))
    return str(value)
