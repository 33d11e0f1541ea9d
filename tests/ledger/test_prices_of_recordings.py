"""Recorded answers of the real providers, priced by us and by genai-prices from the raw reply: to the last digit the same."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import genai_prices
import pytest
from shared_material import MISSING, shared_path
from wire.cassettes import Interaction, interactions
from wire.replaying import replaying

from racto_nb import anthropic_developer_kit as claude
from racto_nb import google_developer_kit as gemini
from racto_nb import huggingface_developer_kit as hf
from racto_nb import openai_developer_kit as gpt
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig
from racto_nb.models.usage import Spent
from racto_nb.providers.pricing import price_of

ASK = ChatConfig(user_message="Hi")
KINDS = ("/chat/completions", "/responses", "/messages", ":generateContent", ":streamGenerateContent")
FLAVORS = {"/chat/completions": "chat", "/responses": "responses"}
PROVIDERS = ("openai", "anthropic", "google")
SHARED = shared_path()
pytestmark = pytest.mark.skipif(SHARED is None, reason=MISSING)


def recorded(*files: str) -> list[Interaction]:
    if SHARED is None:
        return []
    found = interactions(SHARED / "data" / "cassettes", tuple(f"{file}__" for file in files), KINDS)
    return [one for one in found if one.kind in KINDS and one.reply.status == 200]


def is_another_server(one: Interaction) -> bool:
    """A recording of Google's server under OpenAI's API: what it takes is not OpenAI's price."""
    return "compatible_api" in one.file


LISTED = [one for one in recorded(*PROVIDERS) if not is_another_server(one)]


def events_of(one: Interaction) -> list[dict[str, Any]]:
    body = gzip.decompress(one.reply.body) if one.reply.headers.get("content-encoding") == "gzip" else one.reply.body
    text = body.decode()
    if not one.streamed:
        return [json.loads(text)]
    lines = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
    return [json.loads(line) for line in lines if line not in {"", "[DONE]"}]


def whole(one: Interaction) -> dict[str, Any]:
    """The raw reply as it would have come whole: what genai-prices reads."""
    found: dict[str, Any] = {}
    for told in events_of(one):
        event = told.get("response") or told.get("message") or told
        usage = {key: {**found.get(key, {}), **(event.get(key) or {})} for key in ("usage", "usageMetadata")}
        found |= {key: value for key, value in event.items() if value is not None}
        found |= {key: value for key, value in usage.items() if value}
    return found


def theirs(one: Interaction) -> Any:
    """What genai-prices computes from the raw reply; None for a model that it does not know."""
    provider = one.file.partition("__")[0]
    raw = whole(one)
    tier = raw.get("service_tier")
    try:
        found = genai_prices.extract_usage(raw, provider_id=provider, api_flavor=FLAVORS.get(one.kind, "default"))
    except LookupError:
        return None
    return found.calc_price(price_context={"service_tier": tier} if tier else None).total_price


def kit_for(one: Interaction, base_url: str) -> DeveloperKit:
    match one.file.partition("__")[0]:
        case "openai":
            return gpt.Chat("recorded", base_url=base_url, api="responses" if one.kind == "/responses" else "chat", api_key="k")
        case "anthropic":
            return claude.Chat(base_url=base_url.removesuffix("/v1"), api_key="k")
        case "huggingface":
            return hf.Chat("recorded", base_url=base_url, api_key="k")
        case _:
            return gemini.Chat(base_url=base_url.removesuffix("/v1"), api_key="k")


def spent_on(one: Interaction) -> Spent:
    """What the kit says that the recorded answer used, as if the provider itself had been asked."""
    with replaying([one.reply]) as server, kit_for(one, server.base_url) as kit:
        *_, last = kit.stream(ASK) if one.streamed else [kit.chat(ASK)]
    response = last.response if one.streamed else last
    (spent,) = response.spent
    return replace(spent, official=True)


@pytest.mark.parametrize("one", LISTED, ids=lambda one: one.name)
def test_our_price_is_the_one_of_the_raw_reply(one: Interaction):
    spent = spent_on(one)
    assert price_of(spent) == theirs(one)


def test_nearly_all_recordings_have_a_price():
    priced = [one for one in LISTED if theirs(one)]
    assert len(priced) >= 40
    assert {one.file.partition("__")[0] for one in priced} == set(PROVIDERS)
    assert {one.streamed for one in priced} == {True, False}


def test_what_was_written_to_a_cache_costs_more_and_what_came_from_it_less():
    wrote, read = [spent_on(one) for one in LISTED if "openai_chat_prompt_cache" in one.file]
    assert (wrote.usage["cache_write_tokens"], read.usage["cached_tokens"]) == (4012, 4012)
    plain = price_of(replace(wrote, usage={"prompt_tokens": 4020, "completion_tokens": 4}))
    assert price_of(wrote) > plain > price_of(read)


def test_the_tier_that_a_provider_names_has_its_own_price():
    tiers = {spent.tier: spent for spent in map(spent_on, LISTED) if spent.tier not in {"", "default", "standard"}}
    assert set(tiers) == {"flex", "priority"}
    assert price_of(tiers["flex"]) < price_of(replace(tiers["flex"], tier="default"))
    assert price_of(tiers["priority"]) > price_of(replace(tiers["priority"], tier="default"))


@pytest.mark.parametrize(
    "one", [*filter(is_another_server, recorded("openai")), *recorded("huggingface")], ids=lambda one: one.name
)
def test_a_server_whose_prices_nobody_knows_has_no_price_and_is_not_free(one: Interaction):
    spent = replace(spent_on(one), official=False, free=False)
    assert spent.usage["prompt_tokens"] > 0
    assert price_of(spent) is None
