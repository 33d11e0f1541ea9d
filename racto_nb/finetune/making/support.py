"""Whether an answer is in its passage: a simple check, which finds what was made up most often. Pure.

The words that a model quotes must stand in the passage, and so must every number and every quotation of the answer. An answer in
other words that says something else passes: read some of them.
"""

from __future__ import annotations

import re
from decimal import Decimal

from racto_nb.finetune.privacy.quoting import quoted

_SPACE = re.compile(r"[\s\u00ad\u200b]++")
_NUMBER = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<mark>[.,\u202f\u00a0 '\u2019])\d{3}(?!\d)(?:(?P=mark)\d{3}(?!\d))*+|\d++)(?:[.,](?P<rest>\d++))?"
)
"""Thousands stand in groups of three digits behind one and the same mark; any other mark is that of a fraction."""
_QUOTED = re.compile(r"[\"\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb]{3,400})[\"\u201d\u201c\u00bb]")
_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2013": "-", "\u2014": "-"})
_ENDS = " .,;:!?…\"'"


def unsupported(answer: str, quote: str, passage: str) -> str:
    """What of an answer is not in its passage, in words; "" where nothing is missing.

    >>> unsupported("It costs 20 euros.", "The fee is 25 euros.", "The fee is 25 euros.")
    "the number '20' is not in the passage"
    """
    said = _plain(passage)
    if not _plain(quote).strip(_ENDS):
        return "no words of the passage are quoted for it"
    if _plain(quote).strip(_ENDS) not in said:
        return f"the quoted words are not in the passage: {quoted(quote)}"
    numbers = {_value(number) for number in _NUMBER.finditer(passage)}
    for number in _NUMBER.finditer(answer):
        if _value(number) not in numbers:
            return f"the number {number.group()!r:.40} is not in the passage"
    for words in _QUOTED.findall(answer):
        if _plain(words).strip(_ENDS) not in said:
            return f"{quoted(words)} is quoted, and not in the passage"
    return ""


def _plain(text: str) -> str:
    """`text` as it is compared: small letters, single spaces, one kind of quotation marks and dashes."""
    return _SPACE.sub(" ", text.translate(_MARKS)).strip().casefold()


def _value(number: re.Match[str]) -> Decimal:
    """What a number is worth: 1,000 is 1000, 1.5 is 1,5 and 2.50 is 2.5, but no 25."""
    whole = "".join(sign for sign in number["whole"] if sign.isdigit())
    return Decimal(f"{whole}.{number['rest'] or 0}")
