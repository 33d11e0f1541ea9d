"""The figures below an answer, readable at a glance."""

import pytest

from racto_nb.notebook.display.footer import duration, footer, old, price, tokens


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (0.04, "0.0 s"),
        (0.4, "0.4 s"),
        (9.4, "9.4 s"),
        (12.4, "12 s"),
        (59.6, "1 min 00 s"),
        (61, "1 min 01 s"),
        (3725, "62 min 05 s"),
    ],
)
def test_times(seconds: float, words: str):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (0, "free, on this machine"),
        (None, "price unknown"),
        (0.00012, "$0.00012"),
        (0.0000123, "$0.000012"),
        (0.5, "$0.50"),
        (12, "$12.00"),
        (125.5, "$125.50"),
        (1234.5, "$1,234.50"),
    ],
)
def test_prices(cost: float | None, words: str):
    assert price(cost) == words


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ({}, ""),
        ({"prompt_tokens": 9}, ""),
        ({"prompt_tokens": 9, "completion_tokens": 1}, "9 + 1 tokens"),
        ({"completion_tokens": 1}, "0 + 1 tokens"),
        ({"prompt_tokens": 12_345, "completion_tokens": 1000, "cached_tokens": 12_000}, "12,345 (12,000 cached) + 1,000 tokens"),
        ({"prompt_tokens": 9, "completion_tokens": 1, "cached_tokens": 0}, "9 + 1 tokens"),
    ],
)
def test_token_counts(usage: dict[str, int], words: str):
    assert tokens(usage) == words


def test_what_is_unknown_is_left_out():
    assert footer(model="a:b", usage={}, seconds=1, cost=None, origin="") == "a:b · 1.0 s · price unknown"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.9, "0 s old"), (59.9, "59 s old"), (60, "1 min old"), (3599, "59 min old"), (3600, "1 h old"), (86_399, "23 h old"),
        (86_400, "1 day old"), (200_000, "2 days old"),
    ],
)  # fmt: skip
def test_ages(seconds: float, words: str):
    assert old(seconds) == words


def test_an_answer_that_was_known_costs_nothing_and_says_how_old_it_is():
    line = footer(model="openai:m", usage={}, seconds=0.0, cost=0.0, origin="exact", age=200.0)
    assert line == "openai:m · 0.0 s · $0 · exact, 3 min old"
