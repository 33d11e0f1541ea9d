"""From a scripted reply to an answer on a wire: the values that the templates name, and the events in bytes. Pure."""

from __future__ import annotations

import base64
import itertools
import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import orjson

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.models.response import FinishReason, ToolCallResult
from racto_nb.models.usage import estimated_tokens
from racto_nb.testing.answers import Answer, Pause
from racto_nb.testing.replies import FakeReply
from racto_nb.testing.scripted import word_vector
from racto_nb.testing.templates import Json, Mark, Scope, found_or, rendered, streamed
from racto_nb.testing.wire_files import WireFile

_FRAGMENT = 6
_CONTENT_TYPES = {"sse": "text/event-stream; charset=utf-8", "ndjson": "application/x-ndjson"}
# What in a request is read by the model; the rest (types, roles, files in base64) is not counted.
_READ = {"content", "contents", "input", "instructions", "messages", "output", "parts", "system", "systemInstruction", "text"}


@dataclass(frozen=True, slots=True)
class StreamError:
    """An error inside a stream, after so many pieces. `event` is the name of the wire's event, or the bytes to send instead."""

    after: int
    event: str | bytes | None
    message: str
    code: str


class _End(Mark):
    """Here the stream ends, without its terminator."""


class _Fail(Mark):
    """Here the stream reports an error."""


def base_scope(wire: WireFile, number: int, created: int, request: Json, named: Mapping[str, str]) -> Scope:
    """What every template of a wire can name. `number` makes the ids."""
    return {
        "id": f"{number:024x}",
        "created": created,
        "created_iso": f"{datetime.fromtimestamp(created, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "request": request if isinstance(request, dict) else {},
        "path": named,
        "parts": wire.spec.get("parts", {}),
        "models": [{"name": name} for name in wire.spec.get("models", [])],
    }


def chat_answer(spec: Scope, scope: Scope, reply: FakeReply, error: StreamError | None, headers: Mapping[str, str]) -> Answer:
    """The reply as the endpoint gives it, in a stream where that was asked for."""
    told = {**scope, **_told(spec, scope, reply, error)}
    if rendered(spec["streams"], scope):
        parts = _events(spec, told, error)
        return Answer(200, _CONTENT_TYPES[spec["lines"]], parts, headers, chunked=True)
    body = orjson.dumps(rendered(spec["reply"], told))
    broken = reply.cut_after is not None
    wait = [Pause(reply.delay * len(reply.pieces))] if reply.delay else []
    return Answer(
        200, "application/json", [*wait, body], headers,
        cut_at_byte=len(body) // 2 if broken else None, ending="close" if broken else None,
    )  # fmt: skip


def embeddings_answer(spec: Scope, scope: Scope, headers: Mapping[str, str]) -> Answer:
    """A fixed vector for each text, computed from its words."""
    given: Json = rendered(spec["texts"], scope)
    texts = [
        " ".join(_texts(item)) or json.dumps(item) for item in (cast("list[Json]", given) if isinstance(given, list) else [given])
    ]
    sizes = spec["sizes"]
    size = rendered(spec.get("dimensions"), scope) or sizes.get(scope["model"], sizes["default"])
    packed = spec.get("packed")
    is_packed = packed is not None and found_or(scope["request"], packed["field"], None) == packed["is"]
    vectors = [
        {"index": index, "value": _packed(vector) if is_packed else vector}
        for index, vector in enumerate(word_vector(text, size) for text in texts)
    ]
    usage = _usage(None, sum(map(estimated_tokens, texts)), 0, 0)
    return plain_answer(spec, {**scope, "vectors": vectors, "usage": usage}, headers)


def plain_answer(spec: Scope, scope: Scope, headers: Mapping[str, str]) -> Answer:
    """The endpoint's reply, which depends on no script. An endpoint that counts tokens says what it reads."""
    if "asked" in spec:
        scope = {**scope, "asked_tokens": _asked_tokens(spec, scope)}
    return Answer(200, "application/json", [orjson.dumps(rendered(spec["reply"], scope))], headers)


def error_answer(
    wire: WireFile, scope: Scope, status: int, *, kind: str = "", message: str | None = None, code: str | None = None,
    param: str | None = None, headers: Mapping[str, str] | None = None,
) -> Answer:  # fmt: skip
    """An error in the provider's own shape: its usual words for `kind` or `status`, unless `message` and `code` say otherwise."""
    errors: Scope = wire.spec["errors"]
    fallback = "500" if status >= 500 else "default"  # noqa: PLR2004  (the first status that is the server's fault)
    usual: Scope = errors.get(kind) or errors.get(str(status)) or errors[fallback]
    facts = {**scope, "status": status, "type": usual["type"], "param": param}
    facts["model"] = scope.get("model") or "unknown"
    facts["message"] = rendered(usual["message"], facts) if message is None else message
    facts["code"] = (usual.get("code") if message is None else None) if code is None else code
    return Answer(status, "application/json", [orjson.dumps(rendered(wire.spec["error"], facts))], headers or {})


def wire_headers(wire: WireFile, scope: Scope) -> dict[str, str]:
    """The headers that the provider sends with every answer."""
    return rendered(wire.spec.get("headers", {}), scope)


def _told(spec: Scope, scope: Scope, reply: FakeReply, error: StreamError | None) -> dict[str, Json]:
    text = "".join(reply.pieces)
    broken = reply.cut_after is not None or error is not None
    has_text = bool(text or broken or not reply.tool_calls)
    asked = _asked_tokens(spec, scope)
    ended = reply.finish_reason
    if reply.tool_calls and ended is FinishReason.STOP:
        ended = FinishReason.TOOL_CALL
    first_call = int(bool(reply.thinking)) + has_text
    return {
        "model": reply.model or scope["model"],
        "text": text,
        "has_text": has_text,
        "refusal": reply.refusal,
        "pieces": list(_pieces(reply, error)),
        "thinking": reply.thinking,
        "thoughts": [{"text": piece} for piece in FakeReply.of(reply.thinking).pieces],
        "thinking_place": 0,
        "text_place": int(bool(reply.thinking)),
        "calls": [_call(call, number, first_call, scope["id"]) for number, call in enumerate(reply.tool_calls)],
        "finish": spec["finish"][ended.value],
        "usage": _usage(reply.usage, asked, estimated_tokens(text), estimated_tokens(reply.thinking)),
        "sequence": itertools.count().__next__,
    }


def _asked_tokens(spec: Scope, scope: Scope) -> int:
    return sum(estimated_tokens(said) for name in spec["asked"] for said in _texts(scope["request"].get(name)))


def _pieces(reply: FakeReply, error: StreamError | None) -> Iterator[Json]:
    limit = reply.cut_after if error is None else error.after
    for piece in reply.pieces[:limit]:
        if reply.delay:
            yield Pause(reply.delay)
        yield {"text": piece}
    if limit is not None:
        yield _Fail() if error else _End()


def _call(call: ToolCallResult, number: int, first: int, seed: str) -> Json:
    arguments = json.dumps(call.arguments, separators=(",", ":"), ensure_ascii=False)
    return {
        "number": number,
        "place": first + number,
        "id": call.id or f"call_{number}_{seed}",
        "name": call.name,
        "input": call.arguments,
        "arguments": arguments,
        "fragments": [{"text": piece} for piece in re.findall(rf"(?s).{{1,{_FRAGMENT}}}", arguments)],
    }


def _usage(given: dict[str, int] | None, asked: int, written: int, thought: int) -> dict[str, int]:
    """Token counts under our names, and what some providers tell instead: those not cached, those not thought."""
    usage = {"prompt_tokens": asked, "completion_tokens": written + thought, "reasoning_tokens": thought}
    usage |= {"cached_tokens": 0, "cache_write_tokens": 0}
    usage.update(given or {})
    usage.setdefault("total_tokens", usage["prompt_tokens"] + usage["completion_tokens"])
    usage["fresh_tokens"] = usage["prompt_tokens"] - usage["cached_tokens"] - usage["cache_write_tokens"]
    usage["visible_tokens"] = usage["completion_tokens"] - usage["reasoning_tokens"]
    return usage


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in cast("list[Json]", value):
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, child in cast("Scope", value).items():
            if key in _READ:
                yield from _texts(child)


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _events(spec: Scope, scope: Scope, error: StreamError | None) -> Iterator[bytes | Pause]:
    for event in streamed(spec["stream"], scope, lambda event: _framed(spec, event)):
        if isinstance(event, bytes | Pause):
            yield event
        else:
            if isinstance(event, _Fail) and error is not None:
                yield from _failing(spec, scope, error)
            return


def check_error_event(spec: Scope, event: str | bytes | None) -> None:
    """Raise UsageError for the name of an error event that the endpoint's stream does not have."""
    known: Scope = spec["stream_errors"]
    if isinstance(event, str) and event not in known:
        msg = f"This stream has no error event {event!r}.{did_you_mean(event, known)}"
        raise UsageError(msg)


def _failing(spec: Scope, scope: Scope, error: StreamError) -> Iterator[bytes]:
    if isinstance(error.event, bytes):
        yield error.event
        return
    known: Scope = spec["stream_errors"]
    for event in known[error.event or next(iter(known))]:
        yield _framed(spec, rendered(event, {**scope, "message": error.message, "code": error.code}))


def _framed(spec: Scope, event: Json) -> bytes:
    data = event.encode() if isinstance(event, str) else orjson.dumps(event)
    if spec["lines"] == "ndjson":
        return data + b"\n"
    named = spec.get("event_line")
    line = f"event: {event[named]}\n".encode() if named and not isinstance(event, str) else b""
    return (line + b"data: " + data + b"\n\n").replace(b"\n", spec.get("line_end", "\n").encode())
