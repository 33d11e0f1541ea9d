"""Filters as Pinecone's JSON. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.rag.filters import Contains, Eq, In, Range
from racto_nb.rag.stores.payload import SURE_NUMBER, is_field_name, is_sure
from racto_nb.rag.stores.pushing import ANY, Pushed

_MANY = 1000
"""More values than these in one `$in` are not sent."""


class PineconeWords:
    """Only texts are sure: Pinecone keeps all numbers as floats. What `$ne` means for rows without the field is not documented,
    and there is no `$not`, so `not` is never said.
    """

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        match part:
            case Eq(name, value) if is_sure(name, value):
                return Pushed({name: {"$eq": value}}, exact=isinstance(value, str))
            case In(name, values) if 0 < len(values) <= _MANY and all(is_sure(name, value) for value in values):
                return Pushed({name: {"$in": list(values)}}, exact=all(isinstance(value, str) for value in values))
            case Range(name) if is_field_name(name):
                return _between(part)
            case _:
                return ANY

    def all_of(self, parts: list[Any]) -> Any:
        return {"$and": parts}

    def any_of(self, parts: list[Any]) -> Any:
        return {"$or": parts}

    def none_of(self, part: Any) -> None:  # noqa: ARG002  (the face of all words)
        return None


def _between(part: Range) -> Pushed:
    ends = {"$gt": part.gt, "$gte": part.ge, "$lt": part.lt, "$lte": part.le}
    said = {word: end for word, end in ends.items() if isinstance(end, int | float) and abs(end) < SURE_NUMBER}
    return Pushed({part.name: said}, exact=False) if said else ANY
