"""Texts with the escapes of addresses and JSON read, and where each of their signs stands. Pure, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

_OCTETS = re.compile(r"(?P<octets>(?:%(?:25)*[0-9A-Fa-f]{2})+)")
_BACKSLASHES = re.compile(
    r"\\+(?:u(?P<unit>[0-9A-Fa-f]{4})|x(?P<octet>[0-9A-Fa-f]{2})|(?P<sign>[\"'/bfnrt]))?|(?P<pair>[\U00010000-\U0010ffff])"
)
_READINGS = 6 * (("%", _OCTETS), ("\\", _BACKSLASHES))
"""In turns: an address may hold the backslash of an escape, and JSON its percent sign."""
_BACKSLASH = r"(?:\\|%(?:25)*5[Cc])+"
_UNFINISHED = re.compile(rf"(?:(?:%(?:25)*|{_BACKSLASH}u0025)[0-9A-Fa-f]?|{_BACKSLASH}(?:u[0-9A-Fa-f]{{0,3}}|x[0-9A-Fa-f]?)?)\Z")
_LONGEST = 100
"""Characters at the end of a text that may be the beginning of an escape. More are nothing but backslashes, or percent signs."""
_OCTET = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})")
_SIGNS = {'"': '"', "'": "'", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HALF = "".join(map(chr, range(0xDC80, 0xDD00)))
"""What stands for octets that are no whole letter."""


class Plain:
    """A text that was read: `text` has its signs without escapes.

    What is escaped more than once (`%252F`, JSON within JSON) is read at once. Backslashes are left out: of several, nobody knows
    which escapes which. A + is the space that it is in forms, and signs that JSON writes as two units are two. Two texts that
    differ in their escapes alone are read alike.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._read: list[tuple[re.Pattern[str], str]] = []
        text, is_wide = source, not source.isascii() and max(source) > "\uffff"
        for mark, escapes in _READINGS:
            if mark not in text and not (is_wide and escapes is _BACKSLASHES):
                continue
            if (after := escapes.sub(_signs, text)) != text:
                self._read.append((escapes, text))
                text = after
        self.text = text.replace("+", " ")

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where each sign begins in what was read, and its end. Seldom asked for: most texts hold nothing that is looked for.

        >>> list(Plain("a%2fb").starts)
        [0, 1, 4, 5]
        """
        starts: list[int] | None = None
        for escapes, text in self._read:
            places = _starts(escapes, text)
            starts = places if starts is None else [starts[place] for place in places]
        return range(len(self._source) + 1) if starts is None else starts

    @cached_property
    def begun(self) -> str:
        r"""What stays of `text` when more comes: without what may be the beginning of an escape or of a letter.

        >>> Plain("a\\u00").begun
        'a'
        """
        text = self._settled
        text = text[: _finished(text)].rstrip(_HALF)
        return text[: _finished(text)]

    @cached_property
    def end(self) -> int:
        """Where what is read as `begun` ends in what was read."""
        end = _finished(self._source)
        return end if self.begun == self._settled else min(end, self.starts[len(self.begun)])

    @cached_property
    def _settled(self) -> str:
        tail = Plain(self._source[_finished(self._source) :]).text
        return self.text[: len(self.text) - len(tail)]

    def places(self, part: str) -> Iterator[tuple[int, int]]:
        """Where `part`, which was read too, stands in what was read: beginnings and ends."""
        at = self.text.find(part) if part else -1
        while at >= 0:
            yield self.starts[at], self.starts[at + len(part)]
            at = self.text.find(part, at + len(part))


def _finished(text: str) -> int:
    """How many characters of `text` are before the beginning of an escape at its end."""
    found = _UNFINISHED.search(text, max(0, len(text) - _LONGEST))
    return found.start() if found else len(text)


def _signs(found: re.Match[str]) -> str:
    """What an escape stands for; a sign of two units is these."""
    match found.lastgroup:
        case None:
            return ""
        case "sign":
            return _SIGNS[found["sign"]]
        case "octets":
            return "".join(map(_units, _letters(found[0])))
        case "pair":
            return _units(found["pair"])
        case group:
            return chr(int(found[group], 16))


def _starts(escapes: re.Pattern[str], text: str) -> list[int]:
    starts: list[int] = []
    place = 0
    for found in escapes.finditer(text):
        begin = found.start()
        starts += range(place, begin)
        if found.lastgroup == "octets":
            starts += _octets(found[0], begin)
        elif found.lastgroup:
            starts += [begin] * len(_signs(found))
        place = found.end()
    starts += range(place, len(text) + 1)
    return starts


def _octets(escaped: str, begin: int) -> Iterator[int]:
    """Where each sign begins of the letters that are escaped."""
    escapes = [each.start() for each in _OCTET.finditer(escaped)]
    at = 0
    for letter in _letters(escaped):
        yield from [begin + escapes[at]] * len(_units(letter))
        at += 1 if letter in _HALF else len(letter.encode())


def _letters(octets: str) -> str:
    return bytes(int(each, 16) for each in _OCTET.findall(octets)).decode("utf-8", "surrogateescape")


def _units(sign: str) -> str:
    if sign < "\U00010000":
        return sign
    data = sign.encode("utf-16-be")
    return chr(int.from_bytes(data[:2])) + chr(int.from_bytes(data[2:]))
