"""Words of others on a chart: titles, names, units. Plotly draws a part of HTML and TeX in texts; here they are letters. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import count

LONGEST = 40
"""Letters of a name beside a bar or in a legend."""
LONGEST_TITLE = 160
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_MEANS_MORE = re.compile(r"[<>]|&#?\w+;|\$.*\$", re.DOTALL)
NOTHING = "(none)"
"""What stands where a name is missing."""


def plain(text: str, longest: int = LONGEST_TITLE) -> str:
    """`text` as Plotly shows it letter by letter: no tags, no links, no formulas, on one line, cut after `longest` letters.

    >>> plain("<b>R&D</b>"), plain("R&D")
    ('&lt;b&gt;R&amp;D&lt;/b&gt;', 'R&D')
    """
    line = _BREAKS.sub(" ", text).strip()
    cut = line if len(line) <= longest else line[: longest - 1] + "…"
    return html.escape(cut, quote=False).replace("$", "&#36;") if _MEANS_MORE.search(cut) else cut


def spoken(value: object) -> str:
    """A name as it is read: nothing is "(none)", a flag yes or no, a whole number has no point."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def labels_of(values: Sequence[object]) -> list[str]:
    """A label for each of `values`, different for different ones: two long names that begin alike stay two."""
    given: dict[str, str] = {}
    taken: set[str] = set()
    for value in values:
        name = spoken(value)
        if name not in given:
            given[name] = _unlike(plain(name, LONGEST), taken)
            taken.add(given[name])
    return [given[spoken(value)] for value in values]


def _unlike(label: str, taken: set[str]) -> str:
    if label not in taken:
        return label
    return next(other for number in count(2) if (other := f"{label} ({number})") not in taken)
