"""The forms in which texts are compared, from the strictest to the loosest: letters, symbols, words. Pure.

To the letter (`to_the_letter`) texts are the same that differ by Unicode's composed letters (NFC) and white space alone. The
normal form (`Normal`) leaves out case, width, white space and punctuation too, in this order:

1. Quotation marks that stand for an apostrophe become one. Unicode NFKC (full width, ligatures, composed letters), case folding,
   NFKC again.
2. Characters that are not seen (zero width, soft hyphen, variation selectors) are left out.
3. All but letters, digits and the marks that belong to letters becomes a space, and spaces in a row become one; so does an
   apostrophe ("haven't" and "havent" differ).
4. With `symbols`, only punctuation of prose becomes a space: quotation marks, marks that end a word ("Why?", "wait..."), a hyphen
   or underline after two letters ("top-up", "covid-19", but not "a-b"), a dash between spaces. All others stay, each as a word of
   its own: symbols (`+ < > = $ €`, emoji), brackets, and what is between letters or before them ("a/b", "x.y", "!x", "[]", "1.5",
   "-3").
5. Where nothing is left ("???"), the text is kept with its white space folded.
"""

from __future__ import annotations

import re
import unicodedata

_QUOTES = str.maketrans(dict.fromkeys("`\u00b4\u2018\u2019\u02bc", "'"))
_ASCII = bytes(code if chr(code).isalnum() else 32 for code in bytes(range(128)).lower()) + bytes(128)
"""What becomes of each ASCII character without symbols: a small letter, a digit or a space."""
_PIECE = re.compile(r"[^\s!\"#$%&'()*+,\-./:;?@\[\\\]^_`{|}~\u2018\u2019]+")
"""A piece of a text that normalising does not join with what is beside it."""
_PROSE = re.compile(
    r"[\"'\u201c\u201d\u201e\u201a\u2039\u203a«»¿¡\u3001\u3002\u300c-\u300f]"
    r"|[.,;:!?…]+(?=[\s\"'\u201d»)\]}]|$)"
    r"|(?<=[^\W\d_]{2})[,;!?]+(?=[^\W\d_])"
    r"|(?<=[^\W\d_]{2})[-_](?=\w)"
    r"|(?!(?<=\b\w\s)[-\u2013\u2014]\s\w\b)(?<=\s)[-\u2013\u2014]+(?=\s|$)"
)
"""Marks that mean nothing by themselves: quotes, ends of words, hyphens within words, dashes (but for "a - b")."""


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
    if kind[0] in "LNM":
        return character
    return f" {character} " if symbols and kind[0] in "SP" else " "


class Normal:
    """Makes the normal form of texts, with or without `symbols`. It remembers the characters that it has seen.

    >>> Normal()("  I STILL haven't got my €5 card!! ")
    'i still haven t got my 5 card'
    >>> Normal(symbols=True)("Is 1.5 % of -€3 more than covid-19?")
    'is 1 . 5 % of - € 3 more than covid 19'
    >>> Normal(symbols=True)("Is !x the same as a[0]?")
    'is ! x the same as a [ 0 ]'
    """

    def __init__(self, *, symbols: bool = False) -> None:
        self._kinds = _Kinds(symbols=symbols)
        self._symbols = symbols

    def __call__(self, text: str) -> str:
        if not self._symbols and text.isascii():  # most texts, and ten times as fast
            return b" ".join(text.encode().translate(_ASCII).split()).decode() or " ".join(_folded(text).split())
        folded = _folded(text)
        return " ".join(self._words(folded)) or " ".join(folded.split())

    def in_place(self, text: str) -> list[tuple[str, int, int]]:
        """The words of the normal form, each with where the piece of `text` that it comes from begins and ends."""
        words = [(word, *found.span()) for found in _PIECE.finditer(text) for word in self._words(_folded(found[0]))]
        return words or [(word, *found.span()) for found in re.finditer(r"\S+", text) for word in _folded(found[0]).split()]

    def _words(self, folded: str) -> list[str]:
        return (_PROSE.sub(" ", folded) if self._symbols else folded).translate(self._kinds).split()


def to_the_letter(text: str) -> str:
    """The text with composed letters and white space folded: all else counts.

    >>> to_the_letter("  Rename  x to X\\n")
    'Rename x to X'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def _folded(text: str) -> str:
    text = text.translate(_QUOTES)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
