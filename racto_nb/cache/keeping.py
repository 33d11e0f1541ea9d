"""Answers as caches keep them: frozen, so that nobody who was given one changes what the next one is given. Pure.

An answer is taken apart when it is stored and put together anew for each reader. Texts are shared, since nobody can change them;
everything else is a copy. What is JSON in an answer is kept as JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, cast

import orjson
from pydantic_core import PydanticSerializationError, from_json, to_json

from racto_nb.exceptions import WrongTypeError
from racto_nb.models.messages import Message, MessageRole, ToolCallResult, ToolRun, ToolStop
from racto_nb.models.response import FinishReason, LLMResponse

T = TypeVar("T", LLMResponse, Message)

_set = object.__setattr__
_FIELDS = frozenset(LLMResponse.model_fields)
_TURN_FIELDS = frozenset({"role", "content"})


class Kept(NamedTuple):
    """An answer in a cache. `stored_at` is when the provider gave it, in seconds since 1970.

    `turns` are the messages of the answer; those that are more than a text are bytes of JSON. `parsed` and `rest` (calls of
    tools, where an answer was stored by hand) are JSON or None. It is a tuple
    since that is made in a third of a dataclass's time.
    """

    content: str | None
    thinking: str | None
    finish_reason: FinishReason
    usage: dict[str, int]
    model: str | None
    tool_stop: ToolStop | None
    parsed: bytes | None
    turns: tuple[tuple[MessageRole, str] | bytes, ...]
    rest: bytes | None
    stored_at: float

    @property
    def moment(self) -> datetime:
        """When the provider gave it."""
        return datetime.fromtimestamp(self.stored_at, UTC)

    def response(self) -> LLMResponse:
        """The answer, as a copy of its own. `raw` and `parsed_model` are not kept."""
        calls, runs = ([], []) if self.rest is None else _rest(self.rest)
        state = {
            "content": self.content,
            "thinking": self.thinking,
            "parsed": None if self.parsed is None else from_json(self.parsed),
            "tool_calls": calls,
            "finish_reason": self.finish_reason,
            "usage": self.usage.copy(),
            "model": self.model,
            "raw": None,
            "parsed_model": None,
            "messages": [_turn(turn) for turn in self.turns],
            "tool_runs": runs,
            "tool_stop": self.tool_stop,
            "origin": "fresh",
            "stored_at": None,
            "route": None,  # how it was routed and what was left out then is of the call that had asked
            "truncation": None,
            "spent": (),
        }
        return _built(LLMResponse, state, _FIELDS)


def kept(response: LLMResponse, stored_at: float) -> Kept:
    """`response` as caches keep it. Raises WrongTypeError for what is no answer, or holds values that JSON cannot carry."""
    if not isinstance(response, LLMResponse):  # pyright: ignore[reportUnnecessaryIsInstance]  (users store texts)
        msg = f"A cache keeps LLMResponses, not {type(response).__name__}."
        raise WrongTypeError(msg)
    has_more = response.tool_calls or response.tool_runs
    try:
        return Kept(
            content=response.content,
            thinking=response.thinking,
            finish_reason=response.finish_reason,
            usage=dict(response.usage),
            model=response.model,
            tool_stop=response.tool_stop,
            parsed=None if response.parsed is None else to_json(response.parsed, inf_nan_mode="constants"),
            turns=tuple(map(_frozen_turn, response.messages)),
            rest=to_json([response.tool_calls, response.tool_runs], inf_nan_mode="constants") if has_more else None,
            stored_at=stored_at,
        )
    except PydanticSerializationError as error:
        msg = f"The answer holds a value that JSON cannot carry, so that it cannot be kept: {error}"
        raise WrongTypeError(msg) from error


def written(known: Kept) -> bytes:
    """`known` as bytes of JSON, for a file or another process. Raises WrongTypeError for half a character in a text."""
    try:
        return orjson.dumps([
            known.content, known.thinking, known.finish_reason, known.usage, known.model, known.tool_stop,
            _text(known.parsed), [_text(turn) if isinstance(turn, bytes) else turn for turn in known.turns], _text(known.rest),
        ])  # fmt: skip
    except TypeError as error:
        msg = f"The answer cannot be written into a file, so that it is not kept: {error}."
        raise WrongTypeError(msg) from error


def read(data: bytes, stored_at: float) -> Kept:
    """What `written` has written. Raises ValueError for anything else."""
    try:
        content, thinking, reason, usage, model, stop, parsed, turns, rest = orjson.loads(data)
        said = tuple([turn.encode() if isinstance(turn, str) else (_ROLES[turn[0]], turn[1]) for turn in turns])
        stopped = None if stop is None else ToolStop(stop)
        # In the order of the fields, which takes half the time of their names.
        return Kept(
            content, thinking, _REASONS[reason], dict(usage), model, stopped, _bytes(parsed), said, _bytes(rest), stored_at
        )
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"no stored answer: {error!r}"
        raise ValueError(msg) from error


_REASONS = {reason.value: reason for reason in FinishReason}
_ROLES = {role.value: role for role in MessageRole}


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _frozen_turn(turn: Message) -> tuple[MessageRole, str] | bytes:
    plain = not (turn.attachments or turn.tool_calls or turn.tool_call_id or turn.name or turn.is_error or turn.own)
    return (turn.role, turn.content) if plain else turn.model_dump_json().encode()


def _turn(turn: tuple[MessageRole, str] | bytes) -> Message:
    if isinstance(turn, bytes):
        return Message.model_validate_json(turn)
    role, content = turn
    state: dict[str, Any] = {
        "role": role,
        "content": content,
        "attachments": [],
        "tool_calls": [],
        "tool_call_id": "",
        "name": "",
        "is_error": False,
        "own": None,
    }
    return _built(Message, state, _TURN_FIELDS)


def _rest(data: bytes) -> tuple[list[ToolCallResult], list[ToolRun]]:
    calls, runs = cast("list[list[Any]]", from_json(data))
    return [ToolCallResult.model_validate(call) for call in calls], [ToolRun.model_validate(run) for run in runs]


def _built(kind: type[T], state: dict[str, Any], fields: frozenset[str]) -> T:
    """A model of fields that were checked before, the way Pydantic copies one: in a quarter of the time."""
    made = kind.__new__(kind)
    _set(made, "__dict__", state)
    _set(made, "__pydantic_fields_set__", set(fields))
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made
