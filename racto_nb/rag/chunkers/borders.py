"""Where a text may be cut, and what the settings of chunkers may be. Pure."""

from __future__ import annotations

import unicodedata

from racto_nb.exceptions import UsageError, WrongTypeError

_FIRST_JOINED = "\u0300"
"""The first character that can belong to the one before it, but for the line feed after a carriage return."""
_JOINER = "\u200d"
_MOST = 32
"""A letter with more marks than this is cut."""


def is_inside(text: str, place: int) -> bool:
    """Whether a cut of `text` at `place` would part what is read as one character: an accent from its letter, "\\r" from "\\n".

    >>> is_inside("cafe\\u0301", 4), is_inside("cafe\\u0301", 3)
    (True, False)
    """
    if not 0 < place < len(text):
        return False
    after = text[place]
    if after < _FIRST_JOINED:
        return after == "\n" and text[place - 1] == "\r"
    before = text[place - 1]
    if unicodedata.category(after)[0] == "M" or _JOINER in {after, before}:
        return True
    if "\udc00" <= after <= "\udfff":  # half of a character
        return "\ud800" <= before <= "\udbff"
    return _joins(before, after) or (_is_flag(after) and _flags_before(text, place) % 2 == 1)


def _joins(before: str, after: str) -> bool:
    """Skin tones of emoji, and the parts of a Korean syllable."""
    if "\U0001f3fb" <= after <= "\U0001f3ff":
        return ord(before) > ord("\u2000")
    return "\u1160" <= after <= "\u11ff" and ("\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3")


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _flags_before(text: str, place: int) -> int:
    """How many of the letters that make flags, two each, stand right before `place`."""
    count = 0
    while count < place and count < 2 * _MOST and _is_flag(text[place - 1 - count]):
        count += 1
    return count


def at_or_before(text: str, place: int, least: int) -> int:
    """The last place up to `place`, from `least` on, where `text` may be cut; `place` itself where there is none near."""
    if (after := text[place : place + 1]) < _FIRST_JOINED and after != "\n":
        return place
    for candidate in range(place, max(least, place - _MOST) - 1, -1):
        if not is_inside(text, candidate):
            return candidate
    return place


def at_or_after(text: str, place: int, most: int) -> int:
    """The first place from `place` on, up to `most`, where `text` may be cut; `most` where there is none before."""
    while place < most and is_inside(text, place):
        place += 1
    return place


def size_of(name: str, value: int, *, unit: str = "characters") -> int:
    """`value` as the most that a chunk may hold. UsageError unless it is a whole number above 0."""
    if isinstance(value, bool) or not isinstance(value, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"{name} is a number of {unit}, such as 512, not {value!r}."
        raise WrongTypeError(msg)
    if value < 1:
        msg = f"{name} is a number of {unit} above 0, such as 512, not {value!r}."
        raise UsageError(msg)
    return value


def overlap_of(name: str, value: int, size_name: str, size: int, *, unit: str = "characters") -> int:
    """`value` as what two chunks share. UsageError unless it is a whole number from 0 to below `size`."""
    if isinstance(value, bool) or not isinstance(value, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"{name} is a number of {unit}, such as 50, or 0 for none, not {value!r}."
        raise WrongTypeError(msg)
    if not 0 <= value < size:
        msg = f"{name} is how many {unit} two chunks share: from 0 to below {size_name}={size}, not {value!r}."
        raise UsageError(msg)
    return value
