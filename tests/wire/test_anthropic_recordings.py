"""Every fixture and recording of Anthropic's, through the kit over a socket, compared with what Anthropic's own SDK reads."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from colours import run_unblocked
from shared_material import MISSING, shared_path
from wire.anthropic_recordings import MESSAGES, read_by_the_sdk, recorded, recorded_interactions
from wire.replaying import Recorded, replaying

from racto_nb import anthropic_developer_kit as claude
from racto_nb.exceptions import StreamInterruptedError
from racto_nb.models import FinishReason
from racto_nb.testing import FakeBody, FakeProvider

SHARED = shared_path()
ASK = claude.ChatConfig(user_message="Hi")
ALL = recorded_interactions(SHARED / "data" / "cassettes") if SHARED else []
FIXTURES = sorted((SHARED / "data/wire_fixtures/fixtures").glob("anthropic_*")) if SHARED else []
BROKEN = {
    "anthropic_drop.sse": "the connection broke before the answer was complete",
    "anthropic_error.sse": "ended the answer with an error: Overloaded.",
    "anthropic_truncated_clean.sse": "stopped before the answer was complete (5 characters had arrived",
}
WHOLE = {path.name: recorded(path) for path in FIXTURES if path.name not in BROKEN}
WHOLE |= {one.name: one.reply for one in ALL if one.kind == MESSAGES}
ENDED = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "tool_use": FinishReason.TOOL_CALL,
}
OTHERS = {"/v1/messages/batches", "/v1/messages/count_tokens"}
"""Endpoints that this provider does not use."""
pytestmark = pytest.mark.skipif(SHARED is None, reason=MISSING)


def chatted(kit: claude.Chat) -> claude.LLMResponse:
    return kit.chat(ASK)


def chatted_async(kit: claude.Chat) -> claude.LLMResponse:
    async def main() -> claude.LLMResponse:
        async with kit:
            return await kit.achat(ASK)

    return run_unblocked(main())


def streamed(kit: claude.Chat) -> claude.LLMResponse:
    running = kit.stream(ASK)
    while True:
        try:
            next(running)
        except StopIteration as done:
            return done.value


def streamed_async(kit: claude.Chat) -> claude.LLMResponse:
    """The last chunk as a response. It does not say which model answered."""

    async def main() -> claude.LLMResponse:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            last = [chunk async for chunk in chunks][-1]
        return claude.LLMResponse(
            content=last.accumulated_text or None,
            thinking=last.accumulated_thinking or None,
            tool_calls=last.tool_calls,
            finish_reason=last.finish_reason or FinishReason.ERROR,
            usage=last.usage,
        )

    return run_unblocked(main())


def ways_for(reply: Recorded) -> tuple[Any, ...]:
    return (streamed, streamed_async) if "event-stream" in reply.headers["content-type"] else (chatted, chatted_async)


RUNS = [pytest.param(reply, way, id=f"{name}-{way.__name__}") for name, reply in WHOLE.items() for way in ways_for(reply)]


@pytest.mark.parametrize(("reply", "way"), RUNS)
def test_an_answer_is_read_as_the_sdk_reads_it(reply: Recorded, way: Callable[[claude.Chat], claude.LLMResponse]):
    told = read_by_the_sdk(reply)
    with replaying([reply]) as server, claude.Chat(base_url=server.base_url, max_retries=0) as kit:
        answer = way(kit)
        assert server.asked == ["/v1/messages"]
    assert (answer.content or "", answer.thinking or "") == (told.text, told.thinking)
    assert [(call.id, call.name, call.arguments) for call in answer.tool_calls] == told.calls
    assert answer.finish_reason == ENDED[str(told.ended)]
    assert answer.model in {told.model, None}
    assert (answer.model is None) == (way is streamed_async)
    expected = {"prompt_tokens": told.prompt, "completion_tokens": told.completion, "total_tokens": told.prompt + told.completion}
    kept = told.cache_write or None
    details = {"cached_tokens": told.cached, "reasoning_tokens": told.reasoning, "cache_write_tokens": kept}
    assert answer.usage == expected | {name: count for name, count in details.items() if count is not None}


@pytest.mark.parametrize("way", [streamed, streamed_async])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_stream_keeps_what_had_come(name: str, way: Callable[[claude.Chat], claude.LLMResponse]):
    reply = next(recorded(path) for path in FIXTURES if path.name == name)
    with replaying([reply]) as server, claude.Chat(base_url=server.base_url, max_retries=2) as kit:
        with pytest.raises(StreamInterruptedError) as caught:
            way(kit)
        assert len(server.asked) == 1
    assert caught.value.partial == "Hello"
    assert BROKEN[name] in str(caught.value)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_stream_may_be_cut_anywhere(line_end: bytes):
    chance = random.Random(4)
    for reply in [reply for reply in WHOLE.values() if ways_for(reply)[0] is streamed]:
        told, body = read_by_the_sdk(reply), reply.body.replace(b"\n", line_end)
        cuts = tuple(sorted(chance.sample(range(1, len(body)), 40)))
        with FakeProvider([FakeBody(body, "text/event-stream", splits=cuts)]) as server:
            kit = claude.Chat(api_key="k", base_url=server.base_url("anthropic"))
            answer = streamed(kit)
            kit.close()
        assert (answer.content or "", answer.thinking or "") == (told.text, told.thinking)


def test_no_recording_is_forgotten():
    assert {one.kind for one in ALL} - {MESSAGES} == OTHERS
    assert {one.reply.status for one in ALL} == {200}
    assert len(RUNS) >= 2 * (len(FIXTURES) - len(BROKEN) + 9)
    assert {path.name for path in FIXTURES} >= set(BROKEN)
