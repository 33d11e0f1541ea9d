"""The kits behind HTTP, and what their contracts need to know of each. A later kit is one more entry per API.

Their provider is a `FakeProvider`: a real server on this machine. `Sync` and `Asynchronous` are the two ways to call, behind one face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

from colours import run_unblocked

from racto_nb.huggingface_developer_kit import HuggingFaceDeveloperKit
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig, LLMResponse, StreamChunk
from racto_nb.ollama_developer_kit import OllamaDeveloperKit
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.testing import FakeProvider

KEY = "sk-proj-Q7x2Lm9Rt4Vb8Nc3Zd6Kf1Hs5"
OTHER_KEY = "sk-proj-another-key-that-is-right"
ASK = ChatConfig(user_message="Say hello.")


@dataclass(frozen=True)
class Served:
    """A kit and the API it is to speak, which is the `wire` of a FakeProvider.

    `misspelt` is a model's name one letter off `model`. `recorded` is a short whole stream that says `Hé, 你好!`, and `terminator`
    is in the event after which the answer is complete; `stream_type` and `separator` are how a stream is told and what stands between
    its events. `gaps` are tests that mean another API, with the reason; what they hold is tested in the provider's own folder.
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
    stream_type: str = "text/event-stream"
    separator: bytes = b"\n\n"
    gaps: Mapping[str, str] = field(default_factory=dict)

    def open(self, server: FakeProvider, **more: Any) -> DeveloperKit:
        return self.at(server.base_url(self.wire), **more)

    def at(self, address: str, **more: Any) -> DeveloperKit:
        given = {"model": self.model, "api_key": KEY, "base_url": address, **self.options, **more}
        if not self.key_variable:
            del given["api_key"]
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

OLLAMA_STREAM = """\
{"model":"llama3.2","message":{"role":"assistant","content":"Hé, "},"done":false}

{"model":"llama3.2","message":{"role":"assistant","content":"你好!"},"done":false}
{"model":"llama3.2","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}
""".encode()
SAID_BY_NAME = "two million models are not listed; its own words are tested with its kit"
NO_KEY = "it asks for no key; that of a server before it is tested with its kit"
OPENAIS_SHAPES = "the bodies in this test are OpenAI's; its own are cases of its wire"
OLLAMA_GAPS = {
    "test_an_unknown_model_is_told_with_the_nearest": "it looks at what is there, a second request; tested with its kit",
    "test_what_will_not_pass_is_never_tried_again": "it looks at what is there after a 404; tested with its kit",
    "test_an_account_without_credit_is_not_asked_again": "there is nothing to pay",
    "test_a_prompt_that_is_too_long_has_an_error_of_its_own": "it has no codes: its words are tested with its kit",
    "test_a_stream_of_garbage_is_a_typed_error_and_is_not_asked_for_again": OPENAIS_SHAPES,
    "test_an_embedding_is_tried_again_and_its_errors_are_typed": OPENAIS_SHAPES,
    "test_a_server_that_drips_is_a_timeout_too": OPENAIS_SHAPES,
    "test_a_missing_key_names_the_variable_the_argument_and_the_kit_that_needs_none": NO_KEY,
    "test_the_key_of_the_environment_is_used_and_the_argument_goes_before_it": NO_KEY,
    "test_a_key_that_cannot_be_one_is_refused_without_showing_it": NO_KEY,
    "test_a_refused_key_says_where_it_came_from": NO_KEY,
    "test_nothing_of_an_error_holds_the_key_though_the_server_echoes_it": NO_KEY,
    "test_an_error_about_garbage_does_not_quote_the_key_in_it": NO_KEY,
    "test_an_error_inside_a_stream_that_echoes_the_key_is_told_without_it": NO_KEY,
    "test_an_error_of_an_embedding_holds_no_key": NO_KEY,
    "test_lines_may_end_as_they_like": "its lines end with LF",
    "test_an_optional_argument_of_a_tool_stays_optional": OPENAIS_SHAPES,
    "test_thinking_is_asked_for_and_shown_where_the_api_shows_it": OPENAIS_SHAPES,
    "test_cached_and_reasoning_tokens_are_counted_and_totals_are_sums": "it counts neither apart",
    "test_images_documents_and_texts_are_sent_before_the_question": "it takes no documents; files are cases of its wire",
    "test_a_refusal_is_an_answer_that_was_withheld": "it says nothing of refusals",
    "test_the_reason_of_the_end_is_told": "it says nothing of filters; its reasons are cases of its wire",
    "test_calls_whose_arguments_are_cut_are_no_calls": OPENAIS_SHAPES,
    "test_what_a_model_cannot_do_is_refused_before_anything_is_sent": "its models take a temperature",
}
HF_GAPS = {
    "test_an_unknown_model_is_told_with_the_nearest": SAID_BY_NAME,
    "test_an_account_without_credit_is_not_asked_again": "it says so by HTTP 402, a case of its wire",
    "test_an_optional_argument_of_a_tool_stays_optional": OPENAIS_SHAPES,
    "test_thinking_is_asked_for_and_shown_where_the_api_shows_it": OPENAIS_SHAPES,
    "test_images_documents_and_texts_are_sent_before_the_question": "it takes no documents; files are cases of its wire",
    "test_a_refusal_is_an_answer_that_was_withheld": "its servers say nothing of refusals",
    "test_what_a_model_cannot_do_is_refused_before_anything_is_sent": "what its models take is not known",
}

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
    Served(
        name="Ollama",
        kit_class=OllamaDeveloperKit,
        wire="ollama",
        key_variable="",
        model="llama3.2",
        misspelt="llama3.22",
        recorded=OLLAMA_STREAM,
        terminator=b'"done":true',
        stream_type="application/x-ndjson",
        separator=b"\n",
        gaps=OLLAMA_GAPS,
    ),
    Served(
        name="Hugging Face",
        kit_class=HuggingFaceDeveloperKit,
        wire="huggingface",
        key_variable="HF_TOKEN",
        model="gpt-6-luna",
        misspelt="gpt-6-lunna",
        recorded=CHAT_STREAM,
        terminator=b"finish_reason",
        gaps=HF_GAPS,
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
