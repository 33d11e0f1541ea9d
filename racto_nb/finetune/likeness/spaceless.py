"""Words of texts that have spaces between words, and of those that have none (Chinese, Japanese, Thai, Khmer). Pure.

Where nothing tells where a word ends, each ideograph, kana or letter is a word, with the marks that stand on it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from racto_nb.finetune.likeness.normalising import Normal

_LETTERS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
_SPACELESS = re.compile(f"[{_LETTERS}]")
_TOKEN = re.compile(f"[{_LETTERS}]|[^{_LETTERS}]+")


def words_of(text: str) -> list[str]:
    """The words of a text in normal form.

    >>> words_of("my card 我的卡")
    ['my', 'card', '我', '的', '卡']
    """
    words = text.split()
    if text.isascii() or not _SPACELESS.search(text):
        return words
    return [piece for word in words for piece in _split(word)]


def is_spaceless(word: str) -> bool:
    """Whether a word is one of a text without spaces."""
    return not word.isascii() and _SPACELESS.match(word) is not None


def together(words: Sequence[str]) -> str:
    """The words as a text, with spaces only where there may have been some.

    >>> together(["my", "card", "我", "的"])
    'my card 我的'
    """
    if not any(map(is_spaceless, words)):
        return " ".join(words)
    spaced = (
        f" {word}" if not (is_spaceless(word) and is_spaceless(words[max(place - 1, 0)])) else word
        for place, word in enumerate(words)
    )
    return "".join(spaced).strip()


def placed_words(text: str, normal: Normal) -> list[tuple[str, int, int]]:
    """The words of a text's normal form, each with where it is in `text`, or where the piece is that it comes from."""
    found = normal.in_place(text)
    if text.isascii() or not _SPACELESS.search(text):
        return found
    return [one for word, start, end in found for one in _placed(word, start, text[start:end], normal)]


def _placed(word: str, start: int, piece: str, normal: Normal) -> list[tuple[str, int, int]]:
    words = _split(word)
    found = list(_pieces(piece))
    if [normal(text) for text, _, _ in found] == words:
        return [(each, start + first, start + last) for each, (_, first, last) in zip(words, found, strict=True)]
    return [(each, start, start + len(piece)) for each in words]  # the normal form joined or parted some letters


def _split(word: str) -> list[str]:
    return [text for text, _, _ in _pieces(word)]


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Letters with their marks, and what is between them, each with its place."""
    found: list[tuple[str, int, int]] = []
    for token in _TOKEN.finditer(text):
        is_mark = unicodedata.category(token[0][0])[0] == "M"
        if found and is_mark and (_SPACELESS.match(token[0]) or _SPACELESS.match(found[-1][0])):
            before, first, _ = found.pop()
            found.append((before + token[0], first, token.end()))
        else:
            found.append((token[0], *token.span()))
    return found
