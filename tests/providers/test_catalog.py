"""Looking up models: names in all their forms, costs, shut-downs, names close to a wrong one."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.catalog.entries import entries_from

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

OWN = """
[openai.lamp]
able = ["tools"]
unable = ["images"]
window = 100
price = { input = 2, cached = 0.5, output = 8 }
aliases = ["light"]

[openai.lantern]
retires = 2026-11-20
successor = "candle"

[openai.candle]
retires = 2026-11-21
successor = "lamp"

[openai.torch]
retires = 2026-11-22
successor = "lamp"

[openai.round]
gone = true
successor = "about"

[openai.about]
gone = true
successor = "round"

[openai.vectors]
kind = "embedding"
dimensions = 7
price = { input = 1 }

[openai.gift]
price = { input = 0, output = 0 }
"""


@pytest.fixture(autouse=True)
def _no_file_of_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("RACTO_CATALOG_FILE", raising=False)


@pytest.fixture
def lamps() -> Catalogue:
    return Catalogue(entries_from(OWN, where="own"))


def test_what_is_listed_is_told_and_the_rest_is_unknown(lamps):
    facts = lamps.facts("openai", "lamp")

    assert (facts.kind, facts.abilities.window, facts.abilities.output_limit) == ("chat", 100, None)
    assert (facts.abilities.tools, facts.abilities.images, facts.abilities.documents) == (True, False, None)
    assert (facts.abilities.sampling, facts.abilities.json_schema, facts.abilities.embeddings) == (None, None, False)
    assert facts.abilities.extras == frozenset()


def test_an_embedding_model_does_not_chat(lamps):
    facts = lamps.facts("openai", "vectors")

    assert (facts.kind, facts.dimensions) == ("embedding", 7)
    assert (facts.abilities.embeddings, facts.abilities.tools, facts.abilities.thinking) == (True, False, False)


@pytest.mark.parametrize(
    "name", ["", "lam", "LAMP", "lamp-2026-02-30", "lamp-20261345", "lamp-2026", "ft:", "ft:other:o::i", "a:b"]
)
def test_an_unknown_name_is_unknown(lamps, name):
    assert lamps.facts("openai", name) is None
    assert lamps.cost("openai", name, {"prompt_tokens": 5}) is None
    assert lamps.retirement("openai", name, today=TODAY) is None


@pytest.mark.parametrize("provider", ["ollama", "huggingface", "nobody"])
def test_a_provider_without_entries_may_be_asked(provider):
    known = catalogue()

    assert known.facts(provider, "qwen3:4b") is None
    assert known.names(provider) == []
    assert known.nearest(provider, "qwen3:4b") == []
    assert known.cost(provider, "qwen3:4b", {"prompt_tokens": 5, "completion_tokens": 5}) is None


@pytest.mark.parametrize(
    "name",
    ["lamp-2026-01-31", "lamp-20260131", "lamp-001", "light", "light-2026-01-31", "models/lamp", "ft:lamp-2026-01-31:org::id"],
)
def test_snapshots_aliases_and_fine_tunes_have_the_facts_of_their_model_and_their_own_name(lamps, name):
    facts = lamps.facts("openai", name)

    assert facts.name == name
    assert facts.abilities == lamps.facts("openai", "lamp").abilities


def test_a_snapshot_that_is_listed_itself_has_its_own_facts():
    known = catalogue()

    assert known.facts("openai", "gpt-4o-2024-05-13").retires == date(2026, 10, 23)
    assert known.facts("openai", "gpt-4o-2024-08-06").retires == date(2027, 1, 14)


def test_the_price_of_a_fine_tune_is_its_own_or_unknown(lamps):
    usage = {"prompt_tokens": 1_000_000}

    assert lamps.cost("openai", "ft:lamp:org::id", usage) is None
    assert catalogue().cost("openai", "ft:gpt-4.1-mini-2025-04-14:org::id", usage, at=NOON) is None
    assert catalogue().cost("openai", "ft:gpt-4o-2024-08-06:org::id", usage, at=NOON) == Decimal("3.75")
    assert catalogue().facts("openai", "ft:gpt-4.1-mini-2025-04-14:org::id").retires == date(2027, 1, 14)


def test_cached_tokens_cost_less_and_are_part_of_the_prompt(lamps):
    usage = {"prompt_tokens": 1000, "cached_tokens": 400, "completion_tokens": 100, "reasoning_tokens": 50}

    assert lamps.cost("openai", "lamp", usage) == Decimal("0.0022")  # 600 x 2 + 400 x 0.5 + 100 x 8
    assert lamps.cost("openai", "light", usage) == Decimal("0.0022")
    assert catalogue().cost("openai", "gpt-6-luna", usage, at=NOON) == Decimal("0.000114")


def test_long_prompts_cost_what_their_tier_says():
    usage = {"prompt_tokens": 300_000, "completion_tokens": 1000}

    assert catalogue().cost("openai", "gpt-6-luna", usage, at=NOON) == Decimal("0.06075")
    assert catalogue().facts("openai", "gpt-6-luna").price_on(TODAY).step == 272_000


def test_prices_follow_the_day():
    usage = {"prompt_tokens": 1_000_000}
    known = catalogue()

    assert known.cost("google", "gemini-3.8-flash", usage, at=NOON) == Decimal("0.75")
    assert known.cost("google", "gemini-3.8-flash", usage, at=datetime(2027, 1, 2, tzinfo=UTC)) == Decimal("1.50")
    assert known.facts("google", "gemini-3.8-flash").price_on(date(2027, 1, 2)).output == Decimal("7.5")


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"completion_tokens": 5},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": 5, "cached_tokens": 6},
        {"prompt_tokens": 5, "cached_tokens": -1},
        {"prompt_tokens": 5, "completion_tokens": -1},
    ],
)
def test_a_count_that_is_missing_or_does_not_add_up_costs_nobody_knows_what(lamps, usage):
    assert lamps.cost("openai", "lamp", usage) is None
    assert catalogue().cost("openai", "gpt-6-luna", usage, at=NOON) is None


def test_what_the_user_calls_free_is_free(lamps):
    assert lamps.cost("openai", "gift", {"prompt_tokens": 5, "completion_tokens": 5}) == 0
    assert lamps.facts("openai", "gift").price.free


@pytest.mark.parametrize(("provider", "model"), [("google", "gemma-4-31b-it"), ("openai", "whisper-1")])
def test_a_model_without_a_price_for_text_is_not_free(provider, model):
    assert catalogue().cost(provider, model, {"prompt_tokens": 5, "completion_tokens": 5}, at=NOON) is None


PRICED = [
    ("openai", "gpt-6-luna"),
    ("openai", "gpt-4"),
    ("anthropic", "claude-haiku-5-5"),
    ("google", "gemini-3.8-flash"),
    ("own", "lamp"),
]


@given(
    st.sampled_from(PRICED), st.integers(0, 600_000), st.integers(0, 600_000), st.integers(0, 100_000), st.integers(0, 100_000)
)
def test_more_tokens_never_cost_less_and_tokens_are_never_free(model, fewer, more, written, further):
    provider, name = model
    known = Catalogue(entries_from(OWN, where="own")) if provider == "own" else catalogue()
    provider = "openai" if provider == "own" else provider

    def cost(read, wrote):
        return known.cost(provider, name, {"prompt_tokens": read, "completion_tokens": wrote}, at=NOON)

    fewer, more = sorted((fewer, more))
    if fewer + written:
        assert 0 < cost(fewer, written) <= cost(more, written + further)


def test_names_are_those_that_can_be_used_unless_all_are_asked_for(lamps):
    assert lamps.names("openai", today=TODAY) == ["lamp", "torch", "vectors", "gift"]
    assert lamps.names("openai", kind="embedding", today=TODAY) == ["vectors"]
    assert "lantern" in lamps.names("openai", current=False)
    assert [facts.name for facts in lamps.models("openai")] == lamps.names("openai", current=False)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lamp", None),
        ("torch", "torch is shut down on 2026-11-22. Use lamp."),
        ("candle", "candle was shut down on 2026-11-21. Use lamp."),
        ("lantern-2026-01-31", "lantern-2026-01-31 was shut down on 2026-11-20. Use lamp."),
        ("round", "round was shut down."),
    ],
)
def test_a_shut_down_is_told_with_the_first_successor_that_still_runs(lamps, name, sentence):
    assert lamps.retirement("openai", name, today=TODAY) == sentence


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("lmap", ["lamp"]),
        ("la", ["lamp"]),
        ("lantern", ["lamp"]),
        ("lantren", ["lamp"]),
        ("torch", ["lamp"]),
        ("round", []),
        ("xyz", []),
        ("", []),
    ],
)
def test_what_is_suggested_still_runs(lamps, name, suggested):
    assert lamps.nearest("openai", name, today=TODAY) == suggested


@given(
    st.sampled_from(["openai", "anthropic", "google"]),
    st.text(max_size=30) | st.sampled_from(catalogue().names("openai", current=False)),
)
def test_suggestions_are_current_few_and_never_the_name_itself(provider, name):
    known = catalogue()
    suggested = known.nearest(provider, name, today=TODAY)

    assert len(suggested) <= 3
    assert name not in suggested
    assert set(suggested) <= set(known.names(provider, today=TODAY))


def test_looking_up_names_and_facts_imports_no_price_list():
    program = (
        "import sys; from racto_nb.providers.catalog import catalogue; known = catalogue(); known.facts('openai', 'gpt-6-luna');"
        "known.names('openai'); known.nearest('openai', 'gpt'); print([n for n in ('genai_prices', 'httpx2', 'openai') if n in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
