"""What is looked for in a text, and what was found, which never shows itself in full. Pure values."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Group = Literal["personal", "secret"]

Ends = Callable[[re.Match[str]], tuple[int, int] | None]
"""Where in the text of a match the find begins and ends; None where it is none after all."""

Needs = Literal["any", "digit", "long word"]
"""What must be in a text before it is looked at for a kind at all: nothing, a digit, or 15 signs without a space."""

Replacement: TypeAlias = str | Callable[[str, int], str]
"""What stands in the place of a find: a text with {KIND}, {kind} and {number} in it, or a function of the kind and the number."""
PLACEHOLDER = "[{KIND}_{number}]"

_SHOWN = 3
_LONG = 10
"""A shorter find shows its first character only: three would be much of it."""
_HIDDEN = frozenset({"password", "url_password"})
"""What people choose themselves is guessed from a beginning, so nothing of it is shown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what is looked for. `called` says in words what it is.

    `needles` are texts in small letters of which one is in every text that has it; none stands for any text. With `at_needle` the
    pattern begins where a needle is; without, with what is found quickly, and `gate` may say what else must be in the text.
    `needs` is what a text must have before its needles are looked for. `ends` says what of a match counts: by default all of it.
    """

    name: str
    group: Group
    called: str
    pattern: re.Pattern[str]
    needles: tuple[str, ...] = ()
    ends: Ends = field(default=lambda match: match.span())
    at_needle: bool = False
    gate: re.Pattern[str] | None = None
    needs: Needs = "any"


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of a text that should not be learnt: its `kind`, what that is `called`, and where it stands in the text.

    The piece itself is in `text[start:end]` of the text that was scanned, and in no message or repr of this.

    >>> found = Found("email", "personal", "an e-mail address", 7, 22)
    >>> found.shown("Ask at ann@example.org.")
    'ann… (email, 15 characters)'
    """

    kind: str
    group: Group
    called: str
    start: int
    end: int

    def shown(self, text: str) -> str:
        """The find as it may be shown: its first characters at most, its kind and its length."""
        return masked(self.kind, text[self.start : self.end])


def masked(kind: str, piece: str) -> str:
    """`piece` as it may be shown.

    >>> masked("password", "hunter2"), masked("ssn", "078-05-1120"), masked("phone", "555-0100")
    ('… (password, 7 characters)', '078… (ssn, 11 characters)', '5… (phone, 8 characters)')
    """
    first = "" if kind in _HIDDEN else piece[: _SHOWN if len(piece) > _LONG else 1]
    return f"{first}… ({kind}, {len(piece)} characters)"


def apart(found: Sequence[Found]) -> list[Found]:
    """`found` in the order of the text without those that overlap another: the one that was found first stays."""
    kept: list[Found] = []
    for one in found:
        place = bisect_left(kept, one.end, key=lambda other: other.start)  # the first that begins behind it
        if not place or kept[place - 1].end <= one.start:
            kept.insert(place, one)
    return kept
