"""Our words to the embedded engine's and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from racto_nb.exceptions import ContextOverflowError, EngineError, RactoGatewayTimeoutError, UnsupportedError, UsageError
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.response import FinishReason
from racto_nb.models.usage import usage_of
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.conversation import turns, wants_json
from racto_nb.providers.embedded.engine import EngineEvent, EngineRefusedError
from racto_nb.providers.embedded.extras import checked_extras
from racto_nb.providers.wire import Draft, ModelSpec, Request

_FINISH = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}
_SHOWN = 60
_MARKER = re.compile(r"<\|[\w-]+\|>|<\uff5c[\w\u2581-]+\uff5c>|<(?:start|end)_of_turn>")
"""What the tokenizers of chat models read as the beginning or the end of a turn wherever it stands."""


class EmbeddedWire:
    """Translation for the embedded engine, whose words are those of an OpenAI-compatible chat server."""

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:  # noqa: ARG002  (the port's signature)
        """The engine's payload. With a seed, no cached prompt is used, so the same request gives the same answer.

        Raises UsageError for a wrong value in `extra` and for a text that holds a control marker such as `<|im_end|>`.
        """
        window = spec.abilities.window
        payload: dict[str, Any] = {
            "messages": _messages(config),
            "max_tokens": config.max_tokens if window is None else min(config.max_tokens, window),
            "temperature": config.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": "seed" not in config.extra,
        }
        payload |= checked_extras(config.extra)
        if "labels" in config.extra:
            if wants_json(config):
                message = "extra['labels'] and a JSON output exclude each other. Use one of them."
                raise UsageError(message)
            payload["grammar"] = label_grammar(config.extra["labels"])
        elif config.response_model is not None:
            schema = {"name": config.response_model.__name__, "schema": schema_of(config.response_model)}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif wants_json(config):
            payload["response_format"] = {"type": "json_object"}
        return Request(spec.name, payload, room=payload["max_tokens"])

    def count_request_from(self, config: ChatConfig, spec: ModelSpec) -> Request:
        """The request that counts the tokens of `config`: the model reads them, keeps them for the answer, and writes nothing."""
        payload = dict(self.request_from(config, spec, stream=False).arguments)
        kept = ("messages", "stream", "stream_options", "cache_prompt")
        return Request(spec.name, {name: payload[name] for name in kept} | {"max_tokens": 0}, room=0)

    def count_from(self, raw: Iterable[EngineEvent]) -> int:
        """The tokens in the events of a prompt that was read. Raises EngineError where there are none."""
        count = self.draft_from(raw).usage.get("prompt_tokens")
        if count is None:
            message = "The embedded engine did not count the prompt. Ask without count_tokens()."
            raise EngineError(message)
        return count

    def begin(self) -> Draft:
        """An empty draft."""
        return Draft()

    def advance(self, draft: Draft, event: EngineEvent) -> Draft:
        """The draft after one more chunk."""
        match event:
            case {"choices": [{"finish_reason": str(reason)}, *_]}:
                return replace(draft, finish_reason=_FINISH.get(reason, FinishReason.ERROR))
            case {"choices": [{"delta": {"content": str(piece)}}, *_]} if piece:
                return draft.with_text(piece)
            case {"usage": {"prompt_tokens": int(prompt), "completion_tokens": int(completion), **more}}:
                details: dict[str, Any] = more.get("prompt_tokens_details") or {}
                done = draft.finish_reason is not None
                return replace(
                    draft,
                    usage=usage_of(prompt, completion, cached=details.get("cached_tokens")),
                    model=event.get("model"),
                    done=done,
                )
            case _:
                return draft

    def draft_from(self, raw: Iterable[EngineEvent]) -> Draft:
        """The draft after all events of an answer."""
        draft = self.begin()
        for event in raw:
            draft = self.advance(draft, event)
        return draft

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for a refusal of the engine or a timeout."""
        match error:
            case EngineRefusedError(detail={"type": "exceed_context_size_error", **numbers}):
                return _overflow(numbers, spec)
            case EngineRefusedError(detail={"message": str(text)}) if "grammar stack" in text:
                message = (
                    f"{spec.provider}:{spec.name} cannot write a character of the labels or the schema: its vocabulary lacks it. "
                    "Use other characters."
                )
                return UnsupportedError(message, provider=spec.provider, wish="labels")
            case EngineRefusedError(detail={"message": str(text)}) if "schema" in text.lower() or "grammar" in text.lower():
                return _schema_refused(text, spec)
            case EngineRefusedError():
                message = f"{spec.provider}:{spec.name} did not answer. {error} Correct the request; the model itself is fine."
                return EngineError(message)
            case TimeoutError():
                message = f"{spec.provider}:{spec.name} gave no complete answer in time. Allow more time or ask for fewer tokens."
                return RactoGatewayTimeoutError(message)
            case _:
                return error

    def advice(self, error: Exception) -> float | None:  # noqa: ARG002  (the port's signature)
        """None: the engine is deterministic, trying again changes nothing."""
        return None

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        """The texts to embed. Raises UsageError for one that holds half a surrogate pair, which no tokenizer reads."""
        for index, text in enumerate(config.texts):
            if _is_broken(text):
                message = f"texts[{index}] holds half a surrogate pair and so is no text: {_shown(text)}. Decode it again."
                raise UsageError(message)
        return Request(spec.name, {"texts": list(config.texts)})

    def embeddings_from(self, raw: EmbeddedVectors, config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        """The vectors as the engine computed them: 384 numbers each, of length 1."""
        vectors = [
            EmbeddingVector.model_construct(index=index, text=text, embedding=vector)
            for index, (text, vector) in enumerate(zip(config.texts, raw.vectors, strict=True))
        ]
        return EmbeddingResponse(vectors=vectors, model=spec.name, usage=usage_of(raw.tokens, 0))


class EmbeddedVectors:
    """What the embedding session answers: one list of numbers per text, and the tokens that were read."""

    __slots__ = ("tokens", "vectors")

    def __init__(self, vectors: list[list[float]], tokens: int) -> None:
        self.vectors = vectors
        self.tokens = tokens


def label_grammar(labels: object) -> str:
    r"""A grammar (GBNF) whose only sentences are the `labels`.

    Raises UsageError for a label that is no text, an empty one, a repeated one, one with characters that no model can write
    (NUL, half a surrogate pair), or no labels at all.

    >>> label_grammar(["billing", "ship\"ping"])
    'root ::= "billing" | "ship\\"ping"'
    """
    texts = _texts(labels)
    if not texts:
        message = f"extra['labels'] is a list of at least one text, none of them empty; got {labels!r}."
        raise UsageError(message)
    if len(set(texts)) != len(texts):
        message = f"extra['labels'] has the same label twice: {labels!r}."
        raise UsageError(message)
    for label in texts:
        if "\x00" in label or _is_broken(label):
            message = f"extra['labels']: {label!r} holds a character that no model can write."
            raise UsageError(message)
    return "root ::= " + " | ".join(_quoted(label) for label in texts)


def _texts(labels: object) -> list[str]:
    """`labels` as a list, or an empty one when they are no sequence of texts that say something."""
    listed = cast("Sequence[object]", labels) if isinstance(labels, list | tuple) else ()
    texts = [label for label in listed if isinstance(label, str) and label]
    return texts if len(texts) == len(listed) else []


def _quoted(label: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(char) or (char if char.isprintable() else f"\\U{ord(char):08X}") for char in label) + '"'


def _messages(config: ChatConfig) -> list[dict[str, str]]:
    """The turns, with a system turn in any case: without one, chat templates put in one of their own."""
    listed = turns(config)
    if listed[0].role is not MessageRole.SYSTEM:
        listed = [Message(role=MessageRole.SYSTEM, content=""), *listed]
    for turn in listed:
        _refuse_marker(turn)
    return [{"role": turn.role.value, "content": turn.content} for turn in listed]


def _refuse_marker(turn: Message) -> None:
    if found := _MARKER.search(turn.content):
        marker = found[0]
        written = f"{marker[0]} {marker[1:]}"
        message = (
            f"The {turn.role.value} text holds {marker!r}, which the model would read as the beginning or the end of a turn and "
            f"not as text. Nothing was sent. Take it out, or write it with a space: {written!r}."
        )
        raise UsageError(message)


def _is_broken(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _schema_refused(text: str, spec: ModelSpec) -> UnsupportedError:
    message = (
        f"{spec.provider}:{spec.name} cannot follow this schema: {text}. Take what it names out of the schema, or make large "
        "length limits smaller; a validator of the response model can check it instead."
    )
    return UnsupportedError(message, provider=spec.provider, wish="response_model")


def _overflow(numbers: dict[str, Any], spec: ModelSpec) -> ContextOverflowError:
    tokens, window = numbers.get("n_prompt_tokens"), numbers.get("n_ctx")
    message = (
        f"The prompt has {tokens} tokens, but {spec.provider}:{spec.name} was loaded with a window of {window}. Nothing was cut "
        "and nothing was answered. Shorten the prompt or the history, or open the kit with a larger context= ."
    )
    return ContextOverflowError(message, tokens=tokens, window=window)
