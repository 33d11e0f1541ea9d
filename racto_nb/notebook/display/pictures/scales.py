"""Round places along an axis, of numbers and of dates, and what is written there. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from racto_nb.notebook.display.pictures.reading import EARLIEST, EPOCH, LATEST

_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_PLAIN, _UNSAID = 10_000, 1e15
_PLACES = 9
"""More decimals are written with an exponent."""
_DAY = 86_400
_SPANS = (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12_000, 24_000, 120_000)
_A_MONTH = 2_629_800.0
_A_YEAR, _LAST_YEAR = 12, 9998
_MONDAY = 4 * _DAY
"""From the first of January 1970, a Thursday, to the Monday after."""


def step_of(low: float, high: float, about: int = 5) -> float:
    """A round step, so that there are at most about so many from `low` to `high`."""
    rough = (high / about) - (low / about)
    if rough <= 0:
        return 1.0
    size = 10.0 ** max(-300, math.floor(math.log10(rough)))
    return next((each * size for each in (1, 2, 5, 10) if each * size >= rough * 0.95), 10 * size)


def ticks(low: float, high: float, step: float) -> list[float]:
    """Round places from `low` to `high`.

    >>> ticks(-3, 11, 5.0)
    [0.0, 5.0, 10.0]
    """
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return list(dict.fromkeys(place * step for place in range(first, min(last, first + 60) + 1)))


def written(values: Sequence[float], step: float, *, percent: bool = False, plain: bool = False, prefix: str = "") -> list[str]:
    """Numbers as an axis says them, all in one unit: 0.2, 12k, 3M; `plain` ones as years are written.

    >>> written([0, 5000, 10_000], 5000), written([0, 0.5], 0.5, percent=True), written([0, 2e-5], 2e-5, prefix="$")
    (['0', '5k', '10k'], ['0%', '50%'], ['$0', '$0.00002'])
    """
    most = max(map(abs, values), default=0.0)
    unit, sign = (0.01, "%") if percent else (1.0, "") if plain else _unit(most)
    decimals = _decimals(step / unit)
    told = ("0" if value == 0 and not percent else _said(value / unit, decimals, plain=plain) + sign for value in values)
    return [f"{prefix}{text}" if value >= 0 else text for value, text in zip(values, told, strict=True)]


def _unit(most: float) -> tuple[float, str]:
    """In what numbers up to `most` are written; numbers that are too large for a unit have an exponent."""
    return next(((unit, sign) for unit, sign in _UNITS if max(unit, _PLAIN) <= most < _UNSAID), (1.0, ""))


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def _said(value: float, decimals: int, *, plain: bool) -> str:
    if decimals > _PLACES or abs(value) >= 1e6:  # noqa: PLR2004  (no unit is large enough)
        return f"{value:.4g}"
    return f"{value:.{decimals}f}" if plain else f"{value:,.{decimals}f}"


def short(value: float) -> str:
    """One number as a chart says it.

    >>> short(1234567), short(0.25), short(-12.0), short(0.00001234)
    ('1.23M', '0.25', '-12', '0.00001234')
    """
    unit, sign = _unit(abs(value))
    if sign or abs(value) >= _UNSAID:
        return f"{value / unit:.3g}{sign}"
    known = float(f"{value:.4g}")
    decimals = _decimals(abs(known)) + 3 if 0 < abs(known) < 1 else 3
    if decimals > _PLACES:
        return f"{known:.3g}"
    return f"{known:,.{decimals}f}".rstrip("0").rstrip(".")


def date_ticks(low: float, high: float, about: int = 5) -> list[tuple[float, str]]:
    """Round moments from `low` to `high`, in seconds since 1970, each as it is written."""
    low, high = max(low, EARLIEST), min(high, LATEST)
    rough = (high - low) / about
    span = next((each for each in _SPANS if each >= rough), None)
    return _equal(low, high, span) if span is not None else _months(low, high, rough)


def _equal(low: float, high: float, span: int) -> list[tuple[float, str]]:
    shift = _MONDAY if span % (7 * _DAY) == 0 else 0
    places = [place * span + shift for place in range(math.ceil((low - shift) / span), math.floor((high - shift) / span) + 1)]
    moments = [(EPOCH + timedelta(seconds=place)).isoformat() for place in places]
    if span >= _DAY:
        return [(place, moment[:10]) for place, moment in zip(places, moments, strict=True)]
    start = 11 if len({moment[:10] for moment in moments}) == 1 else 5
    end = 16 if span >= 60 else 19  # noqa: PLR2004  (seconds are written where they differ)
    return [(place, moment[start:end].replace("T", " ")) for place, moment in zip(places, moments, strict=True)]


def _months(low: float, high: float, rough: float) -> list[tuple[float, str]]:
    step = next((each for each in _MONTHS if each * _A_MONTH >= rough), _MONTHS[-1])
    first = EPOCH + timedelta(seconds=low)
    month = -(-(first.year * 12 + first.month - 1) // step) * step
    found: list[tuple[float, str]] = []
    while month // _A_YEAR <= _LAST_YEAR:
        moment = datetime(max(1, month // 12), month % 12 + 1, 1)  # noqa: DTZ001  (an axis has no zone)
        place = (moment - EPOCH).total_seconds()
        if place > high:
            break
        if place >= low:
            found.append((place, moment.isoformat()[: 4 if step % _A_YEAR == 0 else 7]))
        month += step
    return found
