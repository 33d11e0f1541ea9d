"""Recordings of real servers that speak OpenAI's API, through the kit over a socket, compared with what OpenAI's own SDK reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

import pytest
from colours import run_unblocked
from shared_material import MISSING, shared_path
from wire.cassettes import KINDS, Interaction, interactions
from wire.replaying import replaying

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import ModelNotFoundError, RactoGatewayAPIError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason

SHARED = shared_path()
ALL = interactions(SHARED / "data" / "cassettes") if SHARED else []
ANSWERS = [one for one in ALL if one.kind in KINDS and one.reply.status == 200]
ASK = ChatConfig(user_message="Hi")
ENDED = {
    "stop": FinishReason.STOP,
    "completed": FinishReason.STOP,
    "tool_calls": FinishReason.TOOL_CALL,
    "length": FinishReason.LENGTH,
}
OTHERS = {
    ("openai__test_batch_chat__test_can_submit_openai_batch", "/v1/files"),
    ("openai__test_batch_chat__test_can_submit_openai_batch", "/v1/batches"),
    (
        "huggingface__test_stream_close__test_cancel_recorded_provider_stream_huggingface",
        "/api/models/meta-llama/Llama-3.1-8B-Instruct",
    ),
}
"""Interactions with other endpoints, which this provider does not use."""
COUNTED_IN_THE_TOTAL_ONLY = {
    "openai__test_openai__test_compatible_api_with_tool_calls_without_id#0": 62,
    "openai__test_openai__test_compatible_api_with_tool_calls_without_id#1": 28,
}
"""Tokens of reasoning that this server counts in the total and nowhere else. They are written text, and cost as much."""
pytestmark = pytest.mark.skipif(SHARED is None, reason=MISSING)


def chatted(kit: gpt.Chat) -> gpt.LLMResponse:
    return kit.chat(ASK)


def chatted_async(kit: gpt.Chat) -> gpt.LLMResponse:
    async def main() -> gpt.LLMResponse:
        async with kit:
            return await kit.achat(ASK)

    return run_unblocked(main())


def streamed(kit: gpt.Chat) -> gpt.LLMResponse:
    running = kit.stream(ASK)
    while True:
        try:
            next(running)
        except StopIteration as done:
            return done.value


def streamed_async(kit: gpt.Chat) -> gpt.LLMResponse:
    """The last chunk as a response. It does not say which model answered."""

    async def main() -> gpt.LLMResponse:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            last = [chunk async for chunk in chunks][-1]
        ended = last.finish_reason or FinishReason.ERROR
        return gpt.LLMResponse(content=last.accumulated_text, tool_calls=last.tool_calls, finish_reason=ended, usage=last.usage)

    return run_unblocked(main())


RUNS = [
    pytest.param(one, way, id=f"{one.name}-{way.__name__}")
    for one in ANSWERS
    for way in ((streamed, streamed_async) if one.streamed else (chatted, chatted_async))
]


def kit_for(one: Interaction, base_url: str) -> gpt.Chat:
    return gpt.Chat("recorded", base_url=base_url, api="responses" if one.kind == "/responses" else "chat")


@pytest.mark.parametrize(("one", "way"), RUNS)
def test_a_recorded_answer_is_read_as_the_sdk_reads_it(one: Interaction, way: Callable[[gpt.Chat], gpt.LLMResponse]):
    from wire.sdk_reading import read_by_the_sdk

    told = read_by_the_sdk(one)
    with replaying([one.reply]) as server, kit_for(one, server.base_url) as kit:
        answer = way(kit)
    assert (answer.content or "") == told.text
    assert [(call.id, call.name, call.arguments) for call in answer.tool_calls] == told.calls
    assert answer.finish_reason == ENDED[str(told.ended)]
    assert answer.model in {told.model, None}
    assert (answer.model is None) == (way is streamed_async)
    unsaid = COUNTED_IN_THE_TOTAL_ONLY.get(one.name, 0)
    prompt, completion, total = told.usage or (0, 0, 0)
    expected = {"prompt_tokens": prompt, "completion_tokens": completion + unsaid, "total_tokens": total}
    details = {
        "cached_tokens": told.cached,
        "reasoning_tokens": unsaid or told.reasoning,
        "cache_write_tokens": told.cache_write or None,
    }
    assert answer.usage == expected | {name: count for name, count in details.items() if count is not None}


def test_no_interaction_is_forgotten():
    assert {(one.file, one.kind) for one in ALL if one.kind not in KINDS} == OTHERS
    assert len(ANSWERS) >= 40
    assert {one.kind for one in ANSWERS} == {"/chat/completions", "/responses"}
    assert {one.streamed for one in ANSWERS} == {True, False}
    assert {(one.file, one.reply.status) for one in ALL if one.reply.status != 200} == {
        ("openai__test_embeddings__TestOpenAI.test_embed_error", 404),
        ("openai__test_openai__test_openai_o1_mini_system_role_system", 400),
        ("openai__test_openrouter__test_openrouter_errors_raised", 429),
    }


def recorded_with(status: int) -> list[Interaction]:
    return [one for one in ALL if one.reply.status == status]


def impatient(kit: gpt.Chat) -> gpt.Chat:
    """`kit`, coming again at once where it would wait."""
    kit._settings = replace(kit._settings, retry=RetryPolicy(retries=2, first_delay=0.0))
    return kit


def test_a_recorded_400_is_not_asked_again():
    (one,) = recorded_with(400)
    with replaying([one.reply] * 3) as server, impatient(kit_for(one, server.base_url)) as kit:
        with pytest.raises(RactoGatewayAPIError) as caught:
            kit.chat(ASK)
        assert len(server.asked) == 1
    assert caught.value.status_code == 400
    assert "Unsupported value: 'messages[0].role' does not support 'system' with this model." in str(caught.value)


def test_a_recorded_404_of_an_embedding_model_names_the_model():
    (one,) = recorded_with(404)
    with replaying([one.reply] * 3) as server, impatient(kit_for(one, server.base_url)) as kit:
        with pytest.raises(ModelNotFoundError, match="`nonexistent` does not exist") as caught:
            kit.embed(EmbeddingConfig(texts=["a"], model="nonexistent"))
        assert server.asked == ["/v1/embeddings"]
    assert caught.value.name == "nonexistent"


def test_a_recorded_429_is_asked_again_as_often_as_allowed():
    limited = recorded_with(429)
    good = next(one for one in ANSWERS if one.kind == "/chat/completions" and not one.streamed)
    with replaying([one.reply for one in limited]) as server, impatient(kit_for(limited[0], server.base_url)) as kit:
        with pytest.raises(RactoGatewayAPIError, match="HTTP 429: Provider returned error") as caught:
            kit.chat(ASK)
        assert len(server.asked) == len(limited) == 3
    assert caught.value.status_code == 429
    with replaying([limited[0].reply, good.reply]) as server, impatient(kit_for(good, server.base_url)) as kit:
        assert kit.chat(ASK).finish_reason is not FinishReason.ERROR
        assert len(server.asked) == 2
