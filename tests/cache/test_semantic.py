"""The semantic cache as a step: what it answers, what passes by, and what never fails a call. Both colours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from colours import COLOURS, Colour
from pydantic import BaseModel

from racto_nb.cache import CacheWarning, ExactMatchCache, SemanticCache
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.kits import flows
from racto_nb.kits.middleware import Steps
from racto_nb.models import ChatConfig, FinishReason, LLMResponse, Message
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
both_ways = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
WHAT, WHICH = "What is the capital of France?", "Which city is the capital of France?"


class Movie(BaseModel):
    title: str


class Embedder:
    """Gives each text its vector, all the same by default, and counts."""

    def __init__(self, vectors: dict[str, Any] | None = None) -> None:
        self.vectors, self.asked, self.threads = vectors or {}, [], set()

    def __call__(self, text: str) -> Any:
        self.asked.append(text)
        self.threads.add(threading.get_ident())
        found = self.vectors.get(text, [1.0, 0.0])
        if isinstance(found, Exception):
            raise found
        return found


class Asked:
    def __init__(self, colour: Colour, cache: SemanticCache, replies: Any = ("one", "two", "three"), **kit: Any) -> None:
        self.kit = FakeKit(replies, **kit)
        self._colour = colour
        self.steps = Steps(semantic_cache=cache)

    def __call__(self, text: str = WHAT, *, streamed: bool = False, fresh: bool = False, **fields: Any) -> LLMResponse:
        settings = replace(self.kit._settings, steps=self.steps, fresh=fresh)
        config = ChatConfig(user_message=text, **fields)
        if not streamed:
            return self._colour.run(flows.chat(self.kit._provider, settings, config))
        return self._colour.collect(flows.stream(self.kit._provider, settings, config))[-1].response

    @property
    def sent(self) -> int:
        return len(self.kit.calls)


@both_colours
@both_ways
def test_a_question_in_other_words_is_answered_and_embedded_once(colour: Colour, streamed: bool):
    embedder = Embedder()
    cache = SemanticCache(embedder)
    asked = Asked(colour, cache)
    first, second = asked(WHAT, streamed=streamed), asked(WHICH, streamed=streamed)
    assert (first.content, second.content, asked.sent) == ("one", "one", 1)
    assert (first.origin, second.origin) == ("fresh", "semantic")
    assert second.stored_at is not None
    assert embedder.asked == [WHAT, WHICH]
    assert print_of(cache) == "CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)"


def print_of(cache: SemanticCache) -> str:
    assert str(cache.stats) == repr(cache.stats)
    return str(cache.stats)


@both_colours
@pytest.mark.parametrize("other", ["What is the capital of Spain?", "What is not the capital of France?"])
def test_a_guard_keeps_questions_apart_whose_vectors_are_the_same(colour: Colour, other: str):
    asked = Asked(colour, SemanticCache(Embedder()))
    assert [asked(text).content for text in (WHAT, other)] == ["one", "two"]


@both_colours
def test_the_guard_may_be_your_own_or_none(colour: Colour):
    spain = "What is the capital of Spain?"
    without = Asked(colour, SemanticCache(Embedder(), guard=None))
    assert [without(text).content for text in (WHAT, spain)] == ["one", "one"]
    own = Asked(colour, SemanticCache(Embedder(), guard=lambda stored, asked: "no" if stored != asked else ""))
    assert [own(text).content for text in (WHAT, WHICH, WHAT)] == ["one", "two", "one"]


@both_colours
def test_the_next_best_question_is_taken_where_the_best_one_is_refused(colour: Colour):
    spain = "What is the capital of Spain?"
    asked = Asked(colour, SemanticCache(Embedder({WHAT: [1.0, 0.1], spain: [1.0, 0.0], WHICH: [1.0, 0.0]})))
    assert [asked(text).content for text in (WHAT, spain, WHICH)] == ["one", "two", "one"]


@both_colours
def test_a_question_that_is_too_far_off_is_sent(colour: Colour):
    asked = Asked(colour, SemanticCache(Embedder({WHICH: [0.94, 0.341]}), threshold=0.95))
    assert [asked(text).content for text in (WHAT, WHICH)] == ["one", "two"]
    asked = Asked(colour, SemanticCache(Embedder({WHICH: [0.94, 0.341]}), similarity_threshold=0.93))
    assert [asked(text).content for text in (WHAT, WHICH)] == ["one", "one"]


@both_colours
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"prompt": RactoPrompt(role="A.", aim="B.", constraints=[], tone="", output_format="text")}),
        ({}, {"max_tokens": 5}),
        ({}, {"extra": {"seed": 1}}),
        ({"extra": {"labels": ["A", "B"]}}, {"extra": {"labels": ["C", "D"]}}),
        ({}, {"chain_of_thought": True}),
    ],
    ids=["prompt", "tokens", "seed", "options", "steps"],
)
def test_other_prompts_and_options_have_answers_of_their_own(colour: Colour, one: dict[str, Any], other: dict[str, Any]):
    asked = Asked(colour, SemanticCache(Embedder()))
    assert [asked(WHAT, **one).content, asked(WHICH, **other).content, asked(WHICH, **one).content] == ["one", "two", "one"]


@both_colours
def test_other_models_have_answers_of_their_own(colour: Colour):
    cache = SemanticCache(Embedder())
    assert Asked(colour, cache)(WHAT).content == "one"
    assert Asked(colour, cache, ["two"], model="another-model")(WHICH).content == "two"


HISTORY = [Message(role="user", content="I like cats.")]


@both_colours
@pytest.mark.parametrize(
    "more",
    [
        {"history": HISTORY},
        {"attachments": [RactoFile(b"a,b", "text/csv")]},
        {"tools": ToolRegistry([print])},
        {"temperature": 1.0},
    ],
    ids=["history", "files", "tools", "samples"],
)
def test_what_depends_on_more_than_its_words_passes_by_unless_it_is_wanted(colour: Colour, more: dict[str, Any]):
    embedder = Embedder()
    asked = Asked(colour, SemanticCache(embedder))
    assert [asked(text, **more).content for text in (WHAT, WHICH)] == ["one", "two"]
    assert (embedder.asked, asked.steps.semantic_cache.stats.total) == ([], 0)
    asked = Asked(colour, SemanticCache(embedder, multi_turn=True, samples=True))
    assert [asked(text, **more).content for text in (WHAT, WHICH)] == ["one", "one"]
    other = [Message(role="user", content="I like dogs.")]
    assert asked(WHICH, **{**more, "history": other}).content == "two"


@both_colours
@both_ways
def test_a_class_is_applied_to_a_known_answer(colour: Colour, streamed: bool):
    asked = Asked(colour, SemanticCache(Embedder()), ['{"title": "Alien"}'])
    first, second = (asked(text, streamed=streamed, response_model=Movie) for text in (WHAT, WHICH))
    assert (first.parsed_model, asked.sent) == (second.parsed_model, 1)
    assert first.parsed_model is not second.parsed_model


@both_colours
def test_half_an_answer_is_not_kept(colour: Colour):
    asked = Asked(colour, SemanticCache(Embedder()), [FakeReply(("cut",), finish_reason=FinishReason.LENGTH), "whole"])
    assert [asked(text).content for text in (WHAT, WHICH)] == ["cut", "whole"]


@both_colours
def test_a_question_that_is_asked_anew_is_sent_and_kept(colour: Colour):
    embedder = Embedder()
    asked = Asked(colour, SemanticCache(embedder))
    answers = [asked(WHAT), asked(WHAT, fresh=True), asked(WHICH)]
    assert [answer.content for answer in answers] == ["one", "two", "two"]
    assert len(embedder.asked) == 3
    assert asked.steps.semantic_cache.stats.size == 1


@both_colours
@both_ways
@pytest.mark.parametrize(
    ("vector", "told"),
    [
        (RuntimeError("no such model"), "RuntimeError: no such model"),
        ([0.0, 0.0], "no direction"),
        ([float("nan"), 1.0], "no direction"),
        ([], "one list of numbers"),
        ([[1.0, 0.0]], "one list of numbers"),
        ("text", "one list of numbers"),
    ],
)
def test_an_embedder_that_fails_costs_a_warning_and_never_the_call(colour: Colour, streamed: bool, vector: Any, told: str):
    asked = Asked(colour, SemanticCache(Embedder({WHICH: vector})))
    assert asked(WHAT, streamed=streamed).content == "one"
    with pytest.warns(CacheWarning, match=f"SemanticCache could not .*{told}"):
        assert asked(WHICH, streamed=streamed).content == "two"
    assert asked(WHICH, streamed=streamed).content == "three"


@both_colours
def test_a_vector_of_another_length_is_told_and_not_compared(colour: Colour):
    asked = Asked(colour, SemanticCache(Embedder({WHICH: [1.0, 0.0, 0.0]})))
    asked(WHAT)
    with pytest.warns(CacheWarning, match=r"vector of 3 numbers, and those that are kept have 2.*clear"):
        assert asked(WHICH).content == "two"
    assert asked(WHAT).origin == "semantic"


async def async_embedder(text: str) -> list[float]:
    await asyncio.sleep(0)
    return [1.0, 0.0]


def test_an_async_embedder_serves_async_calls():
    asked = Asked(COLOURS[1], SemanticCache(async_embedder))
    assert [asked(text).content for text in (WHAT, WHICH)] == ["one", "one"]


def test_an_async_embedder_in_a_plain_call_is_told_with_the_way_out():
    asked = Asked(COLOURS[0], SemanticCache(async_embedder))
    with pytest.warns(CacheWarning, match="async.*achat"):
        assert asked(WHAT).content == "one"


@both_colours
@pytest.mark.parametrize("given", ["kit", "method", "async method"])
def test_a_kit_embeds_too(colour: Colour, given: str):
    kit = FakeKit()
    embedder = {"kit": kit, "method": kit.embed, "async method": kit.aembed}[given]
    asked = Asked(colour, SemanticCache(embedder=embedder, threshold=0.7))
    assert [asked(text).content for text in (WHAT, WHICH)] == ["one", "one"]
    assert [call["texts"] for call in kit.embed_calls] == [[WHAT], [WHICH]]


def test_a_plain_embedder_never_runs_on_the_event_loop():
    embedder = Embedder()
    Asked(COLOURS[1], SemanticCache(embedder))(WHAT)
    assert threading.get_ident() not in embedder.threads


def test_embedders_of_several_callers_run_side_by_side():
    """None of them holds a lock while it computes: two that wait for each other both come to an end."""
    meeting = threading.Barrier(2, timeout=20)

    def embedder(text: str) -> np.ndarray:
        meeting.wait()
        return np.array([1.0, 0.0])

    asked = Asked(COLOURS[0], SemanticCache(embedder))
    threads = [threading.Thread(target=asked, args=(text,)) for text in (WHAT, "How are you?")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert asked.sent == 2


@both_colours
def test_in_shadow_mode_every_question_is_sent_and_would_be_answers_are_compared(colour: Colour):
    cache = SemanticCache(Embedder(), shadow=True)
    asked = Asked(colour, cache, ["Paris", "  paris ", "Lyon", "Paris"])
    answers = [asked(text).content for text in (WHAT, WHICH, WHAT, WHICH)]
    assert answers == ["Paris", "  paris ", "Lyon", "Paris"]
    stats = cache.stats
    assert (stats.hits, stats.misses, stats.shadow_hits, stats.false_hits) == (0, 4, 3, 1)
    low, high = stats.false_hit_interval
    assert stats.size == 1
    assert stats.false_hit_rate == 1 / 3
    assert 0.0 < low < 1 / 3 < high < 1.0
    assert "shadow_hits=3, false_hit_rate=33.3%, false_hit_interval=6.1% to 79.2%" in print_of(cache)


@both_colours
def test_in_shadow_mode_you_may_say_what_the_same_answer_is(colour: Colour):
    cache = SemanticCache(Embedder(), shadow=True, same=lambda stored, fresh: stored.content[0] == fresh.content[0])
    asked = Asked(colour, cache, ["Paris", "Prague", "Lyon"])
    for text in (WHAT, WHICH, WHAT):
        asked(text)
    assert (cache.stats.shadow_hits, cache.stats.false_hits) == (2, 1)

    def failing(stored: LLMResponse, fresh: LLMResponse) -> bool:
        raise RuntimeError("cannot say")

    asked = Asked(colour, SemanticCache(Embedder(), shadow=True, same=failing))
    asked(WHAT)
    with pytest.warns(CacheWarning, match="could not compare two answers"):
        assert asked(WHICH).content == "two"


@both_colours
def test_the_exact_cache_stands_before_and_keeps_no_answer_of_the_semantic_one(colour: Colour):
    exact, semantic = ExactMatchCache(), SemanticCache(Embedder())
    asked = Asked(colour, semantic)
    asked.steps = Steps(exact_cache=exact, semantic_cache=semantic)
    assert [asked(text).origin for text in (WHAT, WHAT, WHICH, WHICH)] == ["fresh", "exact", "semantic", "semantic"]
    assert len(exact) == len(semantic) == 1


def by_hand(**options: Any) -> tuple[SemanticCache, Embedder]:
    embedder = Embedder()
    return SemanticCache(embedder, **options), embedder


def test_by_hand_a_question_is_embedded_once_for_get_and_put():
    cache, embedder = by_hand()
    assert cache.get(WHAT) is None
    cache.put(WHAT, LLMResponse(content="Paris", parsed={"a": [1]}))
    assert embedder.asked == [WHAT]
    cache.get(WHICH).parsed["a"].append(2)
    assert cache.get(WHICH).parsed == {"a": [1]}
    assert print_of(cache) == "CacheStats(hits=2, misses=1, size=1, hit_rate=66.7%)"
    cache.clear()
    assert (len(cache), cache.stats.total, bool(cache)) == (0, 0, True)


def test_the_question_that_was_not_used_for_longest_goes():
    cache, _ = by_hand(max_size=2)
    for name in ("Rome", "Oslo"):
        cache.put(f"Where is {name}?", LLMResponse(content=name))
    assert cache.get("Where is Rome?").content == "Rome"
    cache.put("Where is Bonn?", LLMResponse(content="Bonn"))
    assert [name for name in ("Rome", "Oslo", "Bonn") if cache.get(f"Where is {name}?")] == ["Rome", "Bonn"]


def test_an_answer_goes_when_its_time_is_over():
    cache, moments = by_hand(ttl_seconds=0.5)[0], [0.0]
    cache._shelves.clock = lambda: moments[0]
    cache.put(WHAT, LLMResponse(content="Paris"))
    moments[0] = 0.25
    assert cache.get(WHICH).content == "Paris"
    moments[0] = 0.75
    assert cache.get(WHICH) is None
    assert len(cache) == 0


def test_after_many_changes_each_question_still_has_its_own_answer():
    rng = np.random.default_rng(0)
    vectors = {f"Where is N{number}?": rng.standard_normal(8).tolist() for number in range(300)}
    cache = SemanticCache(Embedder(vectors), max_size=50, threshold=0.0)
    for question in vectors:
        cache.put(question, LLMResponse(content=question))
        cache.put(next(iter(vectors)), LLMResponse(content="first"))
    kept = [question for question in vectors if (found := cache.get(question)) and found.content in {question, "first"}]
    assert len(cache) == 50
    assert kept == [*list(vectors)[:1], *list(vectors)[-49:]]


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (SemanticCache, UsageError, "needs one embedder"),
        (lambda: SemanticCache(Embedder(), embedder=Embedder()), UsageError, "needs one embedder"),
        (lambda: SemanticCache(embedder="all-minilm"), WrongTypeError, "not 'all-minilm'"),
        (lambda: SemanticCache(Embedder(), threshold=95), UsageError, "from 0.0 to 1.0, not 95"),
        (lambda: SemanticCache(Embedder(), threshold="high"), WrongTypeError, "from 0.0 to 1.0, not 'high'"),
        (lambda: SemanticCache(Embedder(), max_size=-1), UsageError, "max_size"),
        (lambda: SemanticCache(Embedder(), ttl_seconds=0), UsageError, "ttl_seconds"),
    ],
)
def test_wrong_settings_are_refused(make: Callable[[], SemanticCache], error: type[Exception], told: str):
    with pytest.raises(error, match=told):
        make()


def test_by_hand_what_fails_is_an_error():
    cache = SemanticCache(Embedder({WHAT: RuntimeError("down")}))
    with pytest.raises(RuntimeError, match="down"):
        cache.get(WHAT)
    with pytest.raises(WrongTypeError, match="LLMResponses"):
        cache.put(WHICH, "Paris")
    with pytest.raises(UsageError, match="async"):
        SemanticCache(async_embedder).get(WHAT)
