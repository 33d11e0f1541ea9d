"""Pieces of an SVG: numbers, texts and colours as they stand in it. Pure."""

from __future__ import annotations

import re
from html import escape, unescape
from unicodedata import combining, east_asian_width

from racto_nb.notebook.display.sanitising import printable

INK = "#7a7a7a"
"""A grey of which the contrast to white and to the black of dark pages is nearly the same, about 4.3."""
GRID = 'stroke="#808080" stroke-opacity="0.3"'
PALETTE = ("#2b7fc4", "#d55e00", "#00906a", "#b8559a", "#b07d00", "#7768d8", "#3a9bb0", "#c2504c")
"""Told apart by those who see few colours too, and from a white page and a black one."""
LABEL = 12
"""The size of letters, in pixels."""
LONGEST = 300
"""Letters of a title, a name, or what else others wrote."""
_READ = 8 * LONGEST
"""Letters that are looked at for it: escaped ones are longer."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}|rgba?\([0-9., %]{5,40}\)|[a-zA-Z]{3,20}")
_NO_XML = re.compile("[\ufffe\uffff]")
_WIDTHS = {
    **dict.fromkeys(" .,:;|!'()[]ijlftrI-", 0.4),
    **dict.fromkeys("mMW@%—…", 1.0),
    **dict.fromkeys("wACDGHKNOQRUVXY&", 0.8),
}
"""Of a broad face, in parts of its size."""


def at(value: float) -> str:
    """A place, to one decimal.

    >>> at(12.04), at(-0.01), at(3.25)
    ('12', '0', '3.2')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def told(text: object) -> str:
    """Words of others on one line, as letters, and not more than are read: figures hold them escaped.

    >>> told("R&amp;D\\n\\x1b[31m")
    'R&D'
    """
    return shortened(_NO_XML.sub("", " ".join(printable(unescape(printable(str(text)[:_READ]))).split())))


def shortened(text: str) -> str:
    """`text`, or as much of its beginning as is read."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def wide(text: str, size: float = LABEL) -> float:
    """About how many pixels `text` takes; rather too many than too few."""
    return size * sum(map(_share, text))


def _share(letter: str) -> float:
    if (known := _WIDTHS.get(letter)) is not None:
        return known
    if east_asian_width(letter) in "WF":
        return 1.05
    return 0.0 if combining(letter) else 0.63


def cut(text: str, room: float, size: float = LABEL) -> str:
    """`text`, or as much of its beginning as has `room` pixels.

    >>> cut("Trondheim", 40)
    'Tron…'
    """
    return text if wide(text, size) <= room else f"{_fitting(text, room - wide('…', size), size).rstrip()}…"


def cut_name(name: str, room: float) -> str:
    """`name`, or its beginning and its end: names often begin alike.

    >>> cut_name("Customer number 17", 100)
    'Custom…er 17'
    """
    if wide(name) <= room:
        return name
    left = room - wide("…")
    end = _fitting(name[::-1], left * 0.4, LABEL)[::-1]
    begin = _fitting(name, left - wide(end), LABEL)
    return f"{begin.rstrip()}…{end.lstrip()}"


def _fitting(text: str, room: float, size: float) -> str:
    """The letters from the beginning on that have `room`."""
    for place, letter in enumerate(text):
        room -= wide(letter, size)
        if room < 0:
            return text[:place]
    return text


def word(x: float, y: float, text: str, more: str = "") -> str:
    """A text at a place, in the ink and size of its group; `more` are attributes of ours."""
    return f'<text x="{at(x)}" y="{at(y)}"{more}>{escape(text)}</text>'


def upwards(x: float, y: float, text: str) -> str:
    """A text that is read from below, its middle at the place."""
    return word(x, y, text, f' text-anchor="middle" transform="rotate(-90 {at(x)} {at(y)})"')


def line(x1: float, y1: float, x2: float, y2: float, look: str = GRID) -> str:
    """A straight line."""
    return f'<line x1="{at(x1)}" y1="{at(y1)}" x2="{at(x2)}" y2="{at(y2)}" {look}/>'


def square(x: float, y: float, ink: str) -> str:
    """The colour of a series beside its name."""
    return f'<rect x="{at(x)}" y="{at(y)}" width="10" height="10" rx="2" fill="{ink}"/>'


def colour(value: object, otherwise: str) -> str:
    """`value` where it is a colour and nothing else."""
    return value if isinstance(value, str) and _COLOUR.fullmatch(value) else otherwise


def colour_of(place: int) -> str:
    """The colour of the series at `place`."""
    return PALETTE[place % len(PALETTE)]
