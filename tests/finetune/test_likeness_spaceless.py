"""Texts that have no spaces between words."""

from __future__ import annotations

import pytest
from finetune.alike import asked
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.finetune.likeness import leak_groups, leaks
from racto_nb.finetune.likeness.normalising import Normal
from racto_nb.finetune.likeness.spaceless import placed_words, words_of

CHINESE = "\u6211\u7684\u94f6\u884c\u5361\u6628\u5929\u5728\u673a\u573a\u4e22\u4e86\u600e\u4e48\u529e\u5462"
JAPANESE = "\u30ab\u30fc\u30c9\u3092\u306a\u304f\u3057\u305f\u306e\u3067\u3059\u304c\u3069\u3046\u3059\u308c\u3070"
THAI = (
    "\u0e1a\u0e31\u0e15\u0e23\u0e02\u0e2d\u0e07\u0e09\u0e31\u0e19\u0e2b\u0e32\u0e22\u0e44\u0e1b\u0e17\u0e35\u0e48"
    "\u0e2a\u0e19\u0e32\u0e21\u0e1a\u0e34\u0e19"
)


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI])
def test_letters_in_a_row_leak_where_there_are_no_spaces(text: str):
    train, validation = (
        asked(f"Once {text}, and then it was all well again", "Why?"),
        asked(f"{text}: other words that follow on it"),
    )
    (leak,) = leaks(train, validation)
    assert (leak.kind, leak.train, leak.spans[0].text) == ("contained", 0, text)
    assert (leak.spans[0].start, leak.spans[0].train_start) == (0, 5)
    assert leak_groups([*train, *validation]) == [0, 1, 0]
    assert leaks(train, asked(text[:9])) == ()


@given(st.text(st.sampled_from("ab .\u6211\u7684\u3002\u0e1a\u0e31\u0e33\u30ab\u3099\uff76\uff9e\u0301")))
def test_placed_words_are_those_of_the_normal_form(text: str):
    normal = Normal()
    found = placed_words(text, normal)
    assert [word for word, _, _ in found] == words_of(normal(text))
    assert all(0 <= start < end <= len(text) for _, start, end in found)
