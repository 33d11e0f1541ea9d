"""What counts as a word, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.rag.words import words_in, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Refunds: 14 days, max_tokens=3.5", ["refunds", "14", "days", "max", "tokens", "3", "5"]),
        ("don't", ["don", "t"]),
        ("Übergrößenträger", ["übergrössenträger"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("café cafe\u0301", ["café", "café"]),
        ("ﬁne \uff12\uff16", ["fine", "26"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京都はiPhone", ["東京", "京都", "都は", "iphone"]),
        ("本", ["本"]),
        ("한국어", ["한국", "국어"]),
        ("", []),
        (" \n—…! ", []),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


@given(st.text())
def test_every_word_stands_where_it_says(text):
    found = list(words_in(text))
    assert [word.word for word in found] == words_of(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert [word.start for word in found] == sorted(word.start for word in found)


@given(st.text(st.characters(max_codepoint=127)))
def test_the_quick_way_for_plain_texts_gives_the_same(text):
    assert words_of(text) == [word.word for word in words_in(text)]


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F)))
def test_letters_and_digits_are_never_lost(text):
    assert all(any(word.start <= place < word.end for word in words_in(text)) for place in range(len(text)))
