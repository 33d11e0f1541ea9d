"""Filters in Qdrant's words, as the JSON of its API. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.rag.filters import Contains, Eq, In, Plain, Range
from racto_nb.rag.stores.payload import SURE_NUMBER, is_field_name, is_sure
from racto_nb.rag.stores.pushing import ANY, Pushed

FIELDS = "fields"
"""The object in a payload that holds the fields."""


class QdrantWords:
    """Texts and truths are matched, numbers lie in a range from and to themselves (a match takes whole ones only).

    Whether a truth is a number differs between a server and a folder, so conditions on numbers are not exact.
    """

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        match part:
            case Eq(name, value):
                return _equal(name, value)
            case In(name, values):
                options = [_equal(name, value) for value in values]
                if not options or any(option.native is None for option in options):
                    return ANY
                return Pushed(self.any_of([option.native for option in options]), all(option.exact for option in options))
            case Range(name):
                return _between(part)
            case _:
                return ANY

    def all_of(self, parts: list[Any]) -> Any:
        return {"must": parts}

    def any_of(self, parts: list[Any]) -> Any:
        return {"should": parts}

    def none_of(self, part: Any) -> Any:
        return {"must_not": [part]}


def _equal(name: str, value: Plain) -> Pushed:
    if not is_sure(name, value):
        return ANY
    if isinstance(value, str):
        return Pushed({"key": f"{FIELDS}.{name}", "match": {"value": value}}, exact=True)
    if isinstance(value, bool):
        return Pushed({"key": f"{FIELDS}.{name}", "match": {"value": value}}, exact=False)
    return Pushed({"key": f"{FIELDS}.{name}", "range": {"gte": value, "lte": value}}, exact=False)


def _between(part: Range) -> Pushed:
    ends = {"gt": part.gt, "gte": part.ge, "lt": part.lt, "lte": part.le}
    said = {word: end for word, end in ends.items() if isinstance(end, int | float) and abs(end) < SURE_NUMBER}
    if not said or not is_field_name(part.name):
        return ANY
    return Pushed({"key": f"{FIELDS}.{part.name}", "range": said}, exact=False)
