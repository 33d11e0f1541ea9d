"""The port every provider fills in: pure translation between our words and a provider's. No I/O, no client, no clock.

A wire turns a resolved `ChatConfig` into a `Request`, folds the provider's events into a `Draft`, and turns errors into ours.
The state of a stream is the `Draft`, an argument; nothing of it is kept on the wire, so one wire serves any number of streams
at once. A stream is complete only when the provider's own terminator was seen (`Draft.done`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

from racto_nb.flow.effects import Port
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.messages import ToolCallResult
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.stream import Transcript


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The largest files a provider takes, in bytes as they are sent (base64 is a third longer than the file); None: not known.

    `together` is for all files of one request.
    """

    image: int | None = None
    document: int | None = None
    together: int | None = None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a model can do. Facts, not behaviour: the checks are made once for all providers (`abilities.py`).

    None is "nobody knows": such a wish is sent, and the provider decides. `sampling` is whether the model takes a temperature;
    `thinking` whether it can reason before it answers and show it, `logprobs` whether it tells how likely its tokens were.
    `extras` names the keys of `ChatConfig.extra` that the
    provider understands. `window` is the context and `output_limit` the longest answer, in tokens. `embed_batch` is the most
    texts one request for embeddings may hold, `files` how large files may be.
    """

    json_schema: bool | None = False
    tools: bool | None = False
    images: bool | None = False
    documents: bool | None = False
    text_files: bool = True
    thinking: bool | None = False
    sampling: bool | None = True
    logprobs: bool | None = False
    embeddings: bool | None = False
    dimensions: bool | None = False
    window: int | None = None
    output_limit: int | None = None
    embed_batch: int | None = None
    extras: frozenset[str] = frozenset()
    files: FileLimits = FileLimits()


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model of a provider, with its abilities.

    `free` marks a model that runs on the user's own machine, `official` one that the provider itself serves: the prices of
    another server under its API are its own.
    """

    provider: str
    name: str
    abilities: Abilities = field(default_factory=Abilities)
    free: bool = False
    official: bool = True


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent as a part of a form."""

    name: str
    content: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, slots=True)
class Request:
    """One call as data: the arguments the provider's client takes, and how long it may take in seconds (None: no limit).

    `operation` says which of a provider's endpoints is meant, where it has several. `content` goes out in place of the arguments
    where a body is no JSON object or is large, with the `headers` that say what it is; with a `file` the arguments are the fields
    of a form. `reads` is what is wanted of the answer: its JSON, its headers, or (with `Port.open`) the lines of its body,
    whatever its content type. `room` is the most tokens that the model may write,
    thinking included (None: not told).
    """

    model: str
    arguments: Mapping[str, Any]
    timeout: float | None = None
    operation: str = ""
    method: Literal["GET", "POST"] = "POST"
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    file: Upload | None = None
    reads: Literal["json", "headers", "lines"] = "json"
    room: int | None = None


ProviderPort = Port[Request, Any, Any]
"""What performs a provider's requests. What replies and events are, its wire knows."""


@dataclass(frozen=True, slots=True)
class CallDraft:
    """A call of a tool as far as it has arrived. `key` is the provider's place of it within the answer."""

    key: int
    id: str = ""
    name: str = ""
    written: Transcript = field(default_factory=Transcript)
    written_count: int = 0

    @property
    def arguments(self) -> str:
        """The JSON of the arguments so far."""
        return self.written.text(self.written_count)

    def with_piece(self, piece: str) -> CallDraft:
        """This call and one more piece of its arguments."""
        written = self.written.extended(self.written_count, piece)
        return CallDraft(self.key, self.id, self.name, written, self.written_count + 1)


@dataclass(slots=True)
class Draft:
    """An answer as far as it has arrived. `advance` makes a new one per event; the transcripts are shared.

    `calls` are tool calls whose arguments arrive as JSON text, `tool_calls` those that arrived whole. `done` says that the answer
    is complete, `closed` that nothing more of it can come. `own` is what a wire keeps of it in the provider's words, such as
    signatures and encrypted reasoning, because a later turn must send it back. `halves` are halves of surrogate pairs with which
    the text and the thinking just ended: they wait for the other half, which the very next piece brings or none. `tier` is the
    provider's word for how the answer is charged, such as `flex` or `priority`, where it tells.
    """

    said: Transcript = field(default_factory=Transcript)
    said_count: int = 0
    thought: Transcript = field(default_factory=Transcript)
    thought_count: int = 0
    finish_reason: FinishReason | None = None
    usage: dict[str, int] = field(default_factory=dict[str, int])
    tool_calls: list[ToolCallResult] = field(default_factory=list[ToolCallResult])
    model: str | None = None
    done: bool = False
    calls: tuple[CallDraft, ...] = ()
    closed: bool = False
    own: Any = None
    tier: str = ""
    halves: tuple[str, str] = ("", "")

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return self.said.text(self.said_count)

    @property
    def thinking(self) -> str:
        """The reasoning so far."""
        return self.thought.text(self.thought_count)

    def with_text(self, piece: str) -> Draft:
        """This draft and one more piece of text."""
        said = self.said.extended(self.said_count, piece)
        return Draft(
            said, self.said_count + 1, self.thought, self.thought_count,
            self.finish_reason, self.usage, self.tool_calls, self.model, self.done, self.calls, self.closed, self.own,
            self.tier,
        )  # fmt: skip

    def with_thinking(self, piece: str) -> Draft:
        """This draft and one more piece of reasoning."""
        thought = self.thought.extended(self.thought_count, piece)
        return Draft(
            self.said, self.said_count, thought, self.thought_count + 1,
            self.finish_reason, self.usage, self.tool_calls, self.model, self.done, self.calls, self.closed, self.own,
            self.tier,
        )  # fmt: skip

    def with_call(self, call: CallDraft) -> Draft:
        """This draft with `call` in the place of the one with the same key, or added at the end."""
        place = self._place(call.key)
        return replace(self, calls=(*self.calls[:place], call, *self.calls[place + 1 :]))

    def call(self, key: int) -> CallDraft:
        """The call with this key, a new one where there is none yet."""
        return self.known_call(key) or CallDraft(key)

    def known_call(self, key: int) -> CallDraft | None:
        """The call with this key, None where there is none yet."""
        place = self._place(key)
        return self.calls[place] if place < len(self.calls) else None

    def _place(self, key: int) -> int:
        """Where the call with this key stands, the end where there is none. Most fragments continue the last call."""
        calls = self.calls
        if calls and calls[-1].key == key:
            return len(calls) - 1
        return next((place for place, known in enumerate(calls) if known.key == key), len(calls))


class Wire(Protocol):
    """Pure translation for one provider."""

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:
        """The request for a resolved `config`. A wish the model cannot fulfil raises UnsupportedError."""
        ...

    def begin(self) -> Draft:
        """The draft of an answer of which nothing has arrived."""
        ...

    def advance(self, draft: Draft, event: Any) -> Draft:
        """The draft after one more event of the provider."""
        ...

    def draft_from(self, raw: Any) -> Draft:
        """The complete draft in a reply that was not streamed."""
        ...

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for one of the provider's or the network's; errors that are not theirs come back unchanged."""
        ...

    def advice(self, error: Exception) -> float | None:
        """Seconds to wait before trying again (0: our choice), or None where trying again will not help."""
        ...

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        """The request that embeds `config.texts`."""
        ...

    def embeddings_from(self, raw: Any, config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        """The vectors in a reply, in the order of the texts."""
        ...


@runtime_checkable
class CountingWire(Protocol):
    """A wire of a provider that counts the tokens of a question without answering it."""

    def count_request_from(self, config: ChatConfig, spec: ModelSpec) -> Request | None:
        """The request that counts the tokens of a resolved `config`; None where this server does not count."""
        ...

    def count_from(self, raw: Any) -> int:
        """The tokens in a reply. Raises Unreadable where there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Provider:
    """What a kit needs of a provider: its wire, its ports, and what its models can do.

    `examine`, where there is one, looks at each answer together with what was sent, and raises what makes it worthless.
    `address` is where it is, as host and path; empty for this process. `redacted` takes the key out of a text.
    `settings` is what answers depend on beside the question, as text: how much of it the model is given to read, say.
    `instead_of_embeddings` is what a user is told to do where there is no port for them.
    """

    name: str
    wire: Wire
    chat_port: ProviderPort
    embed_port: ProviderPort | None
    specs: SpecSource
    address: str = ""
    redacted: Callable[[str], str] = str
    instead_of_embeddings: str = "Use another kit for embed()."
    examine: Callable[[Request, LLMResponse, ModelSpec], None] | None = None
    settings: str = ""


class SpecSource(Protocol):
    """Where the abilities of a model are looked up."""

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model; ModelNotFoundError with the nearest names where the provider's models are known."""
        ...

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        ...
