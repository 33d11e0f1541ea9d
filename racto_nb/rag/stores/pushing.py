"""Give a database the part of a filter that it can say. Pure.

What it says may hold for more rows than the filter does, never for fewer: the rest is done here, on the rows that come back. So
a leaf that a database takes in another way (numbers and texts mixed, a missing field) is left out or made wider. Only what is
`exact` may stand under a `not`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Or, Range
from racto_nb.rag.stores.rows import Native


@dataclass(frozen=True, slots=True)
class Pushed:
    """A condition in a database's words that holds for every row that the filter fits; `exact`: and for no other.

    `native` None says nothing: it holds for all rows.
    """

    native: Native
    exact: bool


ALL = Pushed(None, exact=True)
ANY = Pushed(None, exact=False)


class Words(Protocol):
    """How a database says conditions. `leaf` gives ANY for what it has no words for, `none_of` None."""

    def leaf(self, part: Eq | In | Range | Contains) -> Pushed: ...

    def all_of(self, parts: list[Native]) -> Native: ...

    def any_of(self, parts: list[Native]) -> Native: ...

    def none_of(self, part: Native) -> Native: ...


def pushed(condition: Filter | None, words: Words) -> Pushed:
    """`condition` as far as the database can say it."""
    match condition:
        case None:
            return ALL
        case And(parts):
            return _all_of([pushed(part, words) for part in parts], words)
        case Or(parts):
            return _any_of([pushed(part, words) for part in parts], words)
        case Not(part):
            inner = pushed(part, words)
            native = words.none_of(inner.native) if inner.exact and inner.native is not None else None
            return ANY if native is None else Pushed(native, exact=True)
        case Eq() | In() | Range() | Contains():
            return words.leaf(condition)
        case _:
            return ANY


def _all_of(parts: list[Pushed], words: Words) -> Pushed:
    said = [part.native for part in parts if part.native is not None]
    exact = all(part.exact for part in parts)
    if not said:
        return Pushed(None, exact=exact)
    return Pushed(said[0] if len(said) == 1 else words.all_of(said), exact=exact)


def _any_of(parts: list[Pushed], words: Words) -> Pushed:
    if ALL in parts:
        return ALL
    if not parts or any(part.native is None for part in parts):
        return ANY
    said = [part.native for part in parts]
    return Pushed(said[0] if len(said) == 1 else words.any_of(said), exact=all(part.exact for part in parts))
