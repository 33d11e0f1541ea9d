"""Words in their dictionary form, by simplemma: its word lists come inside its package, so that nothing is downloaded."""

from __future__ import annotations

import re
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import UsageError
from racto_nb.rag.processors.processor import BaseProcessor

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_END_MARKS = re.compile(r"[.!?\u2026]+(?=\s|$)")
_KEPT = 65_536


class Lemmatizer(BaseProcessor):
    """Puts words into their dictionary form and small letters, for searches by words: "fields" and "field" are then one.

    `language` is a code of two letters that simplemma knows ("en", "de", "fr", …; UsageError for others). The marks that end
    sentences go; all else stays in its place. Without the extra `rag-nlp`, MissingExtraError when a text comes.

    With `use_pos_tagging=True` the dictionary decides about every kind of word ("running" becomes "run", "better" becomes
    "good"). There is no tagger: simplemma looks words up, and needs none. With False only words in -s ("fields") are reduced,
    as a lemmatizer does that takes every word for a noun.

    >>> Lemmatizer().process("Running quickly through the fields...")
    'run quickly through the field'
    """

    def __init__(self, use_pos_tagging: bool = True, *, language: str = "en") -> None:  # noqa: FBT001, FBT002  (as documented)
        if not isinstance(language, str) or not language.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"The language of a Lemmatizer is a code such as 'en' or 'de', not {language!r}.")
        self._use_pos_tagging = use_pos_tagging
        self._language = language
        self._known: dict[str, str] = {}

    def process(self, text: str) -> str:
        """`text` with its words in their dictionary form."""
        simplemma = imported("simplemma", extra="rag-nlp")

        def lemma(match: re.Match[str]) -> str:
            word = match[0].lower()
            found = self._known.get(word)
            if found is None:
                if len(self._known) >= _KEPT:
                    self._known.clear()
                found = self._known[word] = self._lemma(simplemma, word)
            return found

        return _END_MARKS.sub("", _WORD.sub(lemma, text)).rstrip()

    def _lemma(self, simplemma: Any, word: str) -> str:
        if not self._use_pos_tagging and not word.endswith("s"):
            return word
        try:
            found: str = simplemma.lemmatize(word, lang=self._language)
        except ValueError as error:
            raise UsageError(f"simplemma knows no language {self._language!r}. Write one such as 'en', 'de' or 'fr'.") from error
        return found.lower()
