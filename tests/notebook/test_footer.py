"""The figures below an answer, readable at a glance."""

import pytest

from racto_nb.notebook.display.footer import duration, footer, price, tokens


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
