"""The dates and times that are written in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio", "february feb februar février febrero febbraio",
            "march mar märz mars marzo", "april apr avril abril aprile", "may mai mayo maggio", "june jun juni juin junio giugno",
            "july jul juli juillet julio luglio", "august aug août agosto", "september sep sept septembre septiembre settembre",
            "october oct oktober okt octobre octubre ottobre", "november nov novembre noviembre",
            "december dec dezember dez décembre diciembre dicembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO = (
    r"(?<![\d-])(?P<iso_year>[12]\d{3})-(?P<iso_month>[01]\d)"
    r"(?:-(?P<iso_day>[0-3]\d)(?:[T ](?P<iso_time>\d{2}:\d{2}))?(?::\d{2}(?:\.\d+)?)?)?(?![\d-])"
)
_SLASHED = r"(?<![\d.,/])(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<short_year>\d{4}|\d{2})(?![.,/]?\d)"
_DAY_FIRST = (
    rf"(?<![\d.,])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?P<name>{_NAME})\b\.?,?"
    r"(?:\s+(?:de\s+)?(?P<year>[12]\d{3})\b)?"
)
_NAME_FIRST = (
    rf"\b(?P<name_2>{_NAME})\b\.?\s+(?:(?P<year_3>[12]\d{{3}})\b"
    r"|(?P<day_2>\d{1,2})(?:st|nd|rd|th)?\b(?![.,]?\d)(?:,?\s+(?P<year_2>[12]\d{3})\b)?)"
)
_TIME = r"(?<![\d:])(?P<time>\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?![\d:])"
_DATE = re.compile(f"{_ISO}|{_SLASHED}|{_DAY_FIRST}|{_NAME_FIRST}|{_TIME}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date or time in `text[start:end]`: the ways to understand it, as year, month and day (None: not said), and its time."""

    text: str
    start: int
    end: int
    readings: tuple[tuple[int | None, int | None, int | None], ...]
    time: str | None = None


def dates_in(text: str) -> list[WrittenDate]:
    """All dates and times that are written in `text`.

    >>> [date.readings for date in dates_in("from 2024-01-05 to March 7, 2024, or 5/6/2024")]
    [((2024, 1, 5),), ((2024, 3, 7),), ((2024, 5, 6), (2024, 6, 5))]
    """
    return list(_found(text))


def _found(text: str) -> Iterator[WrittenDate]:
    for match in _DATE.finditer(text):
        groups = match.groupdict()
        readings = tuple(dict.fromkeys(_readings(groups)))
        if readings or groups["time"]:
            time = groups["time"] or groups["iso_time"]
            yield WrittenDate(match.group(), match.start(), match.end(), readings, time and time.zfill(5))


def _readings(groups: Mapping[str, str | None]) -> Iterator[tuple[int | None, int | None, int | None]]:
    if groups["iso_year"]:
        yield _number(groups["iso_year"]), _number(groups["iso_month"]), _number(groups["iso_day"])
    elif groups["first"]:
        first, second, year = int(groups["first"]), int(groups["second"] or 0), int(groups["short_year"] or 0)
        year += 2000 if year < 100 else 0  # noqa: PLR2004  (two digits)
        for month, day in ((first, second), (second, first)):
            if 1 <= month <= 12 and 1 <= day <= 31:  # noqa: PLR2004  (months and days)
                yield year, month, day
    elif name := groups["name"] or groups["name_2"]:
        month = _MONTHS[name.casefold()]
        yield _number(groups["year"] or groups["year_2"] or groups["year_3"]), month, _number(groups["day"] or groups["day_2"])


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
