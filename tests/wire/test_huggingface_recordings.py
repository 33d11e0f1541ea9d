"""Every Hugging Face file of the shared material, through the kit over a socket, compared with what Hugging Face's own library reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from colours import run_unblocked
from huggingface_hub import InferenceClient
from shared_material import MISSING, shared_path
from wire.cassettes import interactions
from wire.replaying import Recorded, replaying

from racto_nb import huggingface_developer_kit as hf
from racto_nb.models import ChatConfig, FinishReason

SHARED = shared_path()
ASK = ChatConfig(user_message="Hi")
ENDED = {"stop": FinishReason.STOP, "tool_calls": FinishReason.TOOL_CALL}
Said = tuple[str, str, list[Any], FinishReason | None, dict[str, int]]
pytestmark = pytest.mark.skipif(SHARED is None, reason=MISSING)


def replies() -> dict[str, Recorded]:
    if SHARED is None:
        return {}
    fixtures = (SHARED / "data" / "wire_fixtures" / "fixtures").glob("hf_*")
    found = {path.name: Recorded(path.read_bytes(), {"content-type": "text/event-stream"}) for path in fixtures}
    recorded = interactions(SHARED / "data" / "cassettes")
    chats = [one for one in recorded if one.file.startswith("huggingface__") and one.kind == "/chat/completions"]
    return found | {one.name: one.reply for one in chats}


REPLIES = replies()


def streams(reply: Recorded) -> bool:
    return "event-stream" in reply.headers["content-type"]


def chatted(kit: hf.Chat) -> Said:
    return of_response(kit.chat(ASK))


def chatted_async(kit: hf.Chat) -> Said:
    async def main() -> Said:
        async with kit:
            return of_response(await kit.achat(ASK))

    return run_unblocked(main())


def streamed(kit: hf.Chat) -> Said:
    *_, last = kit.stream(ASK)
    return of_chunk(last)


def streamed_async(kit: hf.Chat) -> Said:
    async def main() -> Said:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            return of_chunk([chunk async for chunk in chunks][-1])

    return run_unblocked(main())


def of_response(answer: hf.LLMResponse) -> Said:
    return answer.content or "", answer.thinking or "", calls_of(answer.tool_calls), answer.finish_reason, totals(answer.usage)


def of_chunk(last: hf.StreamChunk) -> Said:
    text, thinking = last.accumulated_text, last.accumulated_thinking
    return text, thinking, calls_of(last.tool_calls), last.finish_reason, totals(last.usage)


def calls_of(calls: list[Any]) -> list[Any]:
    return [(call.id, call.name, call.arguments) for call in calls]


def totals(usage: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in usage.items() if name in {"prompt_tokens", "completion_tokens", "total_tokens"}}


def read_by_the_library(reply: Recorded) -> Said:
    """What Hugging Face's library makes of a reply: its typed objects, read without any of our code."""
    messages = [{"role": "user", "content": "Hi"}]
    with replaying([reply]) as server:
        client = InferenceClient(base_url=server.base_url, api_key="hf_of_the_test")
        if streams(reply):
            events = list(client.chat_completion(messages, stream=True))
            parts: list[Any] = [event.choices[0] for event in events if event.choices]
            says: list[Any] = [part.delta for part in parts]
        else:
            events = [client.chat_completion(messages)]
            parts = [events[0].choices[0]]
            says = [parts[0].message]
    calls = [
        (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
        for one in says
        for call in one.get("tool_calls") or []
    ]
    usage: Any = next(event.usage for event in reversed(events) if event.usage)
    counts = {name: usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return (
        "".join(one.content or "" for one in says),
        "".join(one.get("reasoning") or "" for one in says),
        calls,
        next(ENDED[part.finish_reason] for part in parts if part.get("finish_reason")),
        counts,
    )


@pytest.mark.parametrize("name", sorted(REPLIES))
def test_an_answer_is_read_as_the_library_reads_it(name: str):
    reply = REPLIES[name]
    told = read_by_the_library(reply)
    ways: tuple[Callable[[hf.Chat], Said], ...] = (streamed, streamed_async) if streams(reply) else (chatted, chatted_async)
    for way in ways:
        with replaying([reply]) as server, hf.Chat("m", base_url=server.base_url, api_key="hf_of_the_test") as kit:
            assert way(kit) == told
            assert server.asked == ["/v1/chat/completions"]
    assert told[0] or told[2]


def test_no_file_is_forgotten():
    assert {name.partition("__")[0] for name in REPLIES} == {"hf_chat_text.sse", "hf_chat_reasoning.sse", "huggingface"}
    assert len(REPLIES) == 6
