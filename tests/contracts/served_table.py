"""The kits behind HTTP, and what their contracts need to know of each. A later kit is one more entry per API.

Their provider is a `FakeProvider`: a real server on this machine. `Sync` and `Asynchronous` are the two ways to call, behind one face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

from colours import run_unblocked

from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig, LLMResponse, StreamChunk
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.testing import FakeProvider

KEY = "sk-proj-Q7x2Lm9Rt4Vb8Nc3Zd6Kf1Hs5"
OTHER_KEY = "sk-proj-another-key-that-is-right"
ASK = ChatConfig(user_message="Say hello.")


@dataclass(frozen=True)
class Served:
    """A kit and the API it is to speak, which is the `wire` of a FakeProvider.

    `misspelt` is a model's name one letter off `model`. `recorded` is a short whole stream that says `Hé, 你好!`, and `terminator`
    is in the event after which the answer is complete.
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
