"""Which answer a request gets: what a real service would refuse, and what the script says. Pure."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from racto_nb.exceptions import UsageError
from racto_nb.models.response import LLMResponse
from racto_nb.testing.answers import Answer, body_answer
from racto_nb.testing.composing import (
    StreamError,
    base_scope,
    chat_answer,
    check_error_event,
    embeddings_answer,
    error_answer,
    plain_answer,
    wire_headers,
)
from racto_nb.testing.faults import FakeBody, FakeFault
from racto_nb.testing.received import FakeRequest
from racto_nb.testing.replies import FakeReply
from racto_nb.testing.rules import first_problem
from racto_nb.testing.scripted import as_reply
from racto_nb.testing.templates import Json, Scope, rendered
from racto_nb.testing.wire_files import Endpoint, Place

Scripted: TypeAlias = str | FakeReply | LLMResponse | FakeFault | FakeBody
Routed: TypeAlias = Scripted | dict[str, Any] | list[Any]

_DEFAULT_STATUS = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in its place, with what the templates can name."""

    request: FakeRequest
    place: Place
    scope: Scope

    def error(self, status: int, **facts: Json) -> Answer:
        """An error of the provider."""
        headers = wire_headers(self.place.wire, self.scope) | facts.pop("headers", {})
        return error_answer(self.place.wire, self.scope, status, headers=headers, **facts)


def asked_from(request: FakeRequest, place: Place, *, masked_key: str, number: int, created: int) -> Asked:
    """What is asked. `number` makes the ids of the answer, `created` is its time in seconds."""
    scope = base_scope(place.wire, number, created, request.json, place.named)
    model = rendered(place.endpoint.spec.get("model"), scope) if place.endpoint else None
    return Asked(request, place, {**scope, "model": model, "masked_key": masked_key})


def refusal_of(asked: Asked, unknown_models: set[str]) -> Answer | None:
    """The error with which a real service would refuse this request; None where it would take it."""
    endpoint, request = asked.place.endpoint, asked.request
    if endpoint is None:
        known = ", ".join(known.title for known in asked.place.wire.endpoints)
        message = f"Invalid URL ({request.method} {request.path}). This FakeProvider knows: {known}, and what route() adds."
        return asked.error(404, message=message)
    if request.body and not isinstance(request.json, dict) and endpoint.spec.get("takes") != "bytes":
        return asked.error(400, message="We could not parse the JSON body of your request: it is no JSON object.")
    if problem := first_problem(asked.scope["request"], endpoint.spec.get("rules", [])):
        return asked.error(400, **problem)
    if asked.scope["model"] in unknown_models:
        return asked.error(404)
    return None


def answer_to(asked: Asked, reply: Routed) -> Answer:
    """The answer that a scripted reply is for this request. UsageError where it cannot be one."""
    match reply:
        case FakeBody():
            return body_answer(reply)
        case FakeFault():
            return _faulty(asked, reply)
        case str() | FakeReply() | LLMResponse():
            return _given(asked, as_reply(reply), None)
        case _:
            return Answer(200, "application/json", [orjson.dumps(reply)])


def _given(asked: Asked, reply: FakeReply, error: StreamError | None) -> Answer:
    endpoint = asked.place.endpoint
    if endpoint is None or endpoint.spec["kind"] in {"batch", "tuning"}:
        msg = f"{asked.request.method} {asked.request.path} takes no text: give it a dict, a list, a FakeBody or a FakeFault."
        raise UsageError(msg)
    headers = wire_headers(asked.place.wire, asked.scope)
    if endpoint.spec["kind"] != "chat":
        return own_answer(asked, endpoint)
    if error is not None:
        check_error_event(endpoint.spec, error.event)
    if error is not None and not rendered(endpoint.spec["streams"], asked.scope):
        return asked.error(_DEFAULT_STATUS, message=error.message, code=error.code)
    return chat_answer(endpoint.spec, asked.scope, reply, error, headers)


def own_answer(asked: Asked, endpoint: Endpoint) -> Answer:
    """The answer of an endpoint that needs no script: embeddings, lists of models."""
    give = embeddings_answer if endpoint.spec["kind"] == "embeddings" else plain_answer
    return give(endpoint.spec, asked.scope, wire_headers(asked.place.wire, asked.scope))


def _faulty(asked: Asked, fault: FakeFault) -> Answer:
    answer = _error_of(asked, fault) if fault.status is not None else _replied(asked, fault)
    breaks = fault.before_headers or fault.cut_at_byte is not None
    return replace(
        answer,
        headers={**answer.headers, **_retry_headers(fault), **fault.headers},
        delay=answer.delay + fault.delay,
        before_headers=fault.before_headers,
        cut_at_byte=answer.cut_at_byte if fault.cut_at_byte is None else fault.cut_at_byte,
        ending=fault.ending if breaks else answer.ending,
    )


def _error_of(asked: Asked, fault: FakeFault) -> Answer:
    answer = asked.error(fault.status or _DEFAULT_STATUS, message=fault.message, code=fault.code)
    match fault.body:
        case None:
            return answer
        case bytes(text):
            return replace(answer, parts=[text])
        case _:
            return replace(answer, parts=[orjson.dumps(fault.body)])


def _replied(asked: Asked, fault: FakeFault) -> Answer:
    if fault.error_after is None or isinstance(fault.reply, FakeBody):
        return answer_to(asked, fault.reply)
    usual: Scope = asked.place.wire.spec["errors"][str(_DEFAULT_STATUS)]
    error = StreamError(fault.error_after, fault.error_event, fault.message or usual["message"], fault.code or "server_error")
    return _given(asked, as_reply(fault.reply), error)


def _retry_headers(fault: FakeFault) -> Mapping[str, str]:
    headers: dict[str, str] = {}
    match fault.retry_after:
        case None:
            pass
        case datetime() as when:
            headers["retry-after"] = email.utils.format_datetime(when.astimezone(UTC), usegmt=True)
        case seconds:
            headers["retry-after"] = f"{seconds:g}"
    if fault.retry_after_ms is not None:
        headers["retry-after-ms"] = f"{fault.retry_after_ms:g}"
    return headers
