"""Numbers as colours: the scale of a heatmap, or of points. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from racto_nb.notebook.display.pictures.marks import Ramp, Trace
from racto_nb.notebook.display.pictures.reading import listed, number, numbers, text_at, within

Colour = tuple[float, float, float]
STEPS = 33
"""So many colours are told from each other, of which the middle one is one."""
_KNOWN = {
    "viridis": ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"),
    "rdbu": ("#67001f", "#d6604d", "#f7f7f7", "#4393c3", "#053061"),
    "blues": ("#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b"),
}
_PARTS = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\b.*\)")
_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


def ramp_of(trace: Trace) -> Ramp | None:
    """What the colours of `trace` mean, of a heatmap's cells or of points; None where they mean nothing."""
    cells = trace.kind == "heatmap"
    values = [value for row in listed(trace.body.get("z")) for value in numbers(row)] if cells else _of_points(trace)
    known = [value for value in values if value is not None]
    if not known:
        return None
    looks = trace.body if cells else within(trace.body, "marker")
    least, most = number(within(looks, "zmin" if cells else "cmin")), number(within(looks, "zmax" if cells else "cmax"))
    low, high = min(known) if least is None else least, max(known) if most is None else most
    middle = number(within(looks, "zmid" if cells else "cmid"))
    if middle is not None:
        half = max(abs(low - middle), abs(high - middle))
        low, high = middle - half, middle + half
    percent = (low, high) == (0.0, 1.0) and least == 0
    return Ramp(text_at(looks, "colorbar", "title", "text"), low, high, _inks(within(looks, "colorscale")), percent)


def _of_points(trace: Trace) -> Sequence[float | None]:
    return numbers(within(trace.body, "marker", "color"))


def ink_at(ramp: Ramp, value: float) -> str:
    """The colour of `value`."""
    span = ramp.high / 2 - ramp.low / 2
    part = (value / 2 - ramp.low / 2) / span if span > 0 else 0.5
    return ramp.inks[round(min(1.0, max(0.0, part)) * (len(ramp.inks) - 1))]


def ink_upon(ink: str) -> str:
    """Black or white, whichever is read better upon it."""
    red, green, blue = _parsed(ink) or (0.0, 0.0, 0.0)
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"  # noqa: PLR2004  (the number says it)


def _inks(scale: object) -> list[str]:
    """The colours of a scale in equal steps."""
    stops = _stops(scale)
    return [_between(stops, place / (STEPS - 1)) for place in range(STEPS)]


def _stops(scale: object) -> list[tuple[float, Colour]]:
    known = _KNOWN.get(str(scale).lower(), _KNOWN["viridis"])
    usual = [(place / (len(known) - 1), colour) for place, each in enumerate(known) if (colour := _parsed(each)) is not None]
    pairs = [listed(each) for each in listed(scale)]
    own = [(number(pair[0]), _parsed(pair[1])) for pair in pairs if len(pair) == 2]  # noqa: PLR2004  (the number says it)
    whole = [(place, colour) for place, colour in own if place is not None and colour is not None]
    fits = len(whole) == len(pairs) > 1 and whole == sorted(whole, key=lambda stop: stop[0])
    return whole if fits and (whole[0][0], whole[-1][0]) == (0.0, 1.0) else usual


def _parsed(colour: object) -> Colour | None:
    text = str(colour).strip()
    if (found := _HEX.fullmatch(text)) is not None:
        red, green, blue = (int(part, 16) for part in found.groups())
        return red, green, blue
    if (found := _PARTS.fullmatch(text)) is not None:
        red, green, blue = (min(255, int(part)) for part in found.groups())
        return red, green, blue
    return None


def _between(stops: Sequence[tuple[float, Colour]], part: float) -> str:
    above = next(place for place, (stop, _) in enumerate(stops) if stop >= part)
    if above == 0:
        mixed = stops[0][1]
    else:
        (low, one), (high, other) = stops[above - 1], stops[above]
        share = (part - low) / (high - low)
        mixed = tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))
    return "#" + "".join(f"{round(each):02x}" for each in mixed)
