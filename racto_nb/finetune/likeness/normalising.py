"""The normal form in which texts are compared: what differs only by case, width, white space or punctuation is the same. Pure.

In this order:

1. Quotation marks that stand for an apostrophe become one. Unicode NFKC (full width, ligatures, composed letters), case folding,
   NFKC again.
2. Characters that are not seen (zero width, soft hyphen, variation selectors) are left out.
3. All but letters, digits and the marks that belong to letters becomes a space, and spaces in a row become one; so does an
   apostrophe ("haven't" and "havent" differ).
4. With `symbols`, what means something is kept, each as a word of its own: symbols (`+ < > = $ €`, emoji) and `# % & @ \\`; and
   `. , : / - *` before a digit where no letter is before it ("1.5", "-3", "10/2", but not "covid-19").
5. Where nothing is left ("???"), the text is kept with its white space folded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Normal = Callable[[str], str]
"""What makes the normal form of a text."""

_QUOTES = str.maketrans(dict.fromkeys("`\u00b4\u2018\u2019\u02bc", "'"))
_MEANT = frozenset("#%&@\\")
_WITH_NUMBERS = frozenset(".,:/-*")
_LOOSE = re.compile(r"[.,:/*-](?!\d)|(?<=[^\W\d_])[.,:/*-]|(?<=[.,:/*-])[.,:/*-]")
"""Marks that belong to no number: no digit after them, a letter or another mark before them."""


class _Kinds(dict[int, str]):
    """What becomes of each character; filled as characters come."""

    def __init__(self, *, symbols: bool) -> None:
        super().__init__()
        self._symbols = symbols

    def __missing__(self, code: int) -> str:
        self[code] = _becomes(chr(code), symbols=self._symbols)
        return self[code]


def _becomes(character: str, *, symbols: bool) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    if kind[0] in "LNM" or (symbols and character in _WITH_NUMBERS):
        return character
    return f" {character} " if symbols and (kind[0] == "S" or character in _MEANT) else " "


def normaliser(*, symbols: bool = False) -> Normal:
    """A function that makes the normal form of texts. It remembers the characters it has seen; make one for each piece of work.

    >>> normaliser()("  I STILL haven't got my €5 card!! ")
    'i still haven t got my 5 card'
    >>> normaliser(symbols=True)("Is 1.5 % of -€3 more than covid-19?")
    'is 1.5 % of € 3 more than covid 19'
    """
    kinds = _Kinds(symbols=symbols)

    def normal(text: str) -> str:
        folded = _folded(text.translate(_QUOTES))
        kept = folded.translate(kinds)
        return " ".join((_LOOSE.sub(" ", kept) if symbols else kept).split()) or " ".join(folded.split())

    return normal


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words_in_place(text: str, normal: Normal) -> list[tuple[str, int, int]]:
    """The words of the normal form, each with where the piece of `text` that it comes from begins and ends."""
    return [(word, found.start(), found.end()) for found in re.finditer(r"\S+", text) for word in normal(found[0]).split()]
