"""Every Ollama file of the shared wire fixtures and recordings, through the kit over a socket, compared with its own library.

The recordings are of `/api/generate`, whose lines differ in one name: `response` in place of a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import ollama
import pytest
from colours import run_unblocked
from shared_material import MISSING, shared_path
from wire.replaying import Recorded, replaying

from racto_nb import ollama_developer_kit as local
from racto_nb.exceptions import StreamInterruptedError
from racto_nb.models import ChatConfig, FinishReason

SHARED = shared_path()
FOLDER = SHARED / "data" / "wire_fixtures" / "fixtures" if SHARED else Path()
RECORDINGS = SHARED / "data" / "cassettes" if SHARED else Path()
ASK = ChatConfig(user_message="Hi")
WHOLE = ("text.json", "text.ndjson", "thinking.ndjson", "tool.json", "tool.ndjson")
BROKEN = {
    "drop.ndjson": "the connection broke before the answer was complete",
    "error.ndjson": "ended the answer with an error: an error was encountered while running the model",
    "truncated_clean.ndjson": "stopped before the answer was complete (3 characters had arrived",
}
pytestmark = pytest.mark.skipif(SHARED is None, reason=MISSING)
Said = tuple[str, str, list[Any], FinishReason | None, dict[str, int]]


def chatted(kit: local.Chat) -> Said:
    return of_response(kit.chat(ASK))


def chatted_async(kit: local.Chat) -> Said:
    async def main() -> Said:
        async with kit:
            return of_response(await kit.achat(ASK))

    return run_unblocked(main())


def streamed(kit: local.Chat) -> Said:
    *_, last = kit.stream(ASK)
    return of_chunk(last)


def streamed_async(kit: local.Chat) -> Said:
    async def main() -> Said:
        async with kit, aclosing(kit.astream(ASK)) as chunks:
            return of_chunk([chunk async for chunk in chunks][-1])

    return run_unblocked(main())


def of_response(answer: local.LLMResponse) -> Said:
    calls = [(call.name, call.arguments) for call in answer.tool_calls]
    return answer.content or "", answer.thinking or "", calls, answer.finish_reason, answer.usage


def of_chunk(last: local.StreamChunk) -> Said:
    calls = [(call.name, call.arguments) for call in last.tool_calls]
    return last.accumulated_text, last.accumulated_thinking, calls, last.finish_reason, last.usage


def read_by_the_library(reply: Recorded) -> Said:
    """What Ollama's own library makes of a reply: its typed objects, read without any of our code."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)

    client = ollama.Client("http://recorded", transport=httpx.MockTransport(answer))
    lines: list[Any] = (
        list(client.chat("m", stream=True)) if "ndjson" in reply.headers["content-type"] else [client.chat("m", stream=False)]
    )
    messages, last = [line.message for line in lines], lines[-1]
    calls = [(call.function.name, dict(call.function.arguments)) for one in messages for call in one.tool_calls or []]
    read, written = last.prompt_eval_count, last.eval_count
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    reason = {"stop": FinishReason.STOP, None: FinishReason.STOP}[last.done_reason]
    return (
        "".join(one.content or "" for one in messages),
        "".join(one.thinking or "" for one in messages),
        calls,
        FinishReason.TOOL_CALL if calls else reason,
        usage,
    )


def recorded(path: Path) -> Recorded:
    """The bytes of a file; `#DROP` in it is where the connection breaks."""
    body, drop, _ = path.read_bytes().partition(b"#DROP")
    kind = "application/json" if path.suffix == ".json" else "application/x-ndjson"
    return Recorded(body, {"content-type": kind}, dropped=bool(drop))


def generated() -> list[Recorded]:
    """The recorded answers of `/api/generate`, as chats; a file may hold several."""
    found: list[Recorded] = []
    for path in sorted(RECORDINGS.glob("ollama__native*")):
        if path.suffix == ".json":
            found.append(Recorded(json.dumps(as_chat(json.loads(path.read_text()))).encode()))
            continue
        lines: list[bytes] = []
        for line in path.read_text().splitlines():
            lines.append(json.dumps(as_chat(told := json.loads(line))).encode() + b"\n")
            if told["done"]:
                found.append(Recorded(b"".join(lines), {"content-type": "application/x-ndjson"}))
                lines = []
    return found


def as_chat(line: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": line.pop("response"), "thinking": line.pop("thinking", None)}
    return line | {"message": message}


def ways(reply: Recorded) -> tuple[Callable[[local.Chat], Said], ...]:
    return (streamed, streamed_async) if "ndjson" in reply.headers["content-type"] else (chatted, chatted_async)


@pytest.mark.parametrize("name", WHOLE)
def test_a_fixture_is_read_as_the_library_reads_it(name: str):
    reply = recorded(FOLDER / f"ollama_{name}")
    told = read_by_the_library(reply)
    for way in ways(reply):
        with replaying([reply]) as server, local.Chat("qwen3:4b", base_url=server.base_url) as kit:
            assert way(kit) == told
            assert server.asked == ["/v1/api/chat"]
    assert told[4] == {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29}
    assert told[0] == "" if "tool" in name else told[0] == "Hello world"


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("way", [streamed, streamed_async])
def test_a_broken_fixture_says_what_had_arrived(name: str, way: Callable[[local.Chat], Said]):
    with replaying([recorded(FOLDER / f"ollama_{name}")]) as server, local.Chat(base_url=server.base_url) as kit:
        with pytest.raises(StreamInterruptedError) as caught:
            way(kit)
        assert caught.value.partial == "Hel"
        assert BROKEN[name] in str(caught.value)
        assert len(server.asked) == 1


def test_a_recorded_answer_is_read_as_the_library_reads_it():
    replies = generated()
    assert len(replies) == 5
    for reply in replies:
        told = read_by_the_library(reply)
        assert told[0]
        for way in ways(reply):
            with replaying([reply]) as server, local.Chat(base_url=server.base_url) as kit:
                assert way(kit) == told


def test_no_file_is_forgotten():
    assert {path.name.removeprefix("ollama_") for path in FOLDER.glob("ollama_*")} == {*WHOLE, *BROKEN}
    assert len(list(RECORDINGS.glob("ollama__native*"))) == 3
