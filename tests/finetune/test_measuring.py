"""How much a dataset holds, how long its examples are, and what training on it costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.finetune import FileLink, Provenance, RactoDataset, RactoTrainingExample, RactoTrainingMessage, training_prices
from racto_nb.finetune.pricing import training_price
from racto_nb.finetune.token_lengths import TokenLengths
from racto_nb.finetune.training_prices import RATES, rate_of

TUTOR = RactoDataset.from_pairs(
    [
        ("What is a Python list?", "An ordered, mutable sequence of items."),
        ("What is a Python dict?", "An unordered key-value mapping."),
        ("What is a Python tuple?", "An ordered, immutable sequence."),
    ],
    system="You are a concise Python tutor. Answer in one sentence.",
)
CHART = RactoTrainingExample.from_pair("Describe it.", "It grows.", system="Be brief.")
CHART = RactoTrainingExample(
    (RactoTrainingMessage("user", "Describe it.", (FileLink("https://example.org/a.png", "image/png"),)), *CHART.messages[2:])
)


def test_a_summary_has_the_documented_keys():
    assert TUTOR.summary() == {"examples": 3, "total_messages": 9, "avg_turns_per_example": 3.0, "multimodal_examples": 0}
    assert RactoDataset([CHART]).summary()["multimodal_examples"] == 1
    assert RactoDataset().summary() == {
        "examples": 0, "total_messages": 0, "avg_turns_per_example": 0.0, "multimodal_examples": 0,
    }  # fmt: skip


def test_a_description_says_more():
    told = (TUTOR.tagged(language="en") + RactoDataset([CHART])).describe()
    assert told["roles"] == {"system": 3, "user": 4, "assistant": 4}
    assert told["tags"] == {"language": {"en": 3}}
    assert told["sources"] == {"": 4}
    tokens = told["tokens"]
    assert isinstance(tokens, dict)
    assert tokens["exact"] is False
    assert RactoDataset().describe()["with_tools"] == 0


def test_lengths_are_a_frame_with_the_tags():
    source = RactoTrainingExample(TUTOR[0].messages, tags={"tokens": "few"}, provenance=Provenance("ledger"))
    frame = (TUTOR + RactoDataset([source])).lengths()
    assert frame["messages"].to_list() == [3, 3, 3, 3]
    assert frame["tag_tokens"].to_list() == [None, None, None, "few"]
    assert frame["source"].to_list() == ["", "", "", "ledger"]
    assert RactoDataset().lengths().schema["tokens"] == pl.Int64()


@given(st.lists(st.integers(1, 100_000), max_size=200))
def test_each_length_is_in_one_bin(counts: list[int]):
    lengths = TokenLengths(counts, "counter", exact=True)
    bins = lengths.bins()
    assert sum(count for _, _, count in bins) == len(counts)
    assert len(bins) <= 12
    for (_, last, _), (first, _, _) in pairwise(bins):
        assert first == last + 1
    assert lengths.quantile(1.0) == lengths.longest
    assert sum(count <= lengths.quantile(0.5) for count in counts) * 2 >= len(counts)


def test_the_picture_has_its_axes_named_and_a_line_at_the_limit():
    figure = TUTOR.token_histogram("gpt-4o-mini", limit=50).to_dict()
    assert figure["layout"]["xaxis"]["title"]["text"].startswith("tokens of an example")
    assert figure["layout"]["yaxis"]["title"]["text"] == "examples"
    assert figure["layout"]["shapes"][0]["x0"] == 50
    assert figure["layout"]["annotations"][0]["text"] == "limit 50"
    assert sum(figure["data"][0]["y"]) == 3
    assert "shapes" not in TUTOR.token_histogram().to_dict()["layout"]
    assert "over the limit of 20" in repr(TUTOR.token_lengths(limit=20))
    assert repr(RactoDataset().token_lengths()).startswith("0 examples, 0 tokens")


def test_a_limit_that_is_far_away_leaves_the_bars_their_room():
    layout = TUTOR.token_histogram("gpt-4o-mini").to_dict()["layout"]
    assert "shapes" not in layout
    assert "limit 65,536" in layout["title"]["text"]


def test_a_price_is_the_tokens_times_the_epochs():
    price = TUTOR.price("openai", "gpt-4o-mini-2024-07-18", epochs=3)
    assert price.trained_tokens == 3 * price.tokens
    assert price.amount == Decimal(3) * price.trained_tokens / 1_000_000
    assert price.last_jobs == date(2027, 1, 6)
    assert f"read {training_prices.READ}" in repr(price)
    assert any("At least 10 examples" in note for note in price.notes)


def test_a_price_that_nobody_knows_is_unknown_with_the_nearest_names():
    price = TUTOR.price("openai", "gpt-4o-mni")
    assert (price.amount, price.per_million, price.read) == (None, None, None)
    assert "gpt-4o-mini-2024-07-18" in price.notes[0]
    assert "price unknown" in repr(price)


@pytest.mark.parametrize(
    ("provider", "model", "says"),
    [
        ("anthropic", "claude-3-haiku-20240307", "no endpoint"),
        ("local", "llama", "no price a token"),
        ("openai", "o4-mini", "$100 an hour"),
        ("gemini", "models/gemini-1.5-flash-001-tuning", "not known here"),
    ],
)
def test_what_has_no_price_says_why(provider: str, model: str, says: str):
    price = TUTOR.price(provider, model)
    assert price.amount is None
    assert any(says in note for note in price.notes)


@pytest.mark.parametrize(
    ("today", "says"), [(date(2027, 1, 5), "The model ends on 2027-01-14"), (date(2027, 1, 6), "No job can begin any more")]
)
def test_a_price_says_until_when_jobs_can_begin(today: date, says: str):
    notes = training_price(TUTOR.examples, "openai", "gpt-4o", today=today).notes
    assert any(says in note for note in notes)


def test_a_model_that_has_ended_is_said_to_have():
    notes = training_price(TUTOR.examples, "openai", "gpt-3.5-turbo-0125", today=date(2026, 11, 30)).notes
    assert any("ended on 2026-10-23" in note for note in notes)


def test_what_is_too_long_is_cut_and_not_billed():
    long = RactoDataset.from_pairs([("a" * 4 * 70_000, "b")])
    price = long.price("openai", "gpt-4o", epochs=2)
    assert price.trained_tokens == 2 * 65_536 < 2 * price.tokens
    assert any("1 examples have more than 65,536" in note for note in price.notes)


@pytest.mark.parametrize("name", ["gpt-4o-mini", "ft:gpt-4o-mini-2024-07-18:org::a1", "gpt-4o-mini-2024-07-18"])
def test_a_model_is_known_by_any_of_its_names(name: str):
    assert rate_of("openai", name) == RATES["openai"]["gpt-4o-mini-2024-07-18"]


def test_a_model_without_a_price_of_its_own_never_gets_that_of_another():
    assert rate_of("openai", "gpt-4o-audio") is None
    assert rate_of("vertex", "gemini-2.5") is None
    assert rate_of("openai", "gemini-2.5-pro") is None


def test_unknown_providers_and_epochs_are_refused():
    with pytest.raises(UsageError, match="Did you mean 'openai'"):
        TUTOR.price("opnai", "gpt-4o")
    with pytest.raises(UsageError, match="epochs"):
        TUTOR.price("openai", "gpt-4o", epochs=0)
