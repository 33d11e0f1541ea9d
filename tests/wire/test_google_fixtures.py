"""Every Gemini file of the shared wire fixtures, through the kit over a socket: what each holds is written down here."""

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

from racto_nb import google_developer_kit as gemini
from racto_nb.exceptions import StreamInterruptedError
from racto_nb.models import ChatConfig, FinishReason, ToolCallResult

SHARED = shared_path()
FOLDER = SHARED / "data" / "wire_fixtures" / "fixtures" if SHARED else None
ASK = ChatConfig(user_message="Hi")
USAGE = {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29, "cached_tokens": 12, "reasoning_tokens": 5}
WEATHER = ToolCallResult(id="fc-1", name="get_weather", arguments={"city": "Paris"})
SIGNED_CALL = {"functionCall": {"id": "fc-1", "name": "get_weather", "args": {"city": "Paris"}}, "thoughtSignature": "U0lH"}
SIGNED_NOTHING = {"text": "", "thoughtSignature": "U0lH"}


@dataclass(frozen=True)
class Whole:
    """An answer that is complete. `kept` are the parts of a streamed one that a later turn sends back."""

    text: str | None = "Hello world"
    thinking: str | None = None
    tool_calls: tuple[ToolCallResult, ...] = ()
    finish_reason: FinishReason = FinishReason.STOP
    kept: tuple[Any, ...] = ({"text": "Hello world"},)


@dataclass(frozen=True)
class Broken:
    """A stream that ends with an error after `Hel`; `says` is a part of its message."""

    says: str


CALLED = Whole(None, None, (WEATHER,), FinishReason.TOOL_CALL, (SIGNED_CALL,))
OVERLOADED = Broken("ended the answer with an error: The model is overloaded.")
EXPECTED: dict[str, Whole | Broken] = {
    "gemini_drop.sse": Broken("the connection broke before the answer was complete"),
    "gemini_error.sse": OVERLOADED,
    "gemini_error_data.sse": OVERLOADED,
    "gemini_json.json": Whole('{"city":"Paris","temp_c":21}'),
    "gemini_text.json": Whole(),
    "gemini_text.sse": Whole(),
    "gemini_thinking.json": Whole(thinking="Thinking briefly."),
    "gemini_thinking.sse": Whole(thinking="Thinking briefly.", kept=({"text": "Hello world"}, SIGNED_NOTHING)),
    "gemini_tool.json": CALLED,
    "gemini_tool.sse": CALLED,
    "gemini_truncated_clean.sse": Broken("stopped before the answer was complete (3 characters had arrived"),
}


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


def recorded(path: Path, *, crlf: bool) -> Recorded:
    """The bytes of a file, on request with the ends of lines that the real wire has; `#DROP` is where the connection breaks."""
    body, drop, _ = path.read_bytes().partition(b"#DROP")
    kind = "application/json" if path.suffix == ".json" else "text/event-stream"
    return Recorded(body.replace(b"\n", b"\r\n") if crlf else body, {"content-type": kind}, dropped=bool(drop))


RUNS = [
    pytest.param(name, way, id=f"{name}-{way.__name__}")
    for name in EXPECTED
    for way in ((chatted, chatted_async) if name.endswith(".json") else (streamed, streamed_async))
]


@pytest.mark.skipif(FOLDER is None, reason=MISSING)
@pytest.mark.parametrize("crlf", [False, True], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("name", "way"), RUNS)
def test_a_fixture_is_read_as_what_it_holds(name: str, way: Callable[[Any], gemini.LLMResponse], crlf: bool):
    assert FOLDER is not None
    expected = EXPECTED[name]
    with replaying([recorded(FOLDER / name, crlf=crlf)]) as server:
        address = server.base_url.removesuffix("/v1")
        with gemini.Chat(base_url=address, api_key="AIza-test", max_retries=2) as kit:
            if isinstance(expected, Broken):
                with pytest.raises(StreamInterruptedError) as caught:
                    way(kit)
                assert caught.value.partial == "Hel"
                assert expected.says in str(caught.value)
            else:
                answer = way(kit)
                assert (answer.content, answer.thinking, tuple(answer.tool_calls)) == (
                    expected.text,
                    expected.thinking,
                    expected.tool_calls,
                )
                assert (answer.finish_reason, answer.usage) == (expected.finish_reason, USAGE)
                if name.endswith(".sse"):
                    parts = next(iter((answer.messages[-1].own or {}).values()), None)
                    more = any({"functionCall", "thoughtSignature"} & part.keys() for part in expected.kept)
                    assert parts == (list(expected.kept) if more else None)
        method = "generateContent" if name.endswith(".json") else "streamGenerateContent?alt=sse"
        assert server.asked == [f"/v1/models/gemini-3.8-flash:{method}"]


@pytest.mark.skipif(FOLDER is None, reason=MISSING)
def test_no_fixture_of_this_api_is_forgotten():
    assert FOLDER is not None
    assert {path.name for path in FOLDER.iterdir() if path.name.startswith("gemini")} == set(EXPECTED)
