"""A truncator in a kit: what is sent, what is reported, and which window counts. Both colours."""

from __future__ import annotations

from typing import Any

import pytest
from colours import COLOURS, Colour

from racto_nb import ToolRegistry
from racto_nb import embedded_developer_kit as embedded
from racto_nb import ollama_developer_kit as local
from racto_nb.exceptions import ContextOverflowError
from racto_nb.kits import flows
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Answer, Ask
from racto_nb.models import ChatConfig, LLMResponse, Message, ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.wire import Abilities, ModelSpec
from racto_nb.routing import CostAwareRouter, RoutingTier
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.truncation import TokenTruncator

HISTORY = [Message(role="user", content=f"{number:03} " + "x" * 396) for number in range(40)]
ASK = ChatConfig(user_message="And now?", history=HISTORY)
WINDOW_2000 = Abilities(window=2000, tools=True)

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["chat", "stream"])


def asked(kit: DeveloperKit, colour: Colour, config: ChatConfig = ASK, *, streamed: bool = False) -> LLMResponse:
    provider, made = kit._provider, kit._settings
    if not streamed:
        return colour.run(flows.chat(provider, made, config))
    return colour.collect(flows.stream(provider, made, config))[-1].response


def numbers(call: dict[str, Any]) -> list[str]:
    return [turn["content"][:3] for turn in call["messages"]]


@both_colours
@both_ways
def test_a_kit_sends_both_ends_and_reports_the_gap(colour: Colour, streamed: bool):
    kit = FakeKit(["ok"], truncator=TokenTruncator(), abilities=WINDOW_2000)
    response = asked(kit, colour, streamed=streamed)
    assert numbers(kit.calls[0]) == ["000", "001", "035", "036", "037", "038", "039", "And"]
    report = response.truncation
    assert report is not None
    assert report.left_out == tuple(range(2, 35))
    assert (report.messages_before, report.messages_after, report.notice) == (40, 7, "33 of 40 messages left out")
    assert (report.window, report.budget) == (2000, 2000 - 1000 - 250)
    assert report.tokens_after <= report.budget < report.tokens_before


@both_colours
@both_ways
def test_a_history_that_fits_is_sent_as_it_is(colour: Colour, streamed: bool):
    kit = FakeKit(["ok"], truncator=TokenTruncator(), abilities=Abilities(window=100_000))
    assert asked(kit, colour, streamed=streamed).truncation is None
    assert len(kit.calls[0]["messages"]) == 41


@both_colours
def test_a_question_that_cannot_fit_is_never_sent(colour: Colour):
    kit = FakeKit(["ok"], truncator=TokenTruncator(), abilities=WINDOW_2000)
    with pytest.raises(ContextOverflowError, match=r"fake:fake-model has room for 750 .*Nothing was sent") as caught:
        asked(kit, colour, ChatConfig(user_message="x" * 9000))
    assert kit.calls == []
    assert (caught.value.provider, caught.value.model, caught.value.window) == ("fake", "fake-model", 2000)


@both_colours
def test_the_kits_own_prompt_is_counted_and_never_cut(colour: Colour):
    prompt = RactoPrompt(role="r" * 1200, aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")
    kit = FakeKit(["ok", "ok"], truncator=TokenTruncator(), abilities=WINDOW_2000, default_prompt=prompt)
    assert asked(kit, colour).truncation.messages_after == 3
    assert kit.calls[0]["messages"][0]["content"] == prompt.compile().strip()


@both_colours
def test_calls_of_tools_go_on_after_a_history_was_shortened(colour: Colour):
    asks = FakeReply(("",), tool_calls=(ToolCallResult(id="1", name="now", arguments={}),))

    def now() -> str:
        """The time."""
        return "12:00"

    kit = FakeKit([asks, "noon"], truncator=TokenTruncator(), abilities=WINDOW_2000)
    config = ASK.model_copy(update={"tools": ToolRegistry([now]), "auto_execute_tools": True})
    response = asked(kit, colour, config)
    assert (response.content, [run.content for run in response.tool_runs]) == ("noon", ["12:00"])
    assert numbers(kit.calls[1])[-4:] == ["039", "And", "", "12:"]
    assert response.truncation is not None


@both_colours
def test_a_prompt_that_the_provider_still_finds_too_long_says_what_was_left_out(colour: Colour):
    kit = FakeKit([ContextOverflowError("Too long.")], truncator=TokenTruncator(), abilities=WINDOW_2000)
    with pytest.raises(ContextOverflowError) as caught:
        asked(kit, colour)
    assert caught.value.__notes__ == ["33 of 40 messages left out already; what was sent has about 738 tokens."]


class Noting:
    """An exact cache that knows nothing and notes what it is asked."""

    def __init__(self) -> None:
        self.seen: list[Ask] = []

    def around(self, ask: Ask, onward: Any):
        self.seen.append(ask)
        return (yield from onward(ask))


@both_colours
def test_caches_see_what_is_sent(colour: Colour):
    cache = Noting()
    asked(FakeKit(["ok"], truncator=TokenTruncator(), exact_cache=cache, abilities=WINDOW_2000), colour)
    assert len(cache.seen[0].config.history) == 7


class Specs:
    """Two models with windows of their own."""

    def chat_spec(self, model: str) -> ModelSpec:
        return ModelSpec("fake", model, Abilities(window={"small": 2000, "large": 60_000}.get(model)))

    def embedding_spec(self, model: str) -> ModelSpec:
        return self.chat_spec(model)


def routed(replies: list[Any]) -> FakeKit:
    router = CostAwareRouter([RoutingTier(model="small", max_score=70), RoutingTier(model="large")])
    kit = FakeKit(replies, model="auto", router=router, truncator=TokenTruncator())
    object.__setattr__(kit._provider, "specs", Specs())
    return kit


@both_colours
def test_with_auto_the_smallest_window_counts(colour: Colour):
    kit = routed(["ok"])
    response = asked(kit, colour)
    assert response.truncation.window == 2000
    assert response.route.model == "small"


@both_colours
def test_with_auto_a_question_that_fits_a_larger_window_only_is_sent_there(colour: Colour):
    kit = routed(["ok"])
    response = asked(kit, colour, ChatConfig(user_message="x" * 20_000, history=HISTORY))
    assert (response.truncation, response.route.model) == (None, "large")


@both_colours
def test_without_any_window_a_small_one_is_assumed(colour: Colour):
    kit = FakeKit(["ok"], truncator=TokenTruncator())
    config = ASK.model_copy(update={"history": HISTORY * 3})
    assert asked(kit, colour, config).truncation.window == 8192


def test_local_kits_tell_their_own_window():
    for kit in (embedded.Chat(context=1000), local.Chat("llama3.2", num_ctx=1000)):
        ask = Ask(kit.provider, kit.model, ASK, streamed=False, specs=(kit.spec,))
        seen: list[Ask] = []

        def onward(ask: Ask):
            seen.append(ask)  # noqa: B023  (called at once)
            return Answer(LLMResponse())
            yield

        (answer,) = [COLOURS[0].run(TokenTruncator().around(ask, onward))]
        assert answer.response.truncation.window == 1000
        assert len(seen[0].config.history) == answer.response.truncation.messages_after
        kit.close()


def test_a_report_is_there_also_where_all_fits():
    report = TokenTruncator().report(ASK, "gpt-6-luna")
    assert (report.left_out, report.notice, report.tokens_after) == ((), "", report.tokens_before)
