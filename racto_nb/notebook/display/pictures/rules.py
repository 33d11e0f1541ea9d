"""Lines right across a chart, such as limits, and what is written at them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from racto_nb.notebook.display.pictures.axes import Along, Axes
from racto_nb.notebook.display.pictures.marks import Rule
from racto_nb.notebook.display.pictures.reading import listed, mapping, number, text_at

_ENDS = ((0, 1), (1, 0))


def rules_of(layout: Mapping[str, Any], axes: Axes) -> list[Rule] | None:
    """The lines that the shapes of a figure are, upright ones and lying ones; None where a shape is another, or has no place."""
    shapes = [mapping(each) for each in listed(layout.get("shapes"))]
    shapes = [shape for shape in shapes if shape.get("visible", True) is True]
    if not shapes:
        return []
    known = [mapping(each) for each in listed(layout.get("annotations"))]
    texts = {side: _texts(side, known, along) for side, along in (("x", axes.x), ("y", axes.y))}
    found: list[Rule] = []
    for shape in shapes:
        side = next((side for side in ("x", "y") if _goes_across(shape, side)), "")
        place = _place(shape.get(f"{side}0"), axes.x if side == "x" else axes.y)
        if not side or place is None:
            return None
        found.append(Rule(side, place, texts[side].get(place, "")))
    return found


def _goes_across(shape: Mapping[str, Any], side: str) -> bool:
    """Whether it is a line at one place of this axis, from one end of the field to the other."""
    other = "y" if side == "x" else "x"
    if shape.get("type") != "line" or shape.get(f"{side}ref", side) != side:
        return False
    whole = shape.get(f"{other}ref") in ("paper", f"{other} domain")
    ends = (shape.get(f"{other}0"), shape.get(f"{other}1"))
    return whole and shape.get(f"{side}0") == shape.get(f"{side}1") and ends in _ENDS


def _place(value: object, along: Along) -> float | None:
    """Where it stands; along names a number counts them."""
    place = along.place(value)
    if place is not None or along.kind != "category":
        return place
    count = number(value)
    return count if count is not None and 0 <= count < len(along.names) else None


def _texts(side: str, known: list[Mapping[str, Any]], along: Along) -> dict[float, str]:
    """What is written at each place of an axis; of several texts at one the first."""
    found: dict[float, str] = {}
    for each in known:
        place = _place(each.get(side), along) if each.get(f"{side}ref", side) == side else None
        if place is not None and place not in found:
            found[place] = text_at(each, "text")
    return found
