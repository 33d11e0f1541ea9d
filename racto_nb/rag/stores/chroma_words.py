"""Filters in Chroma's words. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.rag.filters import Contains, Eq, In, Plain, Range
from racto_nb.rag.stores.payload import SURE_NUMBER, is_field_name, is_sure
from racto_nb.rag.stores.pushing import ANY, Pushed

_OPPOSITE = {"$eq": "$ne", "$in": "$nin"}


class ChromaWords:
    """Chroma compares whole numbers with others as Python does, keeps truths apart, and its `$ne` holds for a missing field."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        match part:
            case Eq(name, value) if is_sure(name, value):
                return Pushed({name: {"$eq": value}}, exact=True)
            case In(name, values) if values and all(is_sure(name, value) for value in values):
                return _one_of(name, list(values))
            case Range(name) if is_field_name(name):
                return _between(part)
            case _:
                return ANY

    def all_of(self, parts: list[Any]) -> Any:
        return {"$and": parts}

    def any_of(self, parts: list[Any]) -> Any:
        return {"$or": parts}

    def none_of(self, part: Any) -> Any:
        ((name, said),) = part.items()
        if name in {"$and", "$or"}:
            return None
        ((word, value),) = said.items()
        return {name: {_OPPOSITE[word]: value}} if word in _OPPOSITE else None


def _one_of(name: str, values: list[Plain]) -> Pushed:
    """`$in` takes values of one type; several are several conditions."""
    texts = [value for value in values if isinstance(value, str)]
    truths = [value for value in values if isinstance(value, bool)]
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    said = [{name: {"$in": found}} for found in (texts, truths, numbers) if found]
    return Pushed(said[0] if len(said) == 1 else {"$or": said}, exact=True)


def _between(part: Range) -> Pushed:
    ends = {"$gt": part.gt, "$gte": part.ge, "$lt": part.lt, "$lte": part.le}
    said = [{part.name: {word: end}} for word, end in ends.items() if isinstance(end, int | float) and abs(end) < SURE_NUMBER]
    if not said:
        return ANY
    return Pushed(said[0] if len(said) == 1 else {"$and": said}, exact=len(said) == sum(end is not None for end in ends.values()))
