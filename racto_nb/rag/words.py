"""The words of a text, where they stand, as searches by words compare them. Pure, and the same everywhere: nothing is downloaded.

A word is a run of letters and digits of any script, in small letters; "max_tokens" are two. Scripts without spaces between
words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) are cut into pairs of neighbouring characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    r"\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = r"\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963\u0966-\u0dff"
"""What stands on or beside a letter and belongs to it, but is no letter itself: accents, points, the vowels of Indic scripts."""
_RUN = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}])*")
_PLAIN = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A `word` as it is compared, and where it stands in the text."""

    word: str
    start: int
    end: int


def words_of(text: str) -> list[str]:
    """The words of `text`, in order.

    >>> words_of("Straße 9: max_tokens, CAFÉ!"), words_of("東京都")
    (['strasse', '9', 'max', 'tokens', 'café'], ['東京', '京都'])
    """
    if text.isascii():  # several times as fast, and the same
        return _PLAIN.findall(text.lower())
    return [found.word for found in words_in(text)]


def words_in(text: str) -> Iterator[Word]:
    """The words of `text` with their places, in order.

    >>> list(words_in("Two words"))
    [Word(word='two', start=0, end=3), Word(word='words', start=4, end=9)]
    """
    for run in _RUN.finditer(text):
        start, end = run.span()
        if run["unspaced"] is None or end - start == 1:
            yield Word(_folded(run.group()), start, end)
        else:
            for place in range(start, end - 1):
                yield Word(_folded(text[place : place + 2]), place, place + 2)


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()
