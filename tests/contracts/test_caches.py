"""What every exact cache holds to, in both colours: the defects that caches are known for, each as a test."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from colours import COLOURS, Colour
from pydantic import BaseModel, field_validator

from racto_nb.cache import CacheWarning
from racto_nb.cache.exact import ExactCache
from racto_nb.exceptions import RactoGatewayServerError, UsageError
from racto_nb.kits import flows
from racto_nb.models import ChatConfig, FinishReason, LLMResponse, Message, StreamChunk, ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


class Movie(BaseModel):
    title: str


def question(user_message: str = "Hi", **fields: Any) -> ChatConfig:
    return ChatConfig(user_message=user_message, **fields)


class Asked:
    """A kit with a cache, asked in one colour: `asked(config)` is the answer, `sent` how many requests there were."""

    def __init__(self, colour: Colour, cache: ExactCache | None, replies: Any = None, **options: Any) -> None:
        self.kit = FakeKit(["one", "two", "three"] if replies is None else replies, **options).with_exact_cache(cache)
        self._colour = colour
        self.chunks: list[StreamChunk] = []

    @property
    def sent(self) -> int:
        return len(self.kit.calls)

    def __call__(self, config: ChatConfig | None = None, *, streamed: bool = False, kit: Any = None) -> LLMResponse:
        kit, config = kit or self.kit, config or question()
        if not streamed:
            return self._colour.run(flows.chat(kit._provider, kit._settings, config))
        self.chunks = self._colour.collect(flows.stream(kit._provider, kit._settings, config))
        return self.chunks[-1].response


@both_colours
@both_ways
def test_the_same_question_is_sent_once_and_its_second_answer_says_where_it_came_from(
    colour: Colour, cache: ExactCache, streamed: bool
):
    asked = Asked(colour, cache)
    before = datetime.now(UTC)
    first, second = asked(streamed=streamed), asked(streamed=streamed)
    assert (first.content, second.content, asked.sent) == ("one", "one", 1)
    assert (first.origin, first.stored_at, second.origin) == ("fresh", None, "exact")
    assert second.stored_at is not None
    assert before <= second.stored_at <= datetime.now(UTC)
    assert second.usage == first.usage
    assert second.messages == first.messages
    assert repr(cache.stats) == str(cache.stats) == "CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)"


@both_colours
@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)], ids=["stream then whole", "whole then stream"])
def test_streams_are_answered_from_the_cache_and_kept_in_it(colour: Colour, cache: ExactCache, first: bool, second: bool):
    asked = Asked(colour, cache, [FakeReply.of("one two")])
    asked(streamed=first)
    assert asked(streamed=second).content == "one two"
    assert asked.sent == 1
    if second:
        assert [chunk.delta.text for chunk in asked.chunks] == ["one two", ""]
        assert asked.chunks[-1].is_final


CATS, DOGS = ([Message(role="user", content=f"Tell me of {animal}.")] for animal in ("cats", "dogs"))


@both_colours
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (question(history=CATS), question(history=DOGS)),
        (question(attachments=[RactoFile(b"cat", "image/png")]), question(attachments=[RactoFile(b"dog", "image/png")])),
        (question(extra={"seed": 1}), question(extra={"seed": 2})),
        (question(extra={"labels": ["a|b", "c"]}), question(extra={"labels": ["a", "b|c"]})),
        (question(), question(tools=ToolRegistry([len]))),
        (question(), question(native_thinking=True)),
        (question(), question(chain_of_thought=True)),
        (question(max_tokens=10), question(max_tokens=11)),
    ],
    ids=["history", "files", "seed", "lists", "tools", "thinking", "steps", "length"],
)
def test_a_question_that_differs_anywhere_is_another_question(
    colour: Colour, cache: ExactCache, one: ChatConfig, other: ChatConfig
):
    able = FakeKit()._provider.specs.chat_spec("fake-model").abilities
    asked = Asked(colour, cache, abilities=able.__class__(**{**vars_of(able), "thinking": True, "images": True}))
    with warnings.catch_warnings():
        assert asked(one).content != asked(other).content
    assert asked.sent == 2


def vars_of(abilities: Any) -> dict[str, Any]:
    return {name: getattr(abilities, name) for name in abilities.__dataclass_fields__}


@both_colours
def test_prompts_and_models_have_answers_of_their_own(colour: Colour, cache: ExactCache):
    prompts = [RactoPrompt(role=role, aim="Answer.", constraints=[], tone="", output_format="text") for role in ("A.", "B.")]
    asked = Asked(colour, cache)
    assert [asked(question(prompt=prompt)).content for prompt in prompts] == ["one", "two"]
    other = Asked(colour, cache, ["three"], model="another-model")
    assert other(question(prompt=prompts[0])).content == "three"


@both_colours
@both_ways
def test_what_a_caller_does_with_an_answer_is_not_seen_by_the_next_one(colour: Colour, cache: ExactCache, streamed: bool):
    asked = Asked(colour, cache, ['{"a": [1]}'])
    for _ in range(3):
        response = asked(streamed=streamed)
        assert response.parsed == {"a": [1]}
        assert response.messages[0].content == '{"a": [1]}'
        response.parsed["a"].append(2)
        response.usage.clear()
        response.messages.clear()
        response.content = "changed"
    assert asked.sent == 1


@both_colours
@both_ways
def test_a_class_is_applied_to_a_known_answer_each_time(colour: Colour, cache: ExactCache, streamed: bool):
    asked = Asked(colour, cache, ['{"title": "Alien"}'])
    first = asked(question(response_model=Movie), streamed=streamed)
    second = asked(question(response_model=Movie), streamed=streamed)
    assert asked.sent == 1
    assert type(second.parsed_model) is Movie
    assert second.parsed_model == first.parsed_model
    assert second.parsed_model is not first.parsed_model
    assert second.parsed == {"title": "Alien"}


@both_colours
def test_a_known_answer_that_its_class_refuses_by_now_is_asked_for_anew(colour: Colour, cache: ExactCache):
    """A validator is no part of a schema: the class of a cell that was run again has the same name and the same schema."""

    def written(strict: bool) -> type[BaseModel]:
        class Answer(BaseModel):
            title: str

            @field_validator("title")
            @classmethod
            def _check(cls, title: str) -> str:
                if strict and title == "bad":
                    raise ValueError("bad")
                return title

        return Answer

    asked = Asked(colour, cache, ['{"title": "bad"}', '{"title": "good"}'])
    assert asked(question(response_model=written(strict=False))).parsed == {"title": "bad"}
    assert asked(question(response_model=written(strict=True))).parsed == {"title": "good"}
    assert asked(question(response_model=written(strict=True))).origin == "exact"


CALL = ToolCallResult(id="1", name="look", arguments={})


@both_colours
@both_ways
@pytest.mark.parametrize(
    "reply",
    [
        FakeReply(("cut",), finish_reason=FinishReason.LENGTH),
        FakeReply(("no",), finish_reason=FinishReason.CONTENT_FILTER),
        FakeReply(("no",), refusal=True),
        FakeReply(("",), finish_reason=FinishReason.TOOL_CALL, tool_calls=(CALL,)),
        FakeReply(("",)),
    ],
    ids=["cut", "withheld", "refused", "call", "empty"],
)
def test_an_answer_that_is_no_whole_one_is_not_kept(colour: Colour, cache: ExactCache, streamed: bool, reply: FakeReply):
    asked = Asked(colour, cache, [reply, "whole"])
    config = question(tools=ToolRegistry([look])) if reply.tool_calls else question()
    asked(config, streamed=streamed)
    assert len(cache) == 0
    assert asked(config, streamed=streamed).content == "whole"


def look() -> str:
    """Look."""
    return "sun"


@both_colours
def test_an_answer_that_tools_had_a_part_in_is_not_kept(colour: Colour, cache: ExactCache):
    """What they told may be another thing tomorrow."""
    replies = [FakeReply(("",), finish_reason=FinishReason.TOOL_CALL, tool_calls=(CALL,)), "It is sunny."]
    asked = Asked(colour, cache, replies)
    response = asked(question(tools=ToolRegistry([look]), auto_execute_tools=True))
    assert (response.content, len(response.tool_runs), len(cache)) == ("It is sunny.", 1, 0)


@both_colours
def test_a_stream_that_is_left_or_breaks_leaves_nothing_behind(colour: Colour, cache: ExactCache):
    asked = Asked(colour, cache, [FakeReply.of("a b c"), FakeReply.of("a b c", cut_after=2), "whole"])
    kit = asked.kit
    colour.collect(flows.stream(kit._provider, kit._settings, question()), most=1)
    with pytest.raises(Exception, match="before the answer was complete"):
        asked(streamed=True)
    assert len(cache) == 0
    assert asked(streamed=True).content == "whole"


@both_colours
@both_ways
def test_samples_pass_by_unless_they_are_wanted(colour: Colour, make: Callable[..., ExactCache], streamed: bool):
    warm = question(temperature=1.0)
    asked = Asked(colour, make())
    assert [asked(warm, streamed=streamed).content for _ in range(2)] == ["one", "two"]
    assert (asked.kit.exact_cache.stats.total, len(asked.kit.exact_cache)) == (0, 0)
    asked = Asked(colour, make(samples=True))
    assert [asked(warm, streamed=streamed).content for _ in range(2)] == ["one", "one"]


@both_colours
@both_ways
def test_a_question_that_is_asked_anew_is_sent_and_its_answer_kept(colour: Colour, cache: ExactCache, streamed: bool):
    asked = Asked(colour, cache)
    asked(streamed=streamed)
    assert asked(streamed=streamed, kit=asked.kit.asking_anew()).content == "two"
    assert asked(streamed=streamed).content == "two"
    assert (cache.stats.hits, cache.stats.misses) == (1, 1)


@both_colours
def test_answers_that_another_cache_gave_are_not_kept_as_fresh_ones(colour: Colour, make: Callable[..., ExactCache]):
    from racto_nb.cache import ExactMatchCache
    from racto_nb.kits.middleware import Steps

    inner, outer = ExactMatchCache(), make()
    kit = FakeKit(["one"])
    Asked(colour, inner)(kit=kit._with(steps=Steps(semantic_cache=inner)))
    both = kit._with(steps=Steps(exact_cache=outer, semantic_cache=inner))
    assert Asked(colour, outer)(kit=both).origin == "exact"
    assert len(outer) == 0


class Broken:
    """A store that is out of order."""

    def __init__(self, *, only: str = "") -> None:
        self.only, self.tried = only, 0

    def send(self, request: Any) -> Any:
        self.tried += 1
        if self.only in type(request).__name__:
            raise OSError("no space left")
        return None

    async def asend(self, request: Any) -> Any:
        return self.send(request)


@both_colours
@both_ways
@pytest.mark.parametrize("only", ["", "Look", "Keep"])
def test_a_cache_that_fails_costs_a_warning_and_never_the_call(colour: Colour, cache: ExactCache, streamed: bool, only: str):
    cache._store, store = Broken(only=only), cache._store
    asked = Asked(colour, cache)
    with pytest.warns(CacheWarning, match=rf"{type(cache).__name__} could not .*OSError: no space left.*go on without"):
        assert asked(streamed=streamed).content == "one"
    assert asked(streamed=streamed).content == "two"  # and not a second warning
    assert cache._store.tried > 2
    cache._store = store


@both_colours
def test_what_is_wrong_with_a_question_is_told_by_the_kit(colour: Colour, cache: ExactCache):
    with pytest.warns(CacheWarning, match="could not name a question"), pytest.raises(UsageError, match="labels"):
        Asked(colour, cache)(question(extra={"labels": {object()}}))


@both_colours
@both_ways
def test_an_error_of_the_provider_comes_through_and_is_not_kept(colour: Colour, cache: ExactCache, streamed: bool):
    asked = Asked(colour, cache, [RactoGatewayServerError("down"), "up"])
    with pytest.raises(RactoGatewayServerError, match="down"):
        asked(streamed=streamed)
    assert asked(streamed=streamed).content == "up"
