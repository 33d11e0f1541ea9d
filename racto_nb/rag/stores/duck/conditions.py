"""Filters as SQL. A filter's names and values only ever go as parameters; the words around them are ours. Pure.

What a filter says of one field is one query; `and`, `or` and `not` join the rows that these find.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from racto_nb.exceptions import UsageError
from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Or, Plain, Range
from racto_nb.rag.stores.duck.values import EXACT, coded, coded_in_list, coded_number
from racto_nb.rag.vectors.held import Array

TEXTS = ("chunk_id", "doc_id", "source", "heading", "content")
"""Fields with a column of texts."""
NUMBERS = ("page", "chunk_index", "total_chunks", "start_char", "end_char")
"""Fields with a column of whole numbers."""

_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_BEYOND = 2**64
"""Larger than any whole number in a column."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of `table` for which `where` holds with `values`; with `is_not` all others."""

    table: Literal["chunks", "facts"]
    where: str
    values: tuple[object, ...] = ()
    is_not: bool = False

    @property
    def sql(self) -> str:
        """The query of the rows."""
        return f"SELECT row FROM {self.table} WHERE {self.where}"  # noqa: S608  (our own words)


_NONE = Part("chunks", "false")

Rows = Callable[[Part], Array]
"""Which rows a part finds, as truth values."""


def evaluated(condition: Filter, found: Rows, count: int) -> Array:
    """Which of `count` rows fit `condition`, as truth values. Rows that are deleted may be among them."""
    import numpy as np

    match condition:
        case And(parts):
            return np.logical_and.reduce([np.ones(count, np.bool_), *(evaluated(part, found, count) for part in parts)])
        case Or(parts):
            return np.logical_or.reduce([np.zeros(count, np.bool_), *(evaluated(part, found, count) for part in parts)])
        case Not(part):
            return ~evaluated(part, found, count)
        case In(name, values) if None in values:
            others = In(name, tuple(value for value in values if value is not None))
            return evaluated(Eq(name, None), found, count) | found(part_of(others))
        case _:
            part = part_of(condition)
            return ~found(part) if part.is_not else found(part)


def part_of(condition: Filter) -> Part:
    """The query of what is said of one field."""
    match condition:
        case Eq(name, None):
            if name in TEXTS or name in NUMBERS:
                return Part("chunks", f"{name} IS NULL")
            return Part("facts", "name = ?", (name,), is_not=True)
        case Eq(name, value):
            return _one_of(name, (value,))
        case In(name, values):
            return _one_of(name, values)
        case Range(name):
            return _range(name, condition)
        case Contains(name, value):
            return _contains(name, value)
        case _:
            msg = f"{type(condition).__name__} is no filter that a store knows. Build one with field(...), & | and ~."
            raise UsageError(msg)


def _one_of(name: str, values: Sequence[Plain]) -> Part:
    known: list[Any]
    if name in TEXTS:
        known = [value for value in values if isinstance(value, str) and not _is_torn(value)]
    elif name in NUMBERS:
        known = [int(cast("float", value)) for value in values if _is_whole(value)]
    else:
        known = [coded(value) for value in values if _has_equals(value)]
    if not known:
        return _NONE
    table, column, first = _where(name)
    test = f"{column} = ?" if len(known) == 1 else f"{column} IN (SELECT unnest(?))"
    return Part(table, f"{first}{test}", (*_first_of(name), known[0] if len(known) == 1 else known))


def _where(name: str) -> tuple[Literal["chunks", "facts"], str, str]:
    """The table and the column of a field, and what else must hold."""
    return ("chunks", name, "") if name in TEXTS or name in NUMBERS else ("facts", "value", "name = ? AND ")


def _first_of(name: str) -> tuple[object, ...]:
    return () if name in TEXTS or name in NUMBERS else (name,)


def _is_torn(text: str) -> bool:
    """Whether `text` has half of a character: no stored text has."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_whole(value: Plain) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < _BEYOND and value == int(value)


def _has_equals(value: Plain) -> bool:
    if isinstance(value, str):
        return not _is_torn(value)
    return value is not None and value == value  # noqa: PLR0124  (NaN has none)


def _range(name: str, limits: Range) -> Part:
    given = [("gt", limits.gt), ("ge", limits.ge), ("lt", limits.lt), ("le", limits.le)]
    ends = [(word, end) for word, end in given if end is not None]
    if not ends:
        return _ordered(name)
    if all(isinstance(end, str) for _, end in ends):
        return _texts_between(name, cast("list[tuple[str, str]]", ends))
    if any(isinstance(end, str | bool) for _, end in ends) or name in TEXTS:
        return _NONE
    return _numbers_between(name, cast("list[tuple[str, float]]", ends))


def _ordered(name: str) -> Part:
    """What can be ordered at all: numbers and texts."""
    if name in TEXTS or name in NUMBERS:
        return Part("chunks", f"{name} IS NOT NULL")
    return Part("facts", "name = ? AND (number IS NOT NULL OR value = 'q' OR (value >= 't' AND value < 'u'))", (name,))


def _texts_between(name: str, ends: list[tuple[str, str]]) -> Part:
    if name in NUMBERS:
        return _NONE
    for _, end in ends:
        if _is_torn(end):
            msg = f"A range of {name!r} ends at {end!r}, which is no whole text: it has half of a character."
            raise UsageError(msg)
    table, column, first = _where(name)
    tag = "" if table == "chunks" else "t"
    test = " AND ".join(f"{column} {_SIGNS[word]} ?" for word, _ in ends)
    kind = "" if table == "chunks" else " AND value >= 't' AND value < 'u'"
    return Part(table, f"{first}{test}{kind}", (*_first_of(name), *(tag + end for _, end in ends)))


def _numbers_between(name: str, ends: list[tuple[str, float]]) -> Part:
    if any(end != end for _, end in ends):  # noqa: PLR0124  (nothing lies above or below NaN)
        return _NONE
    compare = _whole_beside if name in NUMBERS else _number_beside
    tests = [compare(name, word, end) for word, end in ends]
    table, _, first = _where(name)
    where = first + " AND ".join(f"({test})" for test, _ in tests)
    return Part(table, where, (*_first_of(name), *(value for _, values in tests for value in values)))


def _whole_beside(name: str, word: str, end: float) -> tuple[str, tuple[object, ...]]:
    """A column of whole numbers beside any number."""
    if abs(end) >= _BEYOND:
        return f"{name} IS NOT NULL AND {str((word in {'lt', 'le'}) == (end > 0)).lower()}", ()
    near = math.ceil(end) if word in {"ge", "lt"} else math.floor(end)
    return f"{name} {_SIGNS[word]} ?", (near,)


def _number_beside(name: str, word: str, end: float) -> tuple[str, tuple[object, ...]]:
    """A number of metadata beside `end`. Where a float64 stands for several whole numbers, their digits decide."""
    del name
    sign = _SIGNS[word]
    try:
        near = float(end)
    except OverflowError:
        above = end > 0
        return {True: "number = 'inf'::DOUBLE", False: "number > '-inf'::DOUBLE"}[above] if sign[0] == ">" else {
            True: "number < 'inf'::DOUBLE",
            False: "number = '-inf'::DOUBLE",
        }[above], ()
    if abs(near) < EXACT or math.isinf(near):
        return f"number {sign} ?", (near,)
    digits = coded_number(end)
    # Of negative numbers those with more digits, or greater ones, are the smaller.
    other = sign if end > 0 else sign.translate(str.maketrans("<>", "><"))
    longer = f"length(value) {other[0]} ? OR (length(value) = ? AND value {other} ?)"
    return f"number {sign[0]} ? OR (number = ? AND ({longer}))", (near, near, len(digits), len(digits), digits)


def _contains(name: str, value: Plain) -> Part:
    if name in NUMBERS or (isinstance(value, str) and _is_torn(value)):
        return _NONE
    if name in TEXTS:
        return Part("chunks", f"contains({name}, ?)", (value,)) if isinstance(value, str) else _NONE
    if value is not None and not _has_equals(value):
        return _NONE
    in_list = "(value >= 'l' AND value < 'm' AND contains(value, ?))"
    if not isinstance(value, str):
        return Part("facts", f"name = ? AND {in_list}", (name, coded_in_list(value)))
    in_text = "(value >= 't' AND value < 'u' AND contains(substr(value, 2), ?))"
    return Part("facts", f"name = ? AND ({in_list} OR {in_text})", (name, coded_in_list(value), value))
