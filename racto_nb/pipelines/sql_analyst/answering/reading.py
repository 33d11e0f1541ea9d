"""The numbers and dates that are written in a text, in the ways people write them. Pure.

    1,234.5   1 234,5   1.234,5   1'234.5   12,34,567   1.2k   3.4 million   2 Mrd   12 %   -5   $1,234   1.2e6   2x

"1,234" may be a thousand or a number with three digits behind its comma: such a number has both readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "percent", "times"]

_SPACES = " \u00a0\u2007\u2009\u202f"
_BIG = {
    name: scale
    for scale, names in {
        1e2: "hundred", 1e3: "thousand tsd tausend mille", 1e5: "lakh", 1e7: "crore",
        1e6: "million millions millionen millones milioni mio mn mln",
        1e9: "billion billions bn mrd milliarden milliards miliardi", 1e12: "trillion trillions",
    }.items()
    for name in names.split()
}  # fmt: skip
_LETTERS: Mapping[str, tuple[float, ...]] = {
    "k": (1e3,), "K": (1e3,), "M": (1e6,), "B": (1e9,), "m": (1e6, 1.0), "b": (1e9, 1.0), "T": (1e12, 1.0),
}  # fmt: skip
_GROUPED = rf"\d{{1,3}}(?:(?P<gap>[{_SPACES}'\u2019_])\d{{3}})(?:(?P=gap)\d{{3}})*(?:[.,]\d+)?"
_COMMAS = r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?"
_DIGITS = rf"(?:{_GROUPED})(?!\d)|(?:{_COMMAS})(?!\d|[.,]\d)|(?<!\d[.,])\d+[.,]\d+(?![.,]?\d)|\d+|(?<!\d)\.\d+"
_PERCENT = r"%|\u066a|\u2030|(?:percentage[ ]points?|percent|per[ ]cent|pct|pp|prozent|pour[ ]cent|por[ ]ciento|per[ ]cento)\b"
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w)\]%])[-\u2212+])?(?P<money>[$€£¥₹]\s?)?(?<![\w.])"
    rf"(?P<digits>{_DIGITS})(?P<power>[eE][-+]?\d{{1,3}}(?!\w))?"
    rf"(?:[{_SPACES}]?(?P<percent>{_PERCENT})"
    rf"|[{_SPACES}]?(?P<times>[x\u00d7](?!\w)|times\b|-?fold\b|mal\b|fois\b|veces\b)"
    rf"|[{_SPACES}-]?(?P<big>{'|'.join(sorted(_BIG, key=len, reverse=True))})\b"
    r"|(?P<letter>[kKMBmbT])(?!\w)"
    r"|(?P<ordinal>(?:st|nd|rd|th|er|e|º|ª|\.º)(?![\w])))?",
    re.IGNORECASE,
)
_MONEY_BETWEEN = r"\s*[-\u2212]?[$€£]?$"
_ABOUT = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|some|circa|ca\.?|close to|near|rund|etwa|ungefähr|environ|unos|unas|"
    rf"aproximadamente|~|≈|≃){_MONEY_BETWEEN}",
    re.IGNORECASE,
)
_OVER = re.compile(
    rf"(?:over|above|more than|at least|exceeding|exceeds?|über|mehr als|plus de|más de|più di|>|≥){_MONEY_BETWEEN}",
    re.IGNORECASE,
)
_UNDER = re.compile(
    r"(?:under|below|less than|fewer than|at most|up to|nearly|almost|unter|fast|knapp|weniger als|moins de|près de|menos de|"
    rf"casi|quasi|<|≤){_MONEY_BETWEEN}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a number: its `value`, and the `unit` of its last digit."""

    value: float
    unit: float


@dataclass(frozen=True, slots=True)
class Written:
    """A number that stands in `text[start:end]`. What it means lies from half a unit below it to half a unit above.

    `side` is 1 where it is said to lie over it ("over 1,200"), -1 where under it, each by a whole unit of its last digit that
    is not 0. `parts` are the numbers between its spaces, where it may be two that stand side by side.
    """

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    kind: Kind = "plain"
    side: int = 0
    parts: tuple[Written, ...] = ()


def numbers_in(text: str) -> list[Written]:
    """All numbers that are written in `text`, but for ordinals ("3rd") and digits inside words ("Q3", "5G", "v2").

    >>> [(number.text, number.readings[0].value) for number in numbers_in("Sales: $1,234.50, up 12 % on 1.1k")]
    [('$1,234.50', 1234.5), ('12 %', 12.0), ('1.1k', 1100.0)]
    """
    return list(_found(text))


def _found(text: str) -> Iterator[Written]:
    for match in _NUMBER.finditer(text):
        if match["ordinal"] or _is_inside_a_word(match, text):
            continue
        yield _written(match, text)


def _is_inside_a_word(match: re.Match[str], text: str) -> bool:
    """Digits with capitals right behind ("5G", "3D", "3-D") are a name; "30km" is a number."""
    measured = any(match[name] for name in ("percent", "times", "big", "letter"))
    behind = text[match.end() : match.end() + 2].lstrip("-")
    return not measured and (behind[:1].isupper() or behind.startswith("_"))


def _written(match: re.Match[str], text: str) -> Written:
    kind: Kind = "percent" if match["percent"] else "times" if match["times"] else "plain"
    sign = -1.0 if match["sign"] in {"-", "\u2212"} else 1.0
    scales = _LETTERS.get(match["letter"], (1.0,)) if match["letter"] else (_BIG.get((match["big"] or "").casefold(), 1.0),)
    if match["percent"] == "‰":
        scales = (0.1,)
    if match["power"]:
        scales = tuple(scale * float(f"1{match['power']}") for scale in scales)
    before = text[max(0, match.start() - 24) : match.start()]
    side = 1 if _OVER.search(before) else -1 if _UNDER.search(before) else 0
    rough = side or _ABOUT.search(before)
    readings = [
        Reading(sign * value * scale, (_last_digit(match["digits"], unit) if rough else unit) * scale)
        for value, unit in _readings(match["digits"])
        for scale in scales
    ]
    parts = tuple(_parts(match)) if " " in match["digits"] else ()
    return Written(match.group(), match.start(), match.end(), tuple(readings), kind, side, parts)


def _parts(match: re.Match[str]) -> Iterator[Written]:
    """The numbers between the spaces of one that may be several: "5 120" may be five, and a hundred and twenty."""
    begin = match.start("digits")
    for part in re.finditer(r"[^ ]+", match["digits"]):
        readings = tuple(Reading(value, unit) for value, unit in _readings(part.group()))
        yield Written(part.group(), begin + part.start(), begin + part.end(), readings)


def _readings(digits: str) -> list[tuple[float, float]]:
    """The values that `digits` may mean, the likeliest first, each with the unit of its last digit."""
    bare = re.sub(rf"[{_SPACES}'\u2019_]", "", digits)
    grouped = bare != digits
    if "," in bare and "." in bare:
        point = max(",.", key=bare.rfind)
        return [_value(bare, point)]
    mark = "," if "," in bare else "."
    count = bare.count(mark)
    if count == 0:
        return [_value(bare, "")]
    looks_grouped = (
        not grouped and not bare.startswith("0") and re.fullmatch(r"\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}", bare) is not None
    )
    if count > 1:
        return [_value(bare, "")]
    if looks_grouped:
        both = [_value(bare, ""), _value(bare, mark)]
        return both if mark == "," else both[::-1]
    return [_value(bare, mark)]


def _value(bare: str, point: str) -> tuple[float, float]:
    whole, _, rest = bare.partition(point) if point else (bare, "", "")
    whole = re.sub(r"[.,]", "", whole) or "0"
    return float(f"{whole}.{rest or 0}"), 10.0 ** -len(rest)


def _last_digit(digits: str, unit: float) -> float:
    """The unit of the last digit that is not 0: "about 1,200" is told in hundreds."""
    plain = re.sub(r"\D", "", digits)
    zeros = len(plain) - len(plain.rstrip("0"))
    return unit * 10.0**zeros if unit >= 1 and plain.strip("0") else unit
