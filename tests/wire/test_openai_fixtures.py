"""Every OpenAI file of the shared wire fixtures, through the kit over a socket: what each holds is written down here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from shared_material import MISSING, shared_path
from wire.replaying import Recorded, replaying

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import StreamInterruptedError
from racto_nb.models import ChatConfig, FinishReason, ToolCallResult

SHARED = shared_path()
FOLDER = SHARED / "data" / "wire_fixtures" / "fixtures" if SHARED else None
ASK = ChatConfig(user_message="Hi")
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "cached_tokens": 12,
    "reasoning_tokens": 5,
    "cache_write_tokens": 4,
}
WEATHER = [ToolCallResult(id="call_1", name="get_weather", arguments={"city": "Paris"})]


@dataclass(frozen=True)
class Whole:
    """An answer that is complete."""

    text: str | None = "Hello world"
    thinking: str | None = None
    tool_calls: tuple[ToolCallResult, ...] = ()
    finish_reason: FinishReason = FinishReason.STOP


@dataclass(frozen=True)
class Broken:
    """A stream that ends with an error after `partial`; `says` is a part of its message."""

    partial: str
    says: str


CALLED = Whole(None, tool_calls=tuple(WEATHER), finish_reason=FinishReason.TOOL_CALL)
EXPECTED: dict[str, Whole | Broken] = {
    "hf_chat_reasoning.sse": Whole(thinking="Thinking briefly."),
    "hf_chat_text.sse": Whole(),
    "openai_chat_drop.sse": Broken("Hel", "the connection broke before the answer was complete"),
    "openai_chat_error.sse": Broken("Hel", "ended the answer with an error: The server had an error."),
    "openai_chat_text.json": Whole(),
    "openai_chat_text.sse": Whole(),
    "openai_chat_tool.json": CALLED,
    "openai_chat_tool.sse": CALLED,
    "openai_chat_truncated_clean.sse": Broken("Hel", "stopped before the answer was complete (3 characters had arrived"),
    "openai_responses_drop.sse": Broken("Hello", "the connection broke before the answer was complete"),
    "openai_responses_error.sse": Broken("Hello", "ended the answer with an error: boom."),
    "openai_responses_failed.sse": Broken("Hello", "ended the answer with an error: boom."),
    "openai_responses_incomplete.sse": Whole(finish_reason=FinishReason.LENGTH),
    "openai_responses_reasoning.sse": Whole(thinking="Thinking briefly."),
    "openai_responses_text.json": Whole(thinking="Thinking briefly."),
    "openai_responses_text.sse": Whole(),
    "openai_responses_tool.json": CALLED,
    "openai_responses_tool.sse": CALLED,
}


@dataclass(frozen=True)
class Said:
    """An answer, whole or streamed."""

    text: str | None
    thinking: str | None
    tool_calls: tuple[ToolCallResult, ...]
    finish_reason: FinishReason | None
    usage: dict[str, int]


def chatted(kit: gpt.Chat) -> Said:
    return _of_response(kit.chat(ASK))


def chatted_async(kit: gpt.Chat) -> Said:
    async def main() -> Said:
        async with kit:
            return _of_response(await kit.achat(ASK))

    return run_unblocked(main())


def streamed(kit: gpt.Chat) -> Said:
    *_, last = kit.stream(ASK)
    return _of_chunk(last)


def streamed_async(kit: gpt.Chat) -> Said:
    async def main() -> Said:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            return _of_chunk([chunk async for chunk in chunks][-1])

    return run_unblocked(main())


def _of_response(answer: gpt.LLMResponse) -> Said:
    return Said(answer.content, answer.thinking, tuple(answer.tool_calls), answer.finish_reason, answer.usage)


def _of_chunk(last: gpt.StreamChunk) -> Said:
    text, thinking = last.accumulated_text or None, last.accumulated_thinking or None
    return Said(text, thinking, tuple(last.tool_calls), last.finish_reason, last.usage)


def recorded(path: Path) -> Recorded:
    """The bytes of a file; `#DROP` in it is where the connection breaks."""
    body, drop, _ = path.read_bytes().partition(b"#DROP")
    kind = "application/json" if path.suffix == ".json" else "text/event-stream"
    return Recorded(body, {"content-type": kind}, dropped=bool(drop))


RUNS = [
    pytest.param(name, way, id=f"{name}-{way.__name__}")
    for name in EXPECTED
    for way in ((chatted, chatted_async) if name.endswith(".json") else (streamed, streamed_async))
]


@pytest.mark.skipif(FOLDER is None, reason=MISSING)
@pytest.mark.parametrize(("name", "way"), RUNS)
def test_a_fixture_is_read_as_what_it_holds(name: str, way: Callable[[Any], Said]):
    assert FOLDER is not None
    expected = EXPECTED[name]
    api = "responses" if "responses" in name else "chat"
    with replaying([recorded(FOLDER / name)]) as server, gpt.Chat(base_url=server.base_url, api=api, max_retries=2) as kit:
        if isinstance(expected, Broken):
            with pytest.raises(StreamInterruptedError) as caught:
                way(kit)
            assert caught.value.partial == expected.partial
            assert expected.says in str(caught.value)
        else:
            assert way(kit) == Said(expected.text, expected.thinking, expected.tool_calls, expected.finish_reason, USAGE)
        assert server.asked == ["/v1/responses" if api == "responses" else "/v1/chat/completions"]


@pytest.mark.skipif(FOLDER is None, reason=MISSING)
def test_no_fixture_of_this_api_is_forgotten():
    assert FOLDER is not None
    assert {path.name for path in FOLDER.iterdir() if path.name.startswith(("openai", "hf_chat"))} == set(EXPECTED)
