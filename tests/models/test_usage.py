"""Token arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from racto_nb.models.usage import added, estimated_tokens, usage_of

USAGES = st.dictionaries(
    st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens"]), st.integers(0, 999)
)


def test_what_a_provider_does_not_tell_is_left_out():
    assert usage_of(9, 1) == {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}


def test_what_it_tells_beyond_the_sum_is_kept_also_when_it_is_zero():
    assert usage_of(9, 1, cached=0, reasoning=4) == {
        "prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "cached_tokens": 0, "reasoning_tokens": 4,
    }  # fmt: skip


@given(st.lists(USAGES, max_size=5))
def test_a_sum_has_every_key_and_every_token(usages: list[dict[str, int]]):
    total = added(*usages)
    assert set(total) == {key for usage in usages for key in usage}
    assert all(total[key] == sum(usage.get(key, 0) for usage in usages) for key in total)


@given(USAGES, USAGES)
def test_adding_changes_no_argument(first: dict[str, int], second: dict[str, int]):
    before = dict(first), dict(second)
    added(first, second)
    assert (first, second) == before


@given(st.text(), st.text())
def test_an_estimate_never_falls_when_text_is_added(text: str, more: str):
    assert estimated_tokens(text) <= estimated_tokens(text + more)
    assert (estimated_tokens(text) == 0) == (text == "")


def test_half_a_character_counts_too():
    assert estimated_tokens("\ud83d") == 1
