"""Tokens counted before an answer: by the provider where it does, and between which ends they lie where not."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from paid_kit import PaidKit
from shared_material import MISSING, shared_path
from wire.cassettes import interaction_of, recorded_in
from wire.replaying import replaying

from racto_nb import Budget
from racto_nb import anthropic_developer_kit as claude
from racto_nb import google_developer_kit as gemini
from racto_nb import huggingface_developer_kit as hf
from racto_nb import ollama_developer_kit as llama
from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import BudgetExceededError, RactoGatewayAuthError, UnpricedModelError, UnsupportedError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.ledger import Ledger, ledger_at
from racto_nb.models import ChatConfig
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.openai.wire import OpenAIWire
from racto_nb.routing import CostAwareRouter, RoutingTier
from racto_nb.testing import FakeProvider
from racto_nb.tools import ToolRegistry

TEXT = "What is a database index, and what does it cost to keep one?"
ASK = ChatConfig(user_message=TEXT, max_tokens=100)
COUNTED = {"anthropic": claude.Chat, "google": gemini.Chat, "openai": gpt.Chat}
PATHS = {
    "anthropic": "/v1/messages/count_tokens",
    "google": "/v1/models/gemini-3.8-flash:countTokens",
    "openai": "/v1/responses/input_tokens",
}


def opened(server: FakeProvider, wire: str, **settings: Any) -> DeveloperKit:
    """A kit on the fake provider that takes it for the provider itself, as counting is the provider's own."""
    kit: Any = COUNTED[wire](base_url=server.base_url(wire), api_key="test-key", **settings)
    if isinstance(kit._provider.wire, OpenAIWire):
        object.__setattr__(kit._provider.wire, "compatible", False)
    return kit


counting = pytest.mark.parametrize("wire", COUNTED)


@counting
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_provider_that_counts_is_asked_and_nothing_is_answered(wire: str, colour: str):
    async def counted(kit: DeveloperKit) -> int:
        async with kit:
            return await kit.acount_tokens(ASK)

    with FakeProvider() as server, opened(server, wire) as kit:
        count = kit.count_tokens(ASK) if colour == "sync" else run_unblocked(counted(kit))
        assert count == 15
        assert [asked.path for asked in server.requests] == [PATHS[wire]]


@counting
def test_what_is_counted_is_what_would_be_sent_but_for_the_limits_of_the_answer(wire: str):
    def look_up(word: str) -> str:
        """Look a word up."""
        return word

    config = ChatConfig(user_message=TEXT, tools=ToolRegistry([look_up]), max_tokens=100)
    with FakeProvider(["An answer."]) as server, opened(server, wire) as kit:
        kit.count_tokens(config)
        kit.chat(config)
        counted, sent = (asked.json for asked in server.requests)
    counted = counted.get("generateContentRequest", counted)
    assert counted.pop("model").endswith(kit.model)
    assert {"tools"} < counted.keys()
    assert counted == {key: sent[key] for key in counted}


@counting
def test_counting_costs_nothing_and_is_no_call_of_the_ledger(wire: str, tmp_path: Path):
    with FakeProvider() as server, opened(server, wire) as kit, ledger_at(tmp_path), Budget(max_tokens=0) as budget:
        kit.count_tokens(ASK)
    assert (Ledger(tmp_path).total().calls, budget.spent_tokens) == (0, 0)


def test_errors_of_counting_are_ours():
    with FakeProvider(keys=["right"]) as server, opened(server, "anthropic") as kit, pytest.raises(RactoGatewayAuthError):
        kit.count_tokens(ASK)


@pytest.mark.parametrize(
    "kit",
    [
        lambda: gpt.Chat(base_url="http://127.0.0.1:9/v1"),
        lambda: llama.Chat(base_url="http://127.0.0.1:9"),
        lambda: hf.Chat(base_url="http://127.0.0.1:9", api_key="test"),
    ],
    ids=["another server", "ollama", "huggingface"],
)
def test_who_does_not_count_says_the_estimate(kit: Any):
    with pytest.raises(UnsupportedError, match=r"counts no tokens before an answer\. estimate\(\) says: 7 to [\d,]+ tokens"):
        kit().count_tokens(ASK)


def recorded() -> list[Any]:
    if (shared := shared_path()) is None:
        return []
    found = []
    for path in sorted((shared / "data" / "cassettes").glob("anthropic__*token_count*.yaml")):
        found += [interaction_of(path.stem, place, one, kinds=()) for place, one in enumerate(recorded_in(path))]
    return found


@pytest.mark.skipif(shared_path() is None, reason=MISSING)
def test_recorded_counts_are_read():
    assert len(recorded()) == 2
    for one in recorded():
        with replaying([one.reply]) as server, claude.Chat(base_url=server.base_url.removesuffix("/v1"), api_key="test") as kit:
            assert kit.count_tokens(ASK) == json.loads(one.reply.body)["input_tokens"] > 0
            assert server.asked == ["/v1/messages/count_tokens"]


def test_an_estimate_is_an_interval_and_sends_nothing():
    kit = PaidKit()
    estimate = kit.estimate(ASK)
    assert estimate.input_low == len(TEXT) // 8
    assert len(TEXT) < estimate.input_high < len(TEXT) + 400
    assert (estimate.output_most, estimate.exact, kit.calls) == (100, False, [])
    assert estimate.price_low == estimate.input_low * Decimal("0.01") / 1_000_000
    assert estimate.price_high >= (estimate.input_high * Decimal("0.1") + 100 * Decimal("0.5")) / 1_000_000
    assert str(estimate).startswith("openai:gpt-6-luna · 7 to ")


@pytest.mark.parametrize(
    "text", ["word " * 500, "漢字" * 300, "🗂" * 200, "7391" * 300, "x" * 3000, "\n" * 500 + "x", "%$#@" * 400]
)
def test_no_tokenizer_makes_more_tokens_of_a_text_than_the_estimate(text: str):
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, vocab={}, merges=[]))
    estimate = PaidKit().estimate(ChatConfig(user_message=text))
    most = len(text.encode())
    assert len(model.encode(text).ids) <= most <= estimate.input_high
    assert estimate.input_low <= max(1, most // 8)


def test_thinking_counts_as_output():
    from racto_nb.providers.wire import Abilities

    kit = PaidKit(abilities=Abilities(thinking=True))
    assert (
        kit.estimate(ChatConfig(user_message="Hi", max_tokens=100, native_thinking=True, thinking_budget=2000)).output_most
        == 2100
    )


def test_an_image_has_a_bound_and_a_document_only_that_of_the_window():
    image = RactoFile(data=b"\x89PNG\r\n\x1a\n" + bytes(1000), mime_type="image/png", name="a.png")
    paper = RactoFile(data=b"%PDF-1.7" + bytes(1000), mime_type="application/pdf", name="a.pdf")
    kit = gpt.Chat("gpt-6-luna", api_key="test-key")
    assert 50_000 < kit.estimate(ChatConfig(user_message="Hi", attachments=[image])).input_high < 51_000
    assert kit.estimate(ChatConfig(user_message="Hi", attachments=[paper])).input_high == kit.spec.abilities.window
    unknown = gpt.Chat("gpt-99", api_key="test-key").estimate(ChatConfig(user_message="Hi", attachments=[paper]))
    assert (unknown.input_high, unknown.price_high) == (None, None)
    assert "an unknown number of tokens in" in str(unknown)


def test_a_tier_that_is_asked_for_has_its_price():
    kit = gpt.Chat("gpt-6.1-sol", api_key="test-key")
    dear = kit.estimate(ChatConfig(user_message="Hi", extra={"service_tier": "priority"}))
    assert dear.price_high > kit.estimate(ChatConfig(user_message="Hi")).price_high


LONG = ChatConfig(user_message="word " * 2000, max_tokens=10)
"""10,000 bytes, which the fake provider counts as 2,500 tokens."""


@counting
def test_where_only_the_true_count_fits_the_provider_is_asked_to_count_and_decides(wire: str):
    with FakeProvider(["An answer."], repeat_last=True) as server, opened(server, wire) as kit:
        room = kit.estimate(LONG).output_most
        with Budget(max_tokens=2_600 + room):
            kit.chat(LONG)
        assert server.requests[0].path == PATHS[wire]
        assert len(server.requests) == 2
        with Budget(max_tokens=2_000 + room), pytest.raises(BudgetExceededError):
            kit.chat(LONG)
        assert len(server.requests) == 3
        with Budget(max_tokens=1_000 + room), pytest.raises(BudgetExceededError):
            kit.chat(LONG)
        assert len(server.requests) == 3  # not even the least of it would fit, so that nobody is asked


def test_a_document_of_unknown_length_is_refused_under_a_budget():
    from racto_nb.providers.wire import Abilities

    paper = RactoFile(data=b"%PDF-1.7", mime_type="application/pdf", name="a.pdf")
    kit = PaidKit(["4"], abilities=Abilities(documents=True))
    with Budget(max_usd=5), pytest.raises(UnpricedModelError, match="how many tokens this request"):
        kit.chat(ChatConfig(user_message="Hi", attachments=[paper]))


@pytest.mark.model
def test_the_embedded_model_counts_what_it_then_reads():
    from racto_nb import embedded_developer_kit as embedded

    config = ChatConfig(user_message=TEXT, max_tokens=1)
    with embedded.Chat("smollm2-135m") as kit:
        assert kit.count_tokens(config) == kit.chat(config).usage["prompt_tokens"]
        estimate = kit.estimate(config)
        assert estimate.input_low <= kit.count_tokens(config) <= estimate.input_high
        assert (estimate.price_high, str(estimate).endswith("free, on this machine")) == (0, True)


def routed(face: Any, *models: str, **settings: Any) -> DeveloperKit:
    tiers = [RoutingTier(model=model, max_score=most) for model, most in zip(models, (30, 100), strict=True)]
    return face.Chat("auto", router=CostAwareRouter(tiers), api_key="test-key", **settings)


def test_an_estimate_of_auto_spans_all_models_of_the_router():
    with routed(gpt, "gpt-6-luna", "gpt-6.1-sol") as kit:
        found, (cheap, dear) = (
            kit.estimate(ASK),
            [gpt.Chat(model, api_key="test-key").estimate(ASK) for model in (spec.name for spec in kit.specs)],
        )
    assert (found.price_low, found.price_high) == (cheap.price_low, dear.price_high)
    assert found.model == "auto"
    assert found.price_high is not None


def test_auto_is_counted_by_the_models_of_the_router():
    models = "claude-haiku-5-5", "claude-opus-5-5"
    with FakeProvider() as server, routed(claude, *models, base_url=server.base_url("anthropic")) as kit:
        assert kit.count_tokens(ASK) == 15
        assert [asked.json["model"] for asked in server.requests] == [*models]
