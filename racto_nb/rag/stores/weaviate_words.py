"""Filters over the fields of a row in Weaviate, each of which is one word of a list. Pure.

Weaviate gives every property one type for good, so that a year written as a number in one document and as a text in another could
not both be properties. So the fields of a chunk are one list of words such as "year=n2020.0" (the name, the kind, the value), and
a condition asks which of them a row has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from racto_nb.rag.filters import Contains, Eq, In, Plain, Range
from racto_nb.rag.stores.payload import FieldValue, is_sure
from racto_nb.rag.stores.pushing import ANY, Pushed

_MANY = 1000
"""More words than these are not asked for at once."""


@dataclass(frozen=True, slots=True)
class HasOne:
    """The row has one of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """All or one of several conditions."""

    how: Literal["all", "one"]
    parts: tuple[Asked, ...]


Asked = HasOne | Joined


def word_of(name: str, value: FieldValue) -> str:
    """A field as one word. Numbers that are equal have the same word; True is none of them.

    >>> word_of("year", 2020), word_of("year", 2020.0), word_of("year", "2020"), word_of("open", True)
    ('year=n2020.0', 'year=n2020.0', 'year=t2020', 'open=b1')
    """
    if isinstance(value, bool):
        return f"{name}=b{int(value)}"
    if isinstance(value, str):
        return f"{name}=t{value}"
    return f"{name}=n{float(value) + 0.0!r}"  # -0.0 is 0.0


class WeaviateWords:
    """Words that are the same letter for letter: exact. Ranges and parts of texts are not said."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed:
        match part:
            case Eq(name, value):
                return _one_of(name, (value,))
            case In(name, values) if 0 < len(values) <= _MANY:
                return _one_of(name, values)
            case _:
                return ANY

    def all_of(self, parts: list[Asked]) -> Asked:
        return Joined("all", tuple(parts))

    def any_of(self, parts: list[Asked]) -> Asked:
        return Joined("one", tuple(parts))

    def none_of(self, part: Asked) -> None:  # noqa: ARG002  (servers before 1.33 have no `not`)
        return None


def _one_of(name: str, values: tuple[Plain, ...]) -> Pushed:
    known = [value for value in values if value is not None and is_sure(name, value)]
    if len(known) != len(values):
        return ANY
    return Pushed(HasOne(tuple(word_of(name, value) for value in known)), exact=True)
