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

_QUOTES = str.maketrans(dict.fromkeys("`\u00b4\u2018\u2019\u02bc", "'"))
_MEANT = frozenset("#%&@\\")
_WITH_NUMBERS = frozenset(".,:/-*")
_ASCII = bytes(code if chr(code).isalnum() else 32 for code in bytes(range(128)).lower()) + bytes(128)
"""What becomes of each ASCII character without symbols: a small letter, a digit or a space."""
_PIECE = re.compile(r"[^\s!\"#$%&'()*+,\-./:;?@\[\\\]^_`{|}~\u2018\u2019]+")
"""A piece of a text that normalising does not join with what is beside it."""
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


class Normal:
    """Makes the normal form of texts, with or without `symbols`. It remembers the characters that it has seen.

    >>> Normal()("  I STILL haven't got my €5 card!! ")
    'i still haven t got my 5 card'
    >>> Normal(symbols=True)("Is 1.5 % of -€3 more than covid-19?")
    'is 1.5 % of € 3 more than covid 19'
    """

    def __init__(self, *, symbols: bool = False) -> None:
        self._kinds = _Kinds(symbols=symbols)
        self._symbols = symbols

    def __call__(self, text: str) -> str:
        if not self._symbols and text.isascii():  # most texts, and ten times as fast
            return b" ".join(text.encode().translate(_ASCII).split()).decode() or " ".join(text.lower().split())
        folded = _folded(text)
        return " ".join(self._words(folded)) or " ".join(folded.split())

    def in_place(self, text: str) -> list[tuple[str, int, int]]:
        """The words of the normal form, each with where the piece of `text` that it comes from begins and ends."""
        words = [(word, *found.span()) for found in _PIECE.finditer(text) for word in self._words(_folded(found[0]))]
        return words or [(word, *found.span()) for found in re.finditer(r"\S+", text) for word in _folded(found[0]).split()]

    def _words(self, folded: str) -> list[str]:
        kept = folded.translate(self._kinds)
        return (_LOOSE.sub(" ", kept) if self._symbols else kept).split()


def _folded(text: str) -> str:
    text = text.translate(_QUOTES)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
