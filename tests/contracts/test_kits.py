"""What every kit promises, in both colours: one suite, one table of kits."""

from __future__ import annotations

import asyncio
import functools
import itertools
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, closing
from typing import Any

import pytest
from colours import run_unblocked
from contracts.kit_table import KITS, KitEntry
from pydantic import BaseModel

from racto_nb.exceptions import (
    ModelNotFoundError,
    RactoGatewayTimeoutError,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason, LLMResponse, Message, StreamChunk
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit, FakeReply

ASK = ChatConfig(user_message="Say hello.", max_tokens=12)
SAMPLED = ChatConfig(user_message="Tell me a story.", temperature=1.0, max_tokens=16, extra={"seed": 7})
PROMPT = RactoPrompt(role="You are brief.", aim="Answer in one word.", constraints="", tone="", output_format="text")


class Weather(BaseModel):
    """Weather in a city."""

    city: str
    warm: bool


class Sync:
    name = "sync"

    def chat(self, kit: DeveloperKit, config: Any) -> LLMResponse:
        return kit.chat(config)

    def stream(self, kit: DeveloperKit, config: Any, *, most: int | None = None) -> list[StreamChunk]:
        with closing(kit.stream(config)) as running:
            return list(itertools.islice(running, most))

    def embed(self, kit: DeveloperKit, config: Any) -> Any:
        return kit.embed(config)

    def used_and_closed(self, kit: DeveloperKit) -> str | None:
        with kit as same:
            assert same is kit
            return kit.chat(ASK).content


class Async:
    name = "async"

    def chat(self, kit: DeveloperKit, config: Any) -> LLMResponse:
        return run_unblocked(kit.achat(config))

    def stream(self, kit: DeveloperKit, config: Any, *, most: int | None = None) -> list[StreamChunk]:
        async def main() -> list[StreamChunk]:
            chunks: list[StreamChunk] = []
            async with aclosing(kit.astream(config)) as running:
                async for chunk in running:
                    chunks.append(chunk)
                    if len(chunks) == most:
                        break
            return chunks

        return run_unblocked(main())

    def embed(self, kit: DeveloperKit, config: Any) -> Any:
        return run_unblocked(kit.aembed(config))

    def used_and_closed(self, kit: DeveloperKit) -> str | None:
        async def main() -> str | None:
            async with kit as same:
                assert same is kit
                return (await kit.achat(ASK)).content

        return run_unblocked(main())


@pytest.fixture(params=[Sync(), Async()], ids=lambda colour: colour.name)
def colour(request: pytest.FixtureRequest) -> Sync | Async:
    return request.param


@pytest.fixture(params=[pytest.param(entry, marks=entry.marks, id=entry.name) for entry in KITS])
def entry(request: pytest.FixtureRequest) -> KitEntry:
    if gap := request.param.gaps.get(request.node.originalname):
        request.applymarker(pytest.mark.xfail(strict=True, raises=gap.raises, reason=f"{gap.kind}: {gap.reason}"))
    return request.param


@pytest.fixture
def make(entry: KitEntry) -> Iterator[Callable[..., DeveloperKit]]:
    with ExitStack() as room:
        yield functools.partial(entry.make, room)


def test_a_chat_gives_text_a_reason_to_stop_usage_and_the_models_name(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make()
    answer = colour.chat(kit, ASK)
    assert answer.content
    assert answer.finish_reason in {FinishReason.STOP, FinishReason.LENGTH}
    assert answer.usage["prompt_tokens"] > 0
    assert answer.usage["completion_tokens"] > 0
    assert answer.usage["total_tokens"] == answer.usage["prompt_tokens"] + answer.usage["completion_tokens"]
    assert answer.model == kit.model


def test_a_stream_has_exactly_one_final_chunk_its_last(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    chunks = colour.stream(make(), ASK)
    assert [chunk.is_final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert len(chunks) > 1


def test_the_deltas_of_a_stream_are_its_text(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    chunks = colour.stream(make(), ASK)
    said = list(itertools.accumulate(chunk.delta.text for chunk in chunks))
    assert [chunk.accumulated_text for chunk in chunks] == said


def test_the_final_chunk_carries_the_usage_and_the_reason(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    *others, last = colour.stream(make(), ASK)
    assert last.usage["completion_tokens"] > 0
    assert last.finish_reason in {FinishReason.STOP, FinishReason.LENGTH}
    assert all(chunk.finish_reason is None and not chunk.usage for chunk in others)


def test_a_stream_says_what_a_chat_says(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    config = ASK.model_copy(update={"extra": {"seed": 1}})
    kit = make()
    whole = colour.chat(kit, config)
    *_, last = colour.stream(kit, config)
    assert (last.accumulated_text, last.finish_reason) == (whole.content, whole.finish_reason)


def test_a_seed_repeats_a_sampled_answer(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make()
    first = colour.chat(kit, SAMPLED)
    colour.chat(kit, ASK)
    assert colour.chat(kit, SAMPLED).content == first.content


def test_the_answer_ends_before_a_stop_word(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make()
    whole = colour.chat(kit, ASK).content or ""
    word = whole.split()[1]
    answer = colour.chat(kit, ASK.model_copy(update={"extra": {"stop": [word]}}))
    assert answer.content == whole[: whole.index(word)]
    assert answer.finish_reason is FinishReason.STOP


def test_max_tokens_ends_the_answer_and_says_so(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    answer = colour.chat(make(), ChatConfig(user_message="Count to a hundred.", max_tokens=3))
    assert answer.finish_reason is FinishReason.LENGTH
    assert answer.usage["completion_tokens"] <= 3


def test_a_response_model_gives_the_dump_of_a_valid_instance(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make(says=['{"city": "Oslo", "warm": false}'])
    config = ChatConfig(user_message="Weather in Oslo? Cold.", response_model=Weather, max_tokens=60)
    parsed = colour.chat(kit, config).parsed
    assert Weather.model_validate(parsed).model_dump() == parsed
    *_, last = colour.stream(kit, config)
    assert Weather.model_validate(last.parsed).model_dump() == last.parsed


def test_an_answer_with_labels_is_one_of_them(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    labels = ["shipping", "billing", "ship"]
    answer = colour.chat(make(), ChatConfig(user_message="My parcel is late.", extra={"labels": labels}))
    assert answer.content in labels


def test_the_history_is_read(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit, history = make(), [Message(role="user", content="My name is Ada."), Message(role="assistant", content="Hello Ada.")]
    without = colour.chat(kit, ASK).usage["prompt_tokens"]
    assert colour.chat(kit, ASK.model_copy(update={"history": history})).usage["prompt_tokens"] >= without + 6


def test_the_prompt_is_read(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    without = colour.chat(make(), ASK).usage["prompt_tokens"]
    of_the_call = colour.chat(make(), ASK.model_copy(update={"prompt": PROMPT})).usage["prompt_tokens"]
    of_the_kit = colour.chat(make(default_prompt=PROMPT), ASK).usage["prompt_tokens"]
    assert of_the_call == of_the_kit >= without + 50


def test_an_unknown_extra_is_refused_with_the_nearest_name(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    config = ASK.model_copy(update={"extra": {"sead": 1}})
    for ask in (colour.chat, colour.stream):
        with pytest.raises(UnsupportedError, match=r"'sead'.*Did you mean 'seed'.*Nothing was sent") as caught:
            ask(make(), config)
        assert caught.value.wish == "extra['sead']"


def test_something_else_than_a_config_is_refused_with_what_to_write(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    for wrong in ("Hi", {"user_message": "Hi"}, None):
        for ask in (colour.chat, colour.stream):
            with pytest.raises(WrongTypeError, match=r"Write: kit.chat\(ChatConfig\(user_message="):
                ask(make(), wrong)
        with pytest.raises(WrongTypeError, match=r"Write: kit.embed\(EmbeddingConfig\(texts="):
            colour.embed(make(), wrong)


def test_a_prompt_can_be_required(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make(require_prompt=True)
    with pytest.raises(UsageError, match="No prompt"):
        colour.chat(kit, ASK)
    assert colour.chat(kit, ASK.model_copy(update={"prompt": PROMPT})).content


def test_a_timeout_ends_the_call_with_a_typed_error_and_the_kit_goes_on(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make(says=[FakeReply(("a ", "b"), delay=0.01)])
    long = ChatConfig(user_message="Tell me everything about the sea.", max_tokens=400)
    for ask in (colour.chat, colour.stream):
        with pytest.raises(RactoGatewayTimeoutError, match="in time"):
            ask(kit.with_timeout(0.001), long)
    assert colour.chat(kit, ASK).content


def test_vectors_come_in_the_order_of_the_texts(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit, texts = make(), ["a long text about cats and dogs", "x", "a text about tax law"]
    together = colour.embed(kit, EmbeddingConfig(texts=texts))
    assert [(vector.index, vector.text) for vector in together.vectors] == list(enumerate(texts))
    for vector in together.vectors:
        (alone,) = colour.embed(kit, EmbeddingConfig(texts=[vector.text])).vectors
        assert alone.embedding == pytest.approx(vector.embedding, abs=1e-5)


def test_all_vectors_have_one_size_and_length_one(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    response = colour.embed(make(), EmbeddingConfig(texts=["cat", "the law of the sea", "42"]))
    assert len({len(vector.embedding) for vector in response.vectors}) == 1
    assert all(math.hypot(*vector.embedding) == pytest.approx(1.0, abs=1e-5) for vector in response.vectors)
    assert response.usage["prompt_tokens"] > 0
    assert response.model


def test_a_kit_can_be_closed_and_used_again(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make()
    first = colour.chat(kit, ASK).content
    kit.close()
    kit.close()
    asyncio.run(kit.aclose())
    assert colour.chat(kit, ASK).content == first


def test_a_kit_is_a_context_manager(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    assert colour.used_and_closed(make())


def test_two_kits_answer_in_turns(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    one, other = make(), make()
    first = colour.chat(one, ASK).content
    assert colour.chat(other, ASK).content == colour.chat(one, ASK).content == first


def test_leaving_a_stream_early_frees_the_kit_for_the_next_call(colour: Sync | Async, make: Callable[..., DeveloperKit]):
    kit = make()
    expected = colour.chat(kit, ASK).content
    (chunk,) = colour.stream(kit, ChatConfig(user_message="Tell me everything about the sea.", max_tokens=400), most=1)
    assert not chunk.is_final
    if isinstance(kit, FakeKit):
        assert kit.open_streams == 0
    assert colour.chat(kit, ASK).content == expected


def test_two_streams_of_one_kit_can_be_read_in_turns(make: Callable[..., DeveloperKit]):
    kit = make()
    with closing(kit.stream(ASK)) as left, closing(kit.stream(ASK)) as right:
        next(left)
        rest = list(left), list(right)
    assert rest[0][-1].accumulated_text == rest[1][-1].accumulated_text


def test_one_kit_serves_two_threads_each_with_a_loop_of_its_own(make: Callable[..., DeveloperKit]):
    kit, found = make(), []

    def one() -> None:
        found.append(asyncio.run(kit.achat(ASK)).content)
        found.append(kit.chat(ASK).content)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_several_calls_on_one_loop_are_all_answered(make: Callable[..., DeveloperKit]):
    kit = make()

    async def main() -> list[str | None]:
        return [answer.content for answer in await asyncio.gather(*(kit.achat(ASK) for _ in range(3)))]

    answers = run_unblocked(main())
    assert len(set(answers)) == 1


def test_a_kit_says_its_class_and_model(make: Callable[..., DeveloperKit]):
    kit = make()
    assert repr(kit) == f"{type(kit).__name__}(model={kit.model!r})"


@pytest.mark.model
def test_a_model_that_nobody_knows_is_refused_when_the_kit_is_made():
    from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit

    with pytest.raises(ModelNotFoundError, match="Did you mean 'smollm2-135m'"):
        EmbeddedDeveloperKit("smollm-135")
