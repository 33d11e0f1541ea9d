"""The facts that come with racto_nb, held against the installed SDKs and price list."""

from __future__ import annotations

import ast
import importlib.util
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from racto_nb.providers.catalog import Catalogue, ModelFacts, catalogue
from racto_nb.providers.catalog.catalogue import _built_in
from racto_nb.providers.directory import PROVIDERS

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLOUD = ("openai", "anthropic", "google")
# Names that genai-prices 0.2.3 does not price: newer than it, or gone before it began.
UNPRICED = {
    "gpt-6.2-sol", "gpt-6.2-astra", "claude-mythos-5-1", "claude-mythos-5", "claude-mythos-preview", "claude-1.3",
    "claude-instant-1.2", "gemini-4-carbon", "gemini-4-hydrogen", "gemini-4-neon", "text-embedding-004", "embedding-001",
}  # fmt: skip
# Of the SDK's names: those that speak, and one that is no model (the SDK says so).
NOT_LISTED = re.compile(r"audio|^gpt-5\.1-mini$")


@pytest.fixture
def known() -> Catalogue:
    return Catalogue(_built_in())


EVERY = [(provider, facts) for provider in CLOUD for facts in Catalogue(_built_in()).models(provider)]


def source_of(module: str) -> str:
    """The text of an installed module, which is not imported: the SDKs take seconds."""
    package = "google.genai" if module.startswith("google.") else module.split(".", maxsplit=1)[0]
    rest = module.removeprefix(package).strip(".")
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        pytest.skip(f"{package} is not installed")
    return Path(found.origin).parent.joinpath(*rest.split(".")).with_suffix(".py").read_text(encoding="utf-8")


def literals_in(text: str) -> set[str]:
    return {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_chat_model_of_the_openai_sdk_is_known(known):
    names = {name for name in literals_in(source_of("openai.types.shared.chat_model")) if re.fullmatch(r"[a-z0-9.-]{2,}", name)}

    assert len(names) > 70
    assert [name for name in sorted(names) if not NOT_LISTED.search(name) and known.facts("openai", name) is None] == []


def test_every_embedding_model_of_the_openai_sdk_is_known(known):
    names = {name for name in literals_in(source_of("openai.types.embedding_model")) if name.startswith("text-")}

    assert names == set(known.names("openai", kind="embedding", current=False))


def test_the_shut_downs_are_those_that_the_openai_sdk_announces(known):
    text = re.sub(r"\s+", " ", source_of("openai.types.shared.chat_model"))
    notices = re.findall(r'- ((?:"[^"]+",? )*"[^"]+"): Announced shutdown date: (\d{4}-\d{2}-\d{2})', text)
    told = {name: date.fromisoformat(day) for names, day in notices for name in re.findall(r'"([^"]+)"', names)}

    assert len(told) > 50
    ours = {name: facts.retires for name in told if not NOT_LISTED.search(name) and (facts := known.facts("openai", name))}
    assert ours == {name: day for name, day in told.items() if name in ours}


def test_every_model_of_the_anthropic_sdk_is_known(known):
    names = {name for name in literals_in(source_of("anthropic.types.model_param")) if name.startswith("claude-")}

    assert len(names) > 15
    assert [name for name in sorted(names) if known.facts("anthropic", name) is None] == []


def test_the_shut_downs_are_those_that_the_anthropic_sdk_announces(known):
    text = source_of("anthropic.resources.messages.messages")
    told = {
        name: (month, int(day), int(year))
        for name, month, day, year in re.findall(r'"(claude-[^"]+)": "(\w+) (\d+)\w\w, (\d+)"', text)
    }

    assert len(told) > 15
    ours = {name: facts.retires for name in told if (facts := known.facts("anthropic", name))}
    assert set(ours) == set(told)
    assert {name: (f"{day:%B}", day.day, day.year) for name, day in ours.items()} == told


def test_the_gemini_models_of_the_google_sdk_are_known(known):
    text = source_of("google.genai._gaos.types.interactions.model")
    named = {
        name
        for name in re.findall(r'"(gemini-[a-z0-9.-]+)"', text)
        if not re.search("image|tts|live|omni|robotics|native|transcribe|banana|latest|computer", name)
    }

    assert named
    assert [name for name in sorted(named) if known.facts("google", name.removesuffix("-customtools")) is None] == []


@pytest.mark.parametrize(("provider", "facts"), EVERY, ids=lambda value: value if isinstance(value, str) else value.name)
def test_every_listed_name_has_a_price_or_is_known_to_have_none(known: Catalogue, provider: str, facts: ModelFacts):
    """The network is forbidden to all tests: the prices are in the wheel of genai-prices."""
    price = facts.price_on(TODAY)
    cost = known.cost(provider, facts.name, {"prompt_tokens": 1000, "completion_tokens": 10}, at=NOON)

    assert (price is None) == (cost is None) == (facts.name in UNPRICED)
    if price is not None:
        assert cost > 0
        assert price.input > 0
        assert (price.output is None) == (facts.kind == "embedding")


@pytest.mark.parametrize(("provider", "facts"), EVERY, ids=lambda value: value if isinstance(value, str) else value.name)
def test_every_shut_down_leads_to_a_model_that_runs(known: Catalogue, provider: str, facts: ModelFacts):
    seen, step = {facts.name}, facts
    while step.successor is not None:
        assert step.successor not in seen, "a circle"
        seen.add(step.successor)
        following = known.facts(provider, step.successor)
        assert following is not None, f"{step.successor} is not listed"
        assert following.kind == facts.kind
        step = following
    assert not step.retired(TODAY)
    assert step.retires is None


@pytest.mark.parametrize(("provider", "facts"), EVERY, ids=lambda value: value if isinstance(value, str) else value.name)
def test_a_window_is_never_smaller_than_the_answer_and_near_the_price_list(provider: str, facts: ModelFacts):
    from genai_prices import Usage, calc_price

    able = facts.abilities
    if able.window is None:
        return
    assert able.output_limit is None or able.output_limit <= able.window
    if facts.name in UNPRICED:
        return
    listed = calc_price(Usage(input_tokens=1), facts.name, provider_id=provider).model.context_window
    assert listed is None or abs(listed - able.window) <= 0.05 * able.window


def test_models_that_think_take_no_temperature_at_openai(known):
    thinking = [facts for facts in known.models("openai") if facts.abilities.thinking]

    assert len(thinking) > 20
    assert [facts.name for facts in thinking if facts.abilities.sampling is not False] == []
    assert known.facts("openai", "gpt-4o").abilities.sampling is True


def test_the_vectors_of_openai_have_their_lengths(known):
    sizes = {
        facts.name: (facts.dimensions, facts.abilities.dimensions, facts.abilities.embed_batch)
        for facts in known.models("openai")
        if facts.kind == "embedding"
    }

    assert sizes == {
        "text-embedding-3-small": (1536, True, 2048),
        "text-embedding-3-large": (3072, True, 2048),
        "text-embedding-ada-002": (1536, False, 2048),
    }


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name in catalogue().providers() and catalogue().names(name)])
def test_the_model_a_newcomer_gets_is_current(known, provider):
    facts = known.facts(provider, PROVIDERS[provider].default_model)

    assert facts is not None
    assert facts.retires is None


def test_a_name_or_alias_stands_for_one_model_only():
    for provider, models in _built_in().items():
        names = [*models, *(alias for entry in models.values() for alias in entry.aliases)]
        assert len(names) == len(set(names)), provider
