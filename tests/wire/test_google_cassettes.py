"""Recordings of Google's real servers, through the kit over a socket, compared with what Google's own SDK reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

import pytest
from colours import run_unblocked
from shared_material import MISSING, shared_path
from wire.cassettes import Interaction, interactions
from wire.replaying import replaying

from racto_nb import google_developer_kit as gemini
from racto_nb.exceptions import ModelNotFoundError
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason

KINDS = (":generateContent", ":streamGenerateContent", ":batchEmbedContents")
SHARED = shared_path()
ALL = interactions(SHARED / "data" / "cassettes", ("google__",), KINDS) if SHARED else []
ANSWERS = [one for one in ALL if one.kind in KINDS[:2] and one.reply.status == 200]
ASK = ChatConfig(user_message="Hi")
ENDED = {"STOP": FinishReason.STOP, "SAFETY": FinishReason.CONTENT_FILTER}
pytestmark = pytest.mark.skipif(SHARED is None, reason=MISSING)


def chatted(kit: gemini.Chat) -> gemini.LLMResponse:
    return kit.chat(ASK)


def chatted_async(kit: gemini.Chat) -> gemini.LLMResponse:
    async def main() -> gemini.LLMResponse:
        async with kit:
            return await kit.achat(ASK)

    return run_unblocked(main())


def streamed(kit: gemini.Chat) -> gemini.LLMResponse:
    *_, last = kit.stream(ASK)
    return last.response


def streamed_async(kit: gemini.Chat) -> gemini.LLMResponse:
    async def main() -> gemini.LLMResponse:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            return [chunk async for chunk in chunks][-1].response

    return run_unblocked(main())


RUNS = [
    pytest.param(one, way, id=f"{one.name}-{way.__name__}")
    for one in ANSWERS
    for way in ((streamed, streamed_async) if one.streamed else (chatted, chatted_async))
]


def kit_on(address: str) -> gemini.Chat:
    return gemini.Chat("gemini-3.8-flash", base_url=address.removesuffix("/v1"), api_key="AIza-test", max_retries=0)


@pytest.mark.parametrize(("one", "way"), RUNS)
def test_a_recorded_answer_is_read_as_the_sdk_reads_it(one: Interaction, way: Callable[[gemini.Chat], gemini.LLMResponse]):
    from wire.google_sdk import read_by_the_sdk

    told = read_by_the_sdk(one)
    with replaying([one.reply]) as server, kit_on(server.base_url) as kit:
        answer = way(kit)
    assert (answer.content or "", answer.thinking or "") == (told.text, told.thinking)
    assert [(call.id, call.name, call.arguments) for call in answer.tool_calls] == told.calls
    expected = FinishReason.TOOL_CALL if told.calls else ENDED[str(told.ended)]
    assert (answer.finish_reason, answer.model) == (expected, told.model)
    counts = told.usage
    assert answer.usage["prompt_tokens"] == counts["prompt"]
    assert answer.usage["completion_tokens"] == (counts["candidates"] or 0) + (counts["thoughts"] or 0)
    assert answer.usage["total_tokens"] == counts["total"]
    assert answer.usage.get("reasoning_tokens") == counts["thoughts"]
    assert answer.usage.get("cached_tokens") == counts["cached"]


@pytest.mark.parametrize("way", [streamed, streamed_async], ids=lambda way: way.__name__)
def test_signatures_in_a_recorded_stream_are_kept_in_their_order(way: Callable[[gemini.Chat], gemini.LLMResponse]):
    for one in (one for one in ANSWERS if one.streamed and b"thoughtSignature" in one.reply.body):
        with replaying([one.reply]) as server, kit_on(server.base_url) as kit:
            answer = way(kit)
        parts = next(iter((answer.messages[-1].own or {}).values()))
        assert "".join(part.get("text", "") for part in parts) == (answer.content or "")
        assert [part["thoughtSignature"].encode() in one.reply.body for part in parts if "thoughtSignature" in part]
        assert [part["functionCall"]["name"] for part in parts if "functionCall" in part] == [
            call.name for call in answer.tool_calls
        ]


def test_recorded_vectors_are_read_as_the_sdk_reads_them():
    from wire.google_sdk import vectors_read_by_the_sdk

    (one,) = [one for one in ALL if one.kind == ":batchEmbedContents"]
    with replaying([one.reply]) as server, kit_on(server.base_url) as kit:
        answer = kit.embed(EmbeddingConfig(texts=["a"], dimensions=768))
    assert [vector.embedding for vector in answer.vectors] == vectors_read_by_the_sdk(one)


def test_a_recorded_404_names_the_model_and_is_not_asked_again():
    (one,) = [one for one in ALL if one.reply.status == 404]
    with replaying([one.reply] * 3) as server:
        address = server.base_url.removesuffix("/v1")
        with (
            gemini.Chat("gemini-3.6-flahs", base_url=address, api_key="AIza-test") as kit,
            pytest.raises(ModelNotFoundError) as caught,
        ):
            kit.chat(ASK)
        assert len(server.asked) == 1
    assert caught.value.suggestions[0] == "gemini-3.6-flash"


def test_no_interaction_is_forgotten():
    others = {one.kind.rpartition(":")[2] for one in ALL if one.kind not in KINDS}
    assert others == {"batchGenerateContent", "countTokens"}
    assert len(ANSWERS) >= 6
    assert {one.streamed for one in ANSWERS} == {True, False}
