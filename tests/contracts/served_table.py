"""The kits behind HTTP, and what their contracts need to know of each. A later kit is one more entry per API.

Their provider is a `FakeProvider`: a real server on this machine. `Sync` and `Asynchronous` are the two ways to call, behind one face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

from colours import run_unblocked

from racto_nb.google_developer_kit import GoogleDeveloperKit
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig, LLMResponse, StreamChunk
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.testing import FakeFault, FakeProvider

KEY = "sk-proj-Q7x2Lm9Rt4Vb8Nc3Zd6Kf1Hs5"
OTHER_KEY = "sk-proj-another-key-that-is-right"
ASK = ChatConfig(user_message="Say hello.")
NO_CREDIT = FakeFault(status=429, code="insufficient_quota")
TOO_LONG = FakeFault(status=400, code="context_length_exceeded", message="Too many tokens")


@dataclass(frozen=True)
class Served:
    """A kit and the API it is to speak, which is the `wire` of a FakeProvider.

    `misspelt` is a model's name one letter off `model`. `recorded` is a short whole stream that says `Hé, 你好!`, and `terminator`
    is in the event after which the answer is complete. What follows tells how the provider says what all of them say: `no_credit`
    (None: in no way of its own), `too_long`, `no_vectors`; whether it `says_to_retry` in a header; where texts are embedded; how
    thinking is asked for, and whether it `shows_thinking`; a tool, and the parts of the last turn, in the body of a request; and
    a stream in which a call is cut (None: calls come whole).
    """

    name: str
    kit_class: type[DeveloperKit]
    wire: str
    key_variable: str
    model: str
    misspelt: str
    recorded: bytes
    terminator: bytes
    options: Mapping[str, Any] = field(default_factory=dict)
    no_credit: FakeFault | None = NO_CREDIT
    too_long: FakeFault = TOO_LONG
    says_to_retry: bool = True
    embeds_at: str = "POST /v1/embeddings"
    no_vectors: Mapping[str, Any] = field(default_factory=lambda: {"data": []})
    thinking: Mapping[str, Any] = field(default_factory=dict)
    shows_thinking: bool = True
    tool_in: Callable[[Any], Any] = lambda body: body["tools"][0].get("function", body["tools"][0])
    required_in: Callable[[Any], Any] = lambda tool: None if tool["strict"] else tool["parameters"]["required"]
    parts_in: Callable[[Any], Any] = lambda body: (body.get("input") or body.get("messages"))[-1]["content"]
    names_files: bool = True
    cut_call: bytes | None = None
    refused: tuple[Mapping[str, Any], ...] = ({"temperature": 0.7}, {"extra": {"max_token": 5}})

    def open(self, server: FakeProvider, **more: Any) -> DeveloperKit:
        return self.at(server.base_url(self.wire), **more)

    def at(self, address: str, **more: Any) -> DeveloperKit:
        given = {"model": self.model, "api_key": KEY, "base_url": address, **self.options, **more}
        return self.kit_class(**given)


RESPONSES_STREAM = """\
event: response.created
data: {"type":"response.created","response":{"id":"r","status":"in_progress","output":[]}}

: a comment
event: response.output_text.delta
data: {"type":"response.output_text.delta","output_index":0,"delta":"Hé, "}

event: response.output_text.delta
data: {"type":"response.output_text.delta","output_index":0,"delta":"你好!"}

event: response.completed
data: {"type":"response.completed","response":{"id":"r","model":"gpt-6-luna","status":"completed","usage":{"input_tokens":3,"output_tokens":2}}}

""".encode()
CHAT_STREAM = """\
data: {"id":"c","model":"gpt-6-luna","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

: a comment
data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hé, "}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"content":"你好!"}}]}

data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}

data: [DONE]

""".encode()

GEMINI_STREAM = """\
data: {"candidates":[{"content":{"parts":[{"text":"Hé, "}],"role":"model"},"index":0}],"modelVersion":"gemini-3.8-flash"}

: a comment
data: {"candidates":[{"content":{"parts":[{"text":"你好!"}],"role":"model"},"index":0}],"modelVersion":"gemini-3.8-flash"}

data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}

""".encode()

SERVED = (
    Served(
        name="OpenAI Responses",
        kit_class=OpenAIDeveloperKit,
        wire="openai",
        key_variable="OPENAI_API_KEY",
        model="gpt-6-luna",
        misspelt="gpt-6-lunna",
        recorded=RESPONSES_STREAM,
        terminator=b"response.completed",
        options={"api": "responses"},
        thinking={"reasoning": {"effort": "low", "summary": "auto"}},
        cut_call=b'data: {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f"}}\n\n'
        b'data: {"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\\"city\\": "}\n\n'
        b'data: {"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}\n\n',
    ),
    Served(
        name="OpenAI Chat Completions",
        kit_class=OpenAIDeveloperKit,
        wire="openai",
        key_variable="OPENAI_API_KEY",
        model="gpt-6-luna",
        misspelt="gpt-6-lunna",
        recorded=CHAT_STREAM,
        terminator=b"finish_reason",
        options={"api": "chat"},
        thinking={"reasoning_effort": "low"},
        shows_thinking=False,
        cut_call=b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\\"city\\": "}}]}}]}\n\n'
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n',
    ),
    Served(
        name="Google",
        kit_class=GoogleDeveloperKit,
        wire="google",
        key_variable="GEMINI_API_KEY",
        model="gemini-3.8-flash",
        misspelt="gemini-3.8-flahs",
        recorded=GEMINI_STREAM,
        terminator=b"finishReason",
        no_credit=None,
        too_long=FakeFault(
            status=400, message="The input token count (1048600) exceeds the maximum number of tokens allowed (1048576)."
        ),
        says_to_retry=False,
        embeds_at="POST /v1/models/gemini-embedding-2:batchEmbedContents",
        no_vectors={},
        thinking={
            "generationConfig": {"maxOutputTokens": 5096, "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"}}
        },
        tool_in=lambda body: body["tools"][0]["functionDeclarations"][0],
        required_in=lambda tool: tool["parametersJsonSchema"]["required"],
        parts_in=lambda body: body["contents"][-1]["parts"],
        names_files=False,
        refused=({"extra": {"max_token": 5}}, {"extra": {"labels": ["a"]}}),
    ),
)


class Sync:
    name = "sync"

    def chat(self, kit: DeveloperKit, config: ChatConfig = ASK) -> LLMResponse:
        return kit.chat(config)

    def stream(
        self, kit: DeveloperKit, config: ChatConfig = ASK, *, seen: Callable[[StreamChunk], Any] = id
    ) -> list[StreamChunk]:
        """The chunks; `seen` is called with each, and what it raises ends the loop."""
        with closing(kit.stream(config)) as running:
            return [(seen(chunk), chunk)[1] for chunk in running]


class Asynchronous:
    name = "async"

    def chat(self, kit: DeveloperKit, config: ChatConfig = ASK) -> LLMResponse:
        return run_unblocked(kit.achat(config))

    def stream(
        self, kit: DeveloperKit, config: ChatConfig = ASK, *, seen: Callable[[StreamChunk], Any] = id
    ) -> list[StreamChunk]:
        """The chunks; `seen` is called with each, and what it raises ends the loop."""

        async def main() -> list[StreamChunk]:
            async with aclosing(kit.astream(config)) as running:
                return [(seen(chunk), chunk)[1] async for chunk in running]

        return run_unblocked(main())


Colour = Sync | Asynchronous


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that led to it, also what is not shown."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
