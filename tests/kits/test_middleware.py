"""Steps between a kit's caller and its provider: their order, what they may change, answer and learn. Both colours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from colours import COLOURS, Colour, ScriptedPort
from pydantic import BaseModel

from racto_nb.exceptions import ResponseModelValidationError, UsageError
from racto_nb.flow.effects import send
from racto_nb.kits import flows
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Answer, Ask, Onward, Steps, known_answer, through
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import ChatConfig, LLMResponse, Message, StreamChunk, ToolCallResult
from racto_nb.models.response import FRESH
from racto_nb.providers.wire import Provider
from racto_nb.testing import FakeKit, FakeReply

SLOTS = ["truncator", "exact_cache", "semantic_cache", "router"]
ASK = ChatConfig(user_message="Hi")
both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["chat", "stream"])


class Noting:
    """Notes what it sees under its name; `changes` is done with the question, `answers` ends it, `fails` breaks it."""

    def __init__(
        self,
        name: str,
        log: list[Any],
        *,
        changes: Callable[[Ask], Ask] = lambda ask: ask,
        answers: LLMResponse | None = None,
        fails: Exception | None = None,
    ) -> None:
        self.name, self.log, self.changes, self.answers, self.fails = name, log, changes, answers, fails
        self.asked: list[Ask] = []
        self.outcomes: list[tuple[Ask, Answer | Exception]] = []

    def around(self, ask: Ask, onward: Onward):
        self.log.append(f"{self.name} before")
        self.asked.append(ask)
        if self.fails is not None:
            raise self.fails
        passed = self.changes(ask)
        try:
            if self.answers is not None:
                return (yield from known_answer(ask, Answer(self.answers, self.name)))
            outcome = yield from onward(passed)
        except Exception as error:
            self._learn(passed, error)
            raise
        self._learn(passed, outcome)
        return outcome

    def _learn(self, ask: Ask, outcome: Answer | Exception) -> None:
        self.log.append(f"{self.name} after")
        self.outcomes.append((ask, outcome))


class Asked:
    """A provider that answers from a script, with steps before it, asked in one colour, whole or streamed."""

    def __init__(self, colour: Colour, *, streamed: bool, replies: list[Any] | None = None, **steps: Any) -> None:
        self._kit = FakeKit(["Hello there"] if replies is None else replies)
        self._colour, self._streamed = colour, streamed
        self.settings = KitSettings(model="fake-model", steps=Steps(**steps))
        self.chunks: list[StreamChunk] = []

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self._kit.calls

    def __call__(self, config: ChatConfig = ASK) -> str | None:
        provider: Provider = self._kit._provider
        if not self._streamed:
            return self._colour.run(flows.chat(provider, self.settings, config)).content
        self.chunks = self._colour.collect(flows.stream(provider, self.settings, config))
        return self.chunks[-1].accumulated_text or None


@both_colours
@both_ways
def test_a_question_passes_the_steps_in_order_and_its_answer_passes_them_back(colour: Colour, streamed: bool):
    log: list[Any] = []
    asked = Asked(colour, streamed=streamed, **{slot: Noting(slot, log) for slot in reversed(SLOTS)})
    assert asked() == "Hello there"
    assert log == [f"{slot} before" for slot in SLOTS] + [f"{slot} after" for slot in reversed(SLOTS)]


@both_colours
@both_ways
def test_every_step_learns_the_question_and_the_answer(colour: Colour, streamed: bool):
    log: list[Any] = []
    ledger = Noting("ledger", log)
    Asked(colour, streamed=streamed, truncator=ledger)()
    ((ask, outcome),) = ledger.outcomes
    assert (ask.provider, ask.model, ask.streamed) == ("fake", "fake-model", streamed)
    assert ask.config.user_message == "Hi"
    assert isinstance(outcome, Answer)
    assert (outcome.response.content, outcome.origin) == ("Hello there", FRESH)
    assert outcome.response.usage["total_tokens"] > 0


@both_colours
@both_ways
def test_a_step_that_answers_ends_the_way_and_only_those_before_it_hear_of_it(colour: Colour, streamed: bool):
    log: list[Any] = []
    steps = {slot: Noting(slot, log) for slot in SLOTS}
    steps["exact_cache"].answers = LLMResponse(content="Known", usage={"total_tokens": 2})
    asked = Asked(colour, streamed=streamed, **steps)
    assert asked() == "Known"
    assert asked.sent == []
    assert log == ["truncator before", "exact_cache before", "truncator after"]
    assert [outcome.origin for _, outcome in steps["truncator"].outcomes] == ["exact_cache"]


@both_colours
def test_a_known_answer_is_streamed_as_one_chunk_and_then_the_final_one(colour: Colour):
    calls = [ToolCallResult(id="1", name="look", arguments={})]
    known = LLMResponse(content='{"a": 1}', thinking="Hm.", parsed={"a": 1}, tool_calls=calls, usage={"total_tokens": 2})
    asked = Asked(colour, streamed=True, exact_cache=Noting("cache", [], answers=known))
    asked()
    first, last = asked.chunks
    assert (first.is_final, first.delta.text, first.delta.thinking) == (False, '{"a": 1}', "Hm.")
    assert (first.accumulated_text, first.accumulated_thinking, first.is_thinking) == ('{"a": 1}', "Hm.", False)
    assert (last.is_final, last.delta.text, last.accumulated_text) == (True, "", '{"a": 1}')
    assert (last.parsed, last.tool_calls, last.usage) == ({"a": 1}, calls, {"total_tokens": 2})


@both_colours
def test_a_known_answer_without_words_is_the_final_chunk_alone(colour: Colour):
    asked = Asked(colour, streamed=True, exact_cache=Noting("cache", [], answers=LLMResponse(content=None)))
    asked()
    (only,) = asked.chunks
    assert (only.is_final, only.accumulated_text) == (True, "")


@both_colours
@both_ways
def test_a_step_may_change_the_model_and_the_question(colour: Colour, streamed: bool):
    def shorter(ask: Ask) -> Ask:
        return replace(ask, config=ask.config.model_copy(update={"history": ask.config.history[-1:]}))

    log: list[Any] = []
    truncator = Noting("truncator", log, changes=shorter)
    cache = Noting("exact_cache", log)
    router = Noting("router", log, changes=lambda ask: replace(ask, model="small-model"))
    asked = Asked(colour, streamed=streamed, truncator=truncator, exact_cache=cache, router=router)
    config = ChatConfig(
        user_message="Hi", history=[Message(role="user", content="One"), Message(role="assistant", content="Two")]
    )
    asked(config)
    assert [turn["content"] for turn in asked.sent[0]["messages"]] == ["Two", "Hi"]
    assert [message.content for message in config.history] == ["One", "Two"]
    assert [(step.asked[0].model, len(step.asked[0].config.history)) for step in (truncator, cache, router)] == [
        ("fake-model", 2),
        ("fake-model", 1),
        ("fake-model", 1),
    ]
    assert router.outcomes[0][0].model == "small-model"


@both_colours
@both_ways
def test_the_model_of_the_router_answers(colour: Colour, streamed: bool):
    ledger = Noting("ledger", [])
    router = Noting("router", [], changes=lambda ask: replace(ask, model="small-model"))
    Asked(colour, streamed=streamed, truncator=ledger, router=router)()
    (_, outcome), *_ = ledger.outcomes
    assert isinstance(outcome, Answer)
    assert outcome.response.model == "small-model"


@both_colours
@both_ways
def test_an_error_of_the_provider_is_learnt_on_the_way_back(colour: Colour, streamed: bool):
    log: list[Any] = []
    error = UsageError("no")
    steps = {slot: Noting(slot, log) for slot in SLOTS}
    with pytest.raises(UsageError) as caught:
        Asked(colour, streamed=streamed, replies=[error], **steps)()
    assert caught.value is error
    assert log[4:] == [f"{slot} after" for slot in reversed(SLOTS)]
    assert all(step.outcomes[0][1] is error for step in steps.values())


@both_colours
@both_ways
def test_an_error_of_a_step_is_learnt_by_those_before_it(colour: Colour, streamed: bool):
    log: list[Any] = []
    error = LookupError("the cache is down")
    steps = {slot: Noting(slot, log) for slot in SLOTS}
    steps["exact_cache"].fails = error
    asked = Asked(colour, streamed=streamed, **steps)
    with pytest.raises(LookupError):
        asked()
    assert asked.sent == []
    assert log == ["truncator before", "exact_cache before", "truncator after"]
    assert steps["truncator"].outcomes[0][1] is error


@both_colours
def test_a_stream_that_breaks_is_learnt_with_what_had_come(colour: Colour):
    ledger = Noting("ledger", [])
    with pytest.raises(Exception, match="stopped before the answer was complete"):
        Asked(colour, streamed=True, replies=[FakeReply(("one ", "two"), cut_after=1)], truncator=ledger)()
    assert getattr(ledger.outcomes[0][1], "partial", None) == "one "


class City(BaseModel):
    """A city."""

    name: str


@both_colours
def test_an_answer_that_had_to_be_asked_again_is_one_answer_with_the_cost_of_all(colour: Colour):
    ledger = Noting("ledger", [])
    asked = Asked(colour, streamed=False, replies=["nonsense", '{"name": "Oslo"}'], truncator=ledger)
    asked(ChatConfig(user_message="Hi", response_model=City))
    ((_, outcome),) = ledger.outcomes
    assert isinstance(outcome, Answer)
    assert outcome.response.parsed == {"name": "Oslo"}
    assert len(asked.sent) == 2
    single = FakeKit(['{"name": "Oslo"}']).chat(ChatConfig(user_message="Hi", response_model=City))
    assert outcome.response.usage["completion_tokens"] > single.usage["completion_tokens"]


@both_colours
@both_ways
def test_an_answer_that_does_not_fit_is_learnt_as_an_error(colour: Colour, streamed: bool):
    ledger = Noting("ledger", [])
    config = ChatConfig(user_message="Hi", response_model=City, max_validation_retries=0)
    with pytest.raises(ResponseModelValidationError):
        Asked(colour, streamed=streamed, replies=["nonsense"], truncator=ledger)(config)
    assert isinstance(ledger.outcomes[0][1], ResponseModelValidationError)


@both_colours
def test_a_caller_who_leaves_early_is_no_outcome(colour: Colour):
    log: list[Any] = []
    kit = FakeKit(["one two three"])
    settings = KitSettings(model="fake-model", steps=Steps(truncator=Noting("ledger", log)))
    chunks = colour.collect(flows.stream(kit._provider, settings, ASK), most=1)
    assert (chunks[0].accumulated_text, log) == ("one", ["ledger before"])
    assert kit.open_streams == 0


class Remote:
    """A step that asks a server on both ways."""

    def __init__(self, port: ScriptedPort) -> None:
        self.port = port

    def around(self, ask: Ask, onward: Onward):
        found = yield from send(self.port, ask.config.user_message)
        asked = replace(ask, config=ask.config.model_copy(update={"user_message": f"{found}!"}))
        answer = yield from onward(asked)
        yield from send(self.port, answer.response.content)
        return answer


@both_colours
@both_ways
def test_a_step_may_ask_a_server(colour: Colour, streamed: bool):
    port = ScriptedPort()
    asked = Asked(colour, streamed=streamed, exact_cache=Remote(port))
    asked()
    assert asked.sent[0]["messages"][-1]["content"] == "Hi!"
    assert port.log == [("send", "'Hi'"), ("send", "'Hello there'")]


def test_empty_slots_are_no_steps():
    assert Steps().ordered == ()
    assert Steps(router=None, truncator=None).ordered == ()
    noting = Noting("router", [])
    assert Steps(router=noting).ordered == (noting,)


@both_ways
def test_without_steps_the_provider_is_asked_with_the_very_question(streamed: bool):
    question = Ask("fake", "fake-model", ASK, streamed=streamed)
    answer, seen = LLMResponse(content="Hello"), []

    def call(ask: Ask):
        seen.append(ask)
        yield from ()
        return Answer(answer)

    with closing(through((), question, call)) as running, pytest.raises(StopIteration) as done:
        next(running)
    assert seen == [question]
    assert seen[0] is question
    assert (done.value.value.response, done.value.value.origin) == (answer, FRESH)


def test_a_kit_tells_what_stands_in_its_slots():
    cache, router = Noting("cache", []), Noting("router", [])
    kit = DeveloperKit(FakeKit()._provider, KitSettings(model="m", steps=Steps(exact_cache=cache, router=router)))
    assert (kit.exact_cache, kit.semantic_cache, kit.router, kit.truncator) == (cache, None, router, None)
    assert kit.with_timeout(3).router is router


class FailingAfterwards(Noting):
    """A step that breaks on the way back."""

    def around(self, ask: Ask, onward: Onward):
        yield from super().around(ask, onward)
        raise UsageError("the cache is full")


@both_colours
@both_ways
def test_the_steps_outside_one_that_breaks_on_the_way_back_learn_of_it(colour: Colour, streamed: bool):
    log: list[Any] = []
    truncator, cache = Noting("truncator", log), FailingAfterwards("exact_cache", log)
    with pytest.raises(UsageError, match="the cache is full"):
        Asked(colour, streamed=streamed, truncator=truncator, exact_cache=cache)()
    ((_, outcome),) = truncator.outcomes
    assert isinstance(outcome, UsageError)


@both_colours
@both_ways
def test_the_response_says_where_it_came_from(colour: Colour, streamed: bool):
    kit = FakeKit(["Hello"])
    known = Noting("exact", [], answers=LLMResponse(content="Known"))
    for steps, origin in ((Steps(), FRESH), (Steps(exact_cache=known), "exact")):
        settings = KitSettings(model="fake-model", steps=steps)
        if streamed:
            response = colour.collect(flows.stream(kit._provider, settings, ASK))[-1].response
        else:
            response = colour.run(flows.chat(kit._provider, settings, ASK))
        assert response.origin == origin
