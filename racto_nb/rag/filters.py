"""Which chunks count: one language of filters, as values, for every store. Pure.

    {"category": "test", "year": {"ge": 2020}}
    (field("category") == "test") & (field("year") >= 2020)

say the same. A field is one of a chunk's own (`source`, `page`, `heading`, `doc_id`, `chunk_id`, `chunk_index`, `total_chunks`,
`start_char`, `end_char`, `content`), else a key of `metadata.extra`. One that a chunk does not have is None.

What the words mean, in every store:

- `eq`, `ne`: the same value or not. 1 and 1.0 are the same, 1 and True are not, nor is "1". `ne` is the opposite of `eq`: it
  holds for chunks without the field.
- `in`, `not_in`: one of several values, or none of them.
- `gt`, `ge`, `lt`, `le`: numbers by size, texts in the order of their characters (so dates as ISO texts in the order of time).
  Nothing is greater or smaller than a value of another kind.
- `contains`: a text that holds this one, letter for letter, or a list that holds this value.
- `and`, `or`, `not`: as in logic; there is no third value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean

Plain = str | int | float | bool | None
"""A value that every store can hold."""

_CALLED = {"gte": "ge", "lte": "le", "nin": "not_in"}
"""What other libraries call the same."""


class Filter:
    """A condition on chunks. Join them with `&`, `|` and `~`."""

    __slots__ = ()

    def __and__(self, other: Filter) -> Filter:
        return And((self, other))

    def __or__(self, other: Filter) -> Filter:
        return Or((self, other))

    def __invert__(self) -> Filter:
        return Not(self)


@dataclass(frozen=True, slots=True)
class Eq(Filter):
    """The field `name` has `value`. None: it has none, or is missing."""

    name: str
    value: Plain


@dataclass(frozen=True, slots=True)
class In(Filter):
    """The field `name` has one of `values`."""

    name: str
    values: tuple[Plain, ...]


@dataclass(frozen=True, slots=True)
class Range(Filter):
    """The field `name` lies between the bounds that are not None: numbers, or texts."""

    name: str
    gt: float | str | None = None
    ge: float | str | None = None
    lt: float | str | None = None
    le: float | str | None = None


@dataclass(frozen=True, slots=True)
class Contains(Filter):
    """The field `name` is a text that holds the text `value`, or a list that holds the value."""

    name: str
    value: Plain


@dataclass(frozen=True, slots=True)
class And(Filter):
    """All of `parts` hold. Of none: true."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or(Filter):
    """One of `parts` holds. Of none: false."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not(Filter):
    """`part` does not hold."""

    part: Filter


Filters = Mapping[str, Any] | Filter | None
"""What users give: a mapping, a filter, or None for all chunks."""


class Field:
    """The field `name` of a chunk, to be compared: `field("year") >= 2020`."""

    __slots__ = ("_name",)
    __hash__ = None  # type: ignore[assignment]  # `==` makes a filter, so fields are not told apart by it

    def __init__(self, name: str) -> None:
        self._name = name

    def __eq__(self, value: object) -> Filter:  # type: ignore[override]
        return Eq(self._name, plain(value))

    def __ne__(self, value: object) -> Filter:  # type: ignore[override]
        return Not(Eq(self._name, plain(value)))

    def __gt__(self, value: object) -> Filter:
        return Range(self._name, gt=bound(value))

    def __ge__(self, value: object) -> Filter:
        return Range(self._name, ge=bound(value))

    def __lt__(self, value: object) -> Filter:
        return Range(self._name, lt=bound(value))

    def __le__(self, value: object) -> Filter:
        return Range(self._name, le=bound(value))

    def is_in(self, values: Iterable[object]) -> Filter:
        """One of `values`."""
        return In(self._name, _several(values))

    def contains(self, value: object) -> Filter:
        """A text that holds the text `value`, or a list that holds the value."""
        return Contains(self._name, plain(value))


def field(name: str) -> Field:
    """The field `name` of a chunk, for a filter.

    >>> (field("year") >= 2020) & field("team").is_in(["red", "blue"])
    And(parts=(Range(name='year', gt=None, ge=2020, lt=None, le=None), In(name='team', values=('red', 'blue'))))
    """
    return Field(name)


def as_filter(filters: Filters) -> Filter | None:
    """`filters` as one filter, None for all chunks. Raises UsageError or WrongTypeError for what says nothing.

    In a mapping a plain value means `eq`, a list `in`, a mapping its operators; all keys must hold. "and" and "or" take a list of
    filters, "not" one.

    >>> as_filter({"category": "test", "page": {"ge": 2, "lt": 9}})
    And(parts=(Eq(name='category', value='test'), Range(name='page', gt=None, ge=2, lt=9, le=None)))
    """
    if filters is None or isinstance(filters, Filter):
        return filters
    if not isinstance(filters, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"filters is a mapping such as {{'category': 'test'}}, or a filter of field(...), not {filters!r:.80}."
        raise WrongTypeError(msg)
    parts = [_condition(str(name), value) for name, value in filters.items()]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _condition(name: str, value: object) -> Filter:
    joined = _joined(name.removeprefix("$"), value)
    if joined is not None:
        return joined
    if isinstance(value, Mapping):
        return _operators(name, cast("Mapping[object, object]", value))
    if isinstance(value, list | tuple | set | frozenset):
        return In(name, _several(cast("Iterable[object]", value)))
    return Eq(name, plain(value))


def _joined(word: str, value: object) -> Filter | None:
    if word == "not" and isinstance(value, Mapping | Filter):
        return Not(_required(cast("Filters", value)))
    if word in {"and", "or"} and isinstance(value, list | tuple):
        parts = tuple(_required(cast("Filters", part)) for part in cast("list[object]", value))
        return And(parts) if word == "and" else Or(parts)
    return None


def _required(filters: Filters) -> Filter:
    return as_filter(filters) or And(())


def _operators(name: str, given: Mapping[object, object]) -> Filter:
    parts: list[Filter] = []
    bounds: dict[str, float | str] = {}
    for key, value in given.items():
        word = str(key).removeprefix("$")
        word = _CALLED.get(word, word)
        if word in {"gt", "ge", "lt", "le"}:
            bounds[word] = bound(value)
        else:
            parts.append(_operator(name, word, value))
    if bounds:
        parts.append(Range(name, **bounds))
    if not parts:
        msg = f"The filter of {name!r} is empty. Write a value, or an operator such as {{'ge': 2020}}."
        raise UsageError(msg)
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _operator(name: str, word: str, value: object) -> Filter:
    match word:
        case "eq":
            return Eq(name, plain(value))
        case "ne":
            return Not(Eq(name, plain(value)))
        case "in":
            return In(name, _several(value))
        case "not_in":
            return Not(In(name, _several(value)))
        case "contains":
            return Contains(name, plain(value))
        case _:
            known = ("eq", "ne", "in", "not_in", "gt", "ge", "lt", "le", "contains")
            hint = did_you_mean(word, known)
            msg = f"There is no operator {word!r} (in the filter of {name!r}).{hint} Known are {', '.join(known)}."
            raise UsageError(msg)


def plain(value: object) -> Plain:
    """`value` as every store can hold it: dates become ISO texts, numbers of NumPy Python's. Raises WrongTypeError for others."""
    if isinstance(value, date):
        return value.isoformat()
    if callable(item := getattr(value, "item", None)):
        value = item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    msg = f"A filter compares with a text, a number, a date, True, False or None, not with {type(value).__name__}: {value!r:.80}."
    raise WrongTypeError(msg)


def bound(value: object) -> float | str:
    """`value` as the end of a range: a number or a text (a date becomes one). Raises WrongTypeError for others."""
    made = plain(value)
    if made is None or isinstance(made, bool) or (isinstance(made, float) and math.isnan(made)):
        msg = f"A range ends at a number, a text or a date, not at {value!r}."
        raise WrongTypeError(msg)
    return made


def _several(values: object) -> tuple[Plain, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        msg = f"'in' takes a list of values, not {values!r:.80}."
        raise WrongTypeError(msg)
    return tuple(plain(value) for value in cast("Iterable[object]", values))
