"""The kits behind HTTP, and what their contracts need to know of each. A later kit is one more entry per API.

Their provider is a `FakeProvider`: a real server on this machine. `Sync` and `Asynchronous` are the two ways to call, behind one face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

from colours import run_unblocked

from racto_nb.anthropic_developer_kit import AnthropicDeveloperKit
from racto_nb.google_developer_kit import GoogleDeveloperKit
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
    is in the event after which the answer is complete. `overflow` and `no_credit` are the errors (fields of a FakeFault) for a
    prompt that is too long and for an empty account, `thinking` what a request for 1,000 tokens of thinking holds (None: the API
    shows none), `parameters` where a tool's schema stands, and `cut_call` a stream that ends within the arguments of a call.
    `stream_type` and `separator` are how a stream is told and what stands between its events, `embedding` is the endpoint for
    embeddings with a reply that has none, `looks` how many requests follow a model that is not there. `names_files` says whether names of files are sent,
    `takes_key` whether a key may be given, `samples` whether the models take a temperature. `gaps` are tests that do not hold, with the reason; a name
    may be followed by a part of the cases that are meant ("test_x:part").
    """

    name: str
    kit_class: type[DeveloperKit]
    wire: str
    key_variable: str
    model: str
    misspelt: str
    recorded: bytes
    terminator: bytes
    cut_call: bytes
    thinking: Mapping[str, Any] | None
    options: Mapping[str, Any] = field(default_factory=dict)
    overflow: Mapping[str, Any] = field(
        default_factory=lambda: {"status": 400, "code": "context_length_exceeded", "message": "Long"}
    )
    no_credit: Mapping[str, Any] = field(default_factory=lambda: {"status": 429, "code": "insufficient_quota"})
    parameters: str = "parameters"
    embeds: bool = True
    names_files: bool = True
    stream_type: str = "text/event-stream"
    separator: bytes = b"\n\n"
    embedding: tuple[str, Mapping[str, Any]] = ("POST /v1/embeddings", {"data": []})
    looks: int = 0
    takes_key: bool = True
    samples: bool = False
    gaps: Mapping[str, str] = field(default_factory=dict)

    def open(self, server: FakeProvider, **more: Any) -> DeveloperKit:
        return self.at(server.base_url(self.wire), **more)

    def at(self, address: str, **more: Any) -> DeveloperKit:
        given = {"model": self.model, "api_key": KEY, "base_url": address, **self.options, **more}
        if not self.takes_key:
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
RESPONSES_CUT_CALL = (
    b'data: {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f"}}\n\n'
    b'data: {"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\\"city\\": "}\n\n'
    b'data: {"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}\n\n'
)
CHAT_CUT_CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\\"city\\": "}}]}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'
)
CHAT_STREAM = """\
data: {"id":"c","model":"gpt-6-luna","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

: a comment
data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hé, "}}]}

data: {"id":"c","choices":[{"index":0,"delta":{"content":"你好!"}}]}

data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}

data: [DONE]

""".encode()
MESSAGES_CUT_CALL = (
    b'data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}\n\n'
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"city\\": "}}\n\n'
    b'data: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}\n\n'
)
MESSAGES_STREAM = """\
event: message_start
data: {"type":"message_start","message":{"id":"m","model":"claude-opus-5-5","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}

: a comment
event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé, "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"你好!"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

""".encode()
GEMINI_STREAM = """\
data: {"candidates":[{"content":{"parts":[{"text":"Hé, "}],"role":"model"},"index":0}],"modelVersion":"gemini-3.8-flash"}

: a comment
data: {"candidates":[{"content":{"parts":[{"text":"你好!"}],"role":"model"},"index":0}],"modelVersion":"gemini-3.8-flash"}

data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}

""".encode()
GEMINI_WHOLE_CALL = b'data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"city":"Oslo"}}}]},"finishReason":"MAX_TOKENS"}]}\n\n'

GOOGLE_GAPS = {
    "test_an_account_without_credit_is_not_asked_again": "Google says of an empty account what it says of a limit that passes",
    "test_calls_whose_arguments_are_cut_are_no_calls": "a call of Gemini's comes whole in one event, or not at all",
}

OLLAMA_STREAM = """\
{"model":"llama3.2","message":{"role":"assistant","content":"Hé, "},"done":false}

{"model":"llama3.2","message":{"role":"assistant","content":"你好!"},"done":false}
{"model":"llama3.2","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2}
""".encode()
OLLAMA_CUT_CALL = (
    b'{"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{\\"city\\": "}}]},"done":false}\n'
    b'{"message":{"role":"assistant","content":""},"done":true,"done_reason":"length"}\n'
)
NO_DOCUMENTS = "it takes no documents: images and texts are cases of its wire"
NO_ARGUMENT = "it takes no api_key, and needs none; a key of the environment is tested with its kit"
OLLAMA_GAPS = {
    "test_an_account_without_credit_is_not_asked_again": "there is nothing to pay",
    "test_a_missing_key_names_the_variable_the_argument_and_the_kit_that_needs_none": NO_ARGUMENT,
    "test_the_key_of_the_environment_is_used_and_the_argument_goes_before_it": NO_ARGUMENT,
    "test_a_key_that_cannot_be_one_is_refused_without_showing_it": NO_ARGUMENT,
    "test_a_refused_key_says_where_it_came_from": NO_ARGUMENT,
    "test_lines_may_end_as_they_like": "its lines end with LF, or with CR and LF",
    "test_cached_and_reasoning_tokens_are_counted_and_totals_are_sums": "it counts neither apart",
    "test_images_documents_and_texts_are_sent_before_the_question": NO_DOCUMENTS,
    "test_a_refusal_is_an_answer_that_was_withheld": "it says nothing of refusals",
    "test_the_reason_of_the_end_is_told:content_filter": "it says nothing of filters",
}
HF_GAPS = {
    "test_an_unknown_model_is_told_with_the_nearest": "two million models are not listed; its words are tested with its kit",
    "test_images_documents_and_texts_are_sent_before_the_question": NO_DOCUMENTS,
    "test_a_refusal_is_an_answer_that_was_withheld": "its servers say nothing of refusals",
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
        cut_call=RESPONSES_CUT_CALL,
        thinking={"reasoning": {"effort": "low", "summary": "auto"}},
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
        cut_call=CHAT_CUT_CALL,
        thinking=None,
        options={"api": "chat"},
    ),
    Served(
        name="Anthropic",
        kit_class=AnthropicDeveloperKit,
        wire="anthropic",
        key_variable="ANTHROPIC_API_KEY",
        model="claude-opus-5-5",
        misspelt="claude-opus-5.5",
        recorded=MESSAGES_STREAM,
        terminator=b"message_delta",
        cut_call=MESSAGES_CUT_CALL,
        thinking={"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "low"}},
        overflow={"status": 400, "message": "prompt is too long: 1200000 tokens > 1000000 maximum"},
        no_credit={"status": 400, "message": "Your credit balance is too low to access the Anthropic API."},
        parameters="input_schema",
        embeds=False,
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
        cut_call=GEMINI_WHOLE_CALL,
        thinking={
            "generationConfig": {"maxOutputTokens": 5096, "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"}}
        },
        overflow={
            "status": 400,
            "message": "The input token count (1048600) exceeds the maximum number of tokens allowed (1048576).",
        },
        parameters="parametersJsonSchema",
        names_files=False,
        embedding=("POST /v1/models/gemini-embedding-2:batchEmbedContents", {"embeddings": []}),
        samples=True,
        gaps=GOOGLE_GAPS,
    ),
    Served(
        name="Ollama",
        kit_class=OllamaDeveloperKit,
        wire="ollama",
        key_variable="OLLAMA_API_KEY",
        model="llama3.2:latest",
        misspelt="llama3.2:lattest",
        recorded=OLLAMA_STREAM,
        terminator=b'"done":true',
        cut_call=OLLAMA_CUT_CALL,
        thinking={"think": True},
        overflow={"status": 400, "message": "request (8889 tokens) exceeds the available context size (4096 tokens)"},
        embedding=("POST /api/embed", {"embeddings": []}),
        looks=1,
        takes_key=False,
        samples=True,
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
        cut_call=CHAT_CUT_CALL,
        thinking={"reasoning_effort": "low"},
        no_credit={"status": 402, "message": "You have exceeded your monthly included credits."},
        samples=True,
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
