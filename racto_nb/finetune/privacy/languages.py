"""In which language a text is written: by its script, and where scripts are shared by the words that every text has. Pure.

It knows the languages below, and says nothing where a text is too short, has too little of a language in it (code, names,
numbers) or fits two of them about equally. It was made to find what does not belong into a dataset, and not to name the language
of a word: other languages with the same script are taken for the nearest of these, or for none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from racto_nb.finetune.privacy.frequent_words import WORDS

NAMES: Mapping[str, str] = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch",
    "sv": "Swedish", "pl": "Polish", "cs": "Czech", "tr": "Turkish", "id": "Indonesian", "ro": "Romanian", "fi": "Finnish",
    "ru": "Russian", "uk": "Ukrainian", "el": "Greek", "he": "Hebrew", "ar": "Arabic", "fa": "Persian", "hi": "Hindi",
    "bn": "Bengali", "ta": "Tamil", "th": "Thai", "zh": "Chinese", "ja": "Japanese", "ko": "Korean",
}  # fmt: skip
"""The languages that are known."""

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("kana", r"\u3040-\u30ff"), ("han", r"\u3400-\u9fff"), ("hangul", r"\uac00-\ud7af"), ("cyrillic", r"\u0400-\u04ff"),
    ("greek", r"\u0370-\u03ff"), ("hebrew", r"\u0590-\u05ff"), ("arabic", r"\u0600-\u06ff"), ("devanagari", r"\u0900-\u097f"),
    ("bengali", r"\u0980-\u09ff"), ("tamil", r"\u0b80-\u0bff"), ("thai", r"\u0e00-\u0e7f"),
)  # fmt: skip
_OTHER = re.compile(f"[{''.join(signs for _, signs in _SCRIPTS)}]")
_LETTERS = {name: re.compile(f"[{signs}]") for name, signs in _SCRIPTS}
_ONE = {
    "hangul": "ko", "greek": "el", "hebrew": "he", "devanagari": "hi", "bengali": "bn", "tamil": "ta", "thai": "th", "kana": "ja",
}  # fmt: skip
_UKRAINIAN, _PERSIAN = re.compile("[іїєґ]"), re.compile("[پچژگکی]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,200}`|https?://\S++", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_LOOKED_AT = 4_000
"""Characters of a text that are looked at: more say nothing new."""
_FEWEST = 3
_SHARE = 0.2
_AHEAD = 1.5
_KANA_SHARE = 0.1


def language_of(text: str) -> str | None:
    """The language of `text`, as the two letters of ISO 639-1; None where that cannot be said.

    >>> language_of("Where is the card that I ordered?"), language_of("Wo ist die Karte, die ich habe?"), language_of("OK")
    ('en', 'de', None)
    """
    text = _CODE.sub(" ", text[:_LOOKED_AT]).lower()
    words = _WORD.findall(text)
    if _OTHER.search(text) is not None and (found := _by_script(text)) is not None:
        return found
    return _by_words(words)


def _by_script(text: str) -> str | None:
    """The language of a text most of whose letters are of a script of its own."""
    counts = {name: len(letters.findall(text)) for name, letters in _LETTERS.items()}
    total = sum(sign.isalpha() for sign in text)
    east = counts["han"] + counts["kana"]
    if 2 * east > total:
        return "ja" if counts["kana"] > _KANA_SHARE * east else "zh"
    most = max(counts, key=lambda name: counts[name])
    if 2 * counts[most] <= total:
        return None
    if most == "cyrillic":
        return "uk" if len(_UKRAINIAN.findall(text)) * 50 > counts[most] else "ru"
    if most == "arabic":
        return "fa" if len(_PERSIAN.findall(text)) * 50 > counts[most] else "ar"
    return _ONE.get(most)


def _by_words(words: list[str]) -> str | None:
    """The language that has most of the words, where it has enough of them and clearly more than the next."""
    if len(words) < _FEWEST:
        return None
    scores: dict[str, float] = {}
    for word in words:
        known = _KNOWN.get(word.replace("\u2019", "'"), ())
        for language in known:
            scores[language] = scores.get(language, 0.0) + (1 if len(word) > 1 else 0.5) / len(known)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked:
        return None
    (best, score), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
    enough = score >= max(2.0, _SHARE * len(words)) or (score >= 1.5 and score >= 0.3 * len(words))  # noqa: PLR2004  (few words, where most of the text is such)
    return best if enough and score >= _AHEAD * second else None


def _known() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each word with the languages in which it is frequent."""
    lists = {language: frozenset(words.split()) for language, words in WORDS.items()}
    for word in sorted(set[str]().union(*lists.values())):
        yield word, tuple(language for language, words in lists.items() if word in words)


_KNOWN: Mapping[str, tuple[str, ...]] = dict(_known())
