"""Where the cursor is: on the options of `%%racto`, in the body below, or behind `%racto`. Pure."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

_CELL = re.compile(r"\s*%%racto (?P<rest>.*)|\s*%%racto$", re.DOTALL)
_AROUND = re.compile(r"\s*(?:$|%%(?:capture|time|timeit)\b)")
"""What may stand above the %%racto line: empty lines, and magics that run the cell below them as a cell."""
_LINE = re.compile(r"\s*(?:\w+\s*=\s*)?%racto\s+(?P<rest>.*)", re.DOTALL)
_BRACES = re.compile(r"\\\{\{|\{\{(?P<expression>.*?)(?P<end>\}\}|\Z)", re.DOTALL)


class Part(Enum):
    """A part of a cell that is ours to complete."""

    OPTIONS = auto()
    BODY = auto()
    VERB = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor's place: the `part`, its text `before` the cursor, and what stands `after` the cursor on the same line."""

    part: Part
    before: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as a shell reads it: `text` without quotes, `start` where it begins in the line, `quote` if one is open."""

    text: str
    start: int
    quote: str = ""


def place_of(cell: str, cursor: int) -> Place | None:
    """The place of the `cursor` (a number of characters) in `cell`; None where the cell is not ours.

    >>> place_of("%%racto --mo", 12)
    Place(part=<Part.OPTIONS: 1>, before='--mo', after='')
    """
    end = cell.find("\n", cursor)
    after = cell[cursor:] if end < 0 else cell[cursor:end]
    lines = cell[:cursor].split("\n")
    for number, line in enumerate(lines):
        if (head := _CELL.fullmatch(line)) is not None:
            if number < len(lines) - 1:
                return Place(Part.BODY, "\n".join(lines[number + 1 :]), after)
            return None if head["rest"] is None else Place(Part.OPTIONS, head["rest"], after)
        if _AROUND.match(line) is None:
            break
    found = _LINE.fullmatch(lines[-1])
    return None if found is None else Place(Part.VERB, found["rest"], after)


def words_of(line: str) -> list[Word]:
    """The words of `line`; the last is the one that is being written, empty after a space.

    Quotes and backslashes mean what they mean to `shlex.split`, which reads the finished line.

    >>> [word.text for word in words_of('--role "an editor" --to')]
    ['--role', 'an editor', '--to']
    """
    words: list[Word] = []
    text, start, quote = "", -1, ""
    place = 0
    while place < len(line):
        sign = line[place]
        if not quote and sign in " \t\r\n":
            words += [Word(text, start)] if start >= 0 else []
            text, start = "", -1
        else:
            start = place if start < 0 else start
            taken, quote, place = _read(line, place, quote)
            text += taken
        place += 1
    return [*words, Word(text, start if start >= 0 else len(line), quote)]


def _read(line: str, place: int, quote: str) -> tuple[str, str, int]:
    """What the sign at `place` adds to a word, the quote that is open behind it, and where reading has come to."""
    sign = line[place]
    if sign == quote:
        return "", "", place
    if not quote and sign in "\"'":
        return "", sign, place
    if sign == "\\" and quote != "'" and place + 1 < len(line):
        escaped = line[place + 1]
        kept = "" if not quote or escaped in (quote, "\\") else sign
        return kept + escaped, quote, place + 1
    return ("" if sign == "\\" and quote != "'" else sign), quote, place


def open_expression(text: str) -> str | None:
    r"""What stands behind the `{{` that is still open at the end of `text`; None when none is. `\{{` opens nothing.

    >>> open_expression("Use {{table}} and {{ro")
    'ro'
    """
    last = deque(_BRACES.finditer(text), maxlen=1)
    return last[0]["expression"] if last and not last[0]["end"] else None
