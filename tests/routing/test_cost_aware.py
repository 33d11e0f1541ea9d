"""A router: which model a question goes to, and what becomes of it where that model cannot answer. Both colours."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from colours import COLOURS, Colour
from pydantic import ValidationError

from racto_nb import ToolRegistry
from racto_nb.exceptions import (
    ContextOverflowError,
    ContextTruncatedError,
    RactoGatewayAuthError,
    RactoGatewayError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    StreamInterruptedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.kits import flows
from racto_nb.models import ChatConfig, LLMResponse, StreamChunk, ToolCallResult
from racto_nb.models.route import Passed, Route
from racto_nb.providers.wire import ModelSpec
from racto_nb.routing import CostAwareRouter, RoutingTier
from racto_nb.testing import FakeKit, FakeReply

TIERS = [RoutingTier(model="small", max_score=30), RoutingTier(model="medium", max_score=70), RoutingTier(model="large")]
SIMPLE, HARD = ChatConfig(user_message="What is 2+2?"), ChatConfig(user_message="Analyze and compare both designs.")
BUSY = RactoGatewayRateLimitError("Too many requests.", status_code=429)
DOWN = RactoGatewayServerError("Overloaded.", status_code=529)
LONG = ContextOverflowError("The prompt is too long.", window=10)

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["chat", "stream"])


class Kit:
    """A kit on "auto" (or on `model`), asked in one colour, whole or streamed. `asked` are the models of its requests."""

    def __init__(self, colour: Colour, streamed: bool, replies: list[Any], *, model: str = "auto", **router: Any) -> None:
        self._kit = FakeKit(replies, model=model, router=CostAwareRouter(TIERS, **router))
        self._colour, self._streamed = colour, streamed
        self.asked: list[str] = []
        self.chunks: list[StreamChunk] = []
        request_from = self._kit._provider.wire.request_from

        def noting(config: ChatConfig, spec: Any, *, stream: bool) -> Any:
            self.asked.append(spec.name)
            return request_from(config, spec, stream=stream)

        self._kit._provider.wire.request_from = noting

    def __call__(self, config: ChatConfig = SIMPLE) -> LLMResponse:
        if not self._streamed:
            return self._colour.run(flows.chat(self._kit._provider, self._kit._settings, config))
        self._colour.collect(flows.stream(self._kit._provider, self._kit._settings, config), each=self.chunks.append)
        response = self.chunks[-1].response
        assert response is not None
        return response


@both_colours
@both_ways
@pytest.mark.parametrize(
    ("config", "route"),
    [
        (SIMPLE, Route("small", 0)),
        (HARD, Route("medium", 41)),
        (ChatConfig(user_message=f"Analyze and compare {'z' * 1600}"), Route("large", 100)),
    ],
)
def test_a_question_goes_to_the_first_tier_that_covers_its_score(
    colour: Colour, streamed: bool, config: ChatConfig, route: Route
):
    kit = Kit(colour, streamed, ["4"])
    response = kit(config)
    assert (response.content, response.model, response.route) == ("4", route.model, route)
    assert kit.asked == [route.model]


@both_colours
@both_ways
def test_a_kit_with_a_models_name_is_left_alone(colour: Colour, streamed: bool):
    kit = Kit(colour, streamed, ["4"], model="large")
    assert kit(SIMPLE).route is None
    assert kit.asked == ["large"]


@both_colours
@both_ways
@pytest.mark.parametrize("trouble", [BUSY, DOWN, LONG], ids=["busy", "down", "too long"])
def test_a_tier_that_cannot_answer_gives_way_to_the_next(colour: Colour, streamed: bool, trouble: Exception):
    kit = Kit(colour, streamed, [trouble, "4"])
    response = kit(SIMPLE)
    assert (response.content, kit.asked) == ("4", ["small", "medium"])
    assert response.route == Route("medium", 0, (Passed("small", str(trouble)),))


@both_colours
@both_ways
def test_where_no_tier_can_answer_the_last_error_tells_of_those_before(colour: Colour, streamed: bool):
    kit = Kit(colour, streamed, [BUSY, DOWN, RactoGatewayServerError("Also overloaded.")])
    with pytest.raises(RactoGatewayServerError, match="Also overloaded") as caught:
        kit(SIMPLE)
    assert kit.asked == ["small", "medium", "large"]
    assert caught.value.model == "large"
    assert caught.value.__notes__ == [
        "Before this, small was asked: Too many requests.",
        "Before this, medium was asked: Overloaded.",
    ]


@both_colours
@both_ways
@pytest.mark.parametrize(
    "trouble",
    [
        RactoGatewayAuthError("The key was refused."),
        ContextTruncatedError("The server cut the prompt.", response=LLMResponse(content="4")),
        StreamInterruptedError("It stopped."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_errors_do_not_lead_to_another_tier(colour: Colour, streamed: bool, trouble: RactoGatewayError):
    kit = Kit(colour, streamed, [trouble, "4"])
    with pytest.raises(type(trouble)):
        kit(SIMPLE)
    assert kit.asked == ["small"]


@both_colours
@both_ways
def test_without_fallback_the_first_error_is_raised(colour: Colour, streamed: bool):
    kit = Kit(colour, streamed, [BUSY, "4"], fallback=False)
    with pytest.raises(RactoGatewayRateLimitError) as caught:
        kit(SIMPLE)
    assert (kit.asked, caught.value.model) == (["small"], "small")


@both_colours
def test_a_stream_that_gave_something_is_never_begun_anew(colour: Colour):
    """A provider that is overloaded in the middle of its answer."""
    kit = Kit(colour, True, [FakeReply.of("Half an answer that"), "4"])
    advance = kit._kit._provider.wire.advance

    def breaking(draft: Any, event: Any) -> Any:
        if event == " that":
            raise DOWN
        return advance(draft, event)

    kit._kit._provider.wire.advance = breaking
    with pytest.raises(RactoGatewayServerError):
        kit(SIMPLE)
    assert "".join(chunk.delta.text for chunk in kit.chunks) == "Half an answer"
    assert kit.asked == ["small"]


@both_colours
def test_after_a_tool_was_called_no_other_tier_calls_it_again(colour: Colour):
    called: list[str] = []

    def book(room: str) -> str:
        called.append(room)
        return "booked"

    asks = FakeReply(("",), tool_calls=(ToolCallResult(id="1", name="book", arguments={"room": "12"}),))
    kit = Kit(colour, False, [asks, BUSY, "Done"])
    with pytest.raises(RactoGatewayRateLimitError):
        kit(ChatConfig(user_message="Book 12.", tools=ToolRegistry([book]), auto_execute_tools=True))
    assert (called, kit.asked) == (["12"], ["small", "small"])


@both_colours
@both_ways
def test_a_scorer_takes_the_place_of_the_formula(colour: Colour, streamed: bool):
    kit = Kit(colour, streamed, ["4"], scorer=lambda text: 71.4 if "2+2" in text else 0)
    assert kit(SIMPLE).route == Route("large", 71)


@both_colours
def test_a_scorer_may_read_the_whole_question(colour: Colour):
    kit = Kit(colour, False, ["4"], scorer=lambda config: 50 if config.max_tokens > 10 else 0, reads="config")
    assert kit(SIMPLE).route == Route("medium", 50)


def test_a_scorer_that_waits_for_something_is_awaited_in_async_calls_and_refused_in_others():
    async def judged(text: str) -> int:
        return 100

    assert Kit(COLOURS[1], False, ["4"], scorer=judged)(SIMPLE).route == Route("large", 100)
    with pytest.raises(UsageError, match=r"'.*judged' is async"):
        Kit(COLOURS[0], False, ["4"], scorer=judged)(SIMPLE)
    with pytest.raises(UsageError, match="only achat and astream"):
        CostAwareRouter(TIERS, scorer=judged).score("Hi")


@both_colours
@pytest.mark.parametrize(
    ("score", "error"),
    [("high", WrongTypeError), (True, WrongTypeError), (101, UsageError), (-1, UsageError), (float("nan"), UsageError)],
)
def test_a_score_that_is_none_is_refused_before_anything_is_sent(colour: Colour, score: Any, error: type[Exception]):
    kit = Kit(colour, False, ["4"], scorer=lambda text: score)
    with pytest.raises(error, match="a number from 0 to 100"):
        kit(SIMPLE)
    assert kit.asked == []


def test_routing_a_text_sends_nothing():
    router = CostAwareRouter(TIERS)
    assert [router.route(text) for text in ("What is 2+2?", "Analyze and compare.", f"Analyze, compare {'z' * 1600}")] == [
        "small",
        "medium",
        "large",
    ]
    assert router.score("Analyze and compare.") == 41
    assert router.score_of(HARD) == router.score(HARD.user_message)


def test_a_score_above_all_tiers_goes_to_the_last():
    assert CostAwareRouter([RoutingTier(model="a", max_score=1), RoutingTier(model="b", max_score=2)]).route("z" * 1600) == "b"


def test_what_is_routed_alike_has_the_same_text():
    router = CostAwareRouter(TIERS)
    assert router.routes == CostAwareRouter(tuple(TIERS)).routes
    assert json.loads(router.routes) == [[["small", 30.0], ["medium", 70.0], ["large", 100.0]], "", True]
    others = [
        CostAwareRouter(TIERS[1:]),
        CostAwareRouter(TIERS, fallback=False),
        CostAwareRouter(TIERS, scorer=len),
        CostAwareRouter(TIERS, scorer=len, reads="config"),
        CostAwareRouter([TIERS[0], RoutingTier(model="medium", max_score=71), TIERS[2]]),
    ]
    assert len({router.routes, *(other.routes for other in others)}) == 6


@pytest.mark.parametrize(
    ("tiers", "error", "said"),
    [
        ([], UsageError, "at least one"),
        ([TIERS[1], TIERS[0]], UsageError, r"'small' \(30\) comes after 'medium' \(70\)"),
        ([TIERS[0], TIERS[0]], UsageError, "would never be chosen"),
        (["gpt-6-luna"], WrongTypeError, r"tiers\[0\] is 'gpt-6-luna'\. Write: RoutingTier"),
        ("gpt-6-luna", WrongTypeError, "a list of RoutingTiers"),
    ],
)
def test_tiers_that_are_none_are_refused(tiers: Any, error: type[Exception], said: str):
    with pytest.raises(error, match=said):
        CostAwareRouter(tiers)


@pytest.mark.parametrize(
    "fields",
    [{"model": ""}, {"model": " "}, {"model": "auto"}, {"model": "a", "max_score": 101}, {"model": "a", "max_scores": 1}],
)
def test_a_tier_without_a_model_or_with_a_wrong_limit_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        RoutingTier(**fields)


@pytest.mark.parametrize(("wrong", "error"), [({"scorer": 3}, WrongTypeError), ({"reads": "all"}, UsageError)])
def test_wrong_options_are_refused(wrong: dict[str, Any], error: type[Exception]):
    with pytest.raises(error):
        CostAwareRouter(TIERS, **wrong)


def test_a_route_is_told_in_a_few_words():
    assert str(Route("large", 45, (Passed("small", "busy"),))) == "auto → large (score 45; not small)"
    assert repr(CostAwareRouter(TIERS)) == "CostAwareRouter(small up to 30, medium up to 70, large up to 100)"


@pytest.mark.parametrize(
    ("config", "left", "chosen"),
    [(SIMPLE, ("medium", "large"), "medium"), (HARD, ("small",), "small"), (HARD, (), "medium"), (SIMPLE, ("other",), "small")],
)
def test_a_step_before_may_leave_fewer_models_to_choose_from(config: ChatConfig, left: tuple[str, ...], chosen: str):
    class Leaving:
        def around(self, ask: Any, onward: Any):
            specs = tuple(ModelSpec("fake", name) for name in left)
            return (yield from onward(dataclasses.replace(ask, specs=specs)))

    kit = FakeKit(["4"], model="auto", router=CostAwareRouter(TIERS), truncator=Leaving())
    assert kit.chat(config).model == chosen
