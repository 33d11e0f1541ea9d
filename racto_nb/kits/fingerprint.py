"""One name for one question: a hash of everything that its answer depends on. Pure.

The name goes into caches on disk and in other processes, so it depends on contents alone: no ids, no order of dicts, no `hash()`.
What the question is made of is written as JSON, in lists whose places have a meaning, so that no text can be taken for another
part. What JSON cannot tell apart (NaN and null, bytes, half characters) is written in words of our own, with the types.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

import orjson
from blake3 import blake3
from pydantic import BaseModel

from racto_nb.exceptions import WrongTypeError
from racto_nb.kits.middleware import Ask
from racto_nb.models.chat import ChatConfig, OngoingChat
from racto_nb.models.messages import Message
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.schemas import schema_of

FORM = 1
"""The number of the form in which questions are written. Another form gives every question another name."""


def fingerprint(ask: Ask, *, message: bool = True) -> str:
    """64 hexadecimal digits that equal questions share, in every process, and different ones do not.

    All of the question counts: provider, address, model, routes and settings of the kit, the prompt, the history with its files
    and calls of tools, the message, attachments by their bytes, the tools' schemas, the class of the answer with its schema, and
    all options. The order of keys in dicts does not, and neither do `streamed`, `fresh` and `max_validation_retries`, on which no
    valid answer depends. 1, 1.0 and True are different, as they are for a provider. With `message=False` the user's message is
    left out: questions of the same kind then share a name.

    Raises WrongTypeError for a value in `extra` that has no name which holds in other processes, such as a client, and UsageError
    for a class that has no JSON schema.

    >>> ask = Ask("openai", "gpt-6-luna", ChatConfig(user_message="Hi"), streamed=False)
    >>> fingerprint(ask) == fingerprint(ask), len(fingerprint(ask))
    (True, 64)
    """
    return blake3(_written(_parts(ask, message=message))).hexdigest()


def _parts(ask: Ask, *, message: bool) -> list[Any]:
    config = ask.config
    said = config.transcript if isinstance(config, OngoingChat) else ()
    return [
        FORM,
        [ask.provider, ask.address, ask.model, ask.routes, *filter(None, [ask.settings])],
        _prompt(config.prompt),
        [_message(turn) for turn in config.history],
        [config.user_message] if message else [],
        [_message(turn) for turn in said],
        _files(config.attachments),
        _tools(config.tools),
        _class(config.response_model),
        _options(config),
        _free(config.extra),
    ]


def _options(config: ChatConfig) -> list[Any]:
    return [
        config.temperature,
        config.max_tokens,
        config.auto_execute_tools,
        config.max_tool_turns,
        config.chain_of_thought,
        config.native_thinking,
        config.thinking_budget,
    ]


def _prompt(prompt: RactoPrompt | None) -> list[Any] | None:
    if prompt is None:
        return None
    output = prompt.output_format
    # A subclass may compile to anything, whatever its fields say.
    own = [] if type(prompt) is RactoPrompt else [_name(type(prompt)), prompt.compile()]
    return [
        [prompt.role, prompt.aim, prompt.context, prompt.constraints, prompt.tone],
        output if isinstance(output, str) else [_class(output)],
        prompt.examples,
        prompt.anti_hallucination,
        own,
    ]


def _message(turn: Message) -> list[Any]:
    if not (turn.attachments or turn.tool_calls or turn.tool_call_id or turn.name or turn.is_error or turn.own):
        return [turn.role, turn.content]
    calls = [[call.id, call.name, _free(call.arguments)] for call in turn.tool_calls]
    result = [turn.tool_call_id, turn.name, turn.is_error]
    return [turn.role, turn.content, _files(turn.attachments), calls, result, _free(turn.own)]


def _files(files: Sequence[RactoFile] | None) -> list[list[str]]:
    return [[file.name, file.mime_type, blake3(file.data).hexdigest()] for file in files or ()]


def _tools(tools: ToolSource | None) -> list[Any] | None:
    if tools is None:
        return None
    return [[tool.name, tool.description, _free(tool.to_json_schema())] for tool in tools.schemas]


def _class(model: type[BaseModel] | None) -> list[Any] | None:
    """The class by its name and its schema of this moment: a class that is defined anew may keep its name."""
    return None if model is None else [_name(model), _free(schema_of(model))]


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _free(value: object) -> list[Any]:
    """A value of any shape: as it is where it is JSON, else in our own words."""
    return [value] if not value or _is_json(value) else ["", _typed(value).hex()]


def _is_json(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -(2**63) <= cast("int", value) < 2**63
    if kind is float:
        return math.isfinite(cast("float", value))
    if kind is dict:
        items = cast("dict[object, object]", value).items()
        return all(type(key) is str and _is_json(item) for key, item in items)
    return (kind is list or kind is tuple) and all(map(_is_json, cast("Sequence[object]", value)))


def _written(parts: list[Any]) -> bytes:
    try:
        return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # half a character, say, or a value that an unchecked copy has put into a field
        return b"\x00" + _typed(parts)


def _typed(value: object) -> bytes:
    """`value` with the types of all its parts, each as long as it says it is."""
    match value:
        case Enum():
            return _sized(b"e", _name(type(value)).encode(), _typed(value.value))
        case bool() | int() | float() | complex() | Decimal() | None:
            return _sized(type(value).__name__[:2].encode(), repr(value).encode())
        case str():
            return _sized(b"s", value.encode("utf-8", "surrogatepass"))
        case bytes() | bytearray() | memoryview():
            return _sized(b"b", bytes(cast("bytes", value)))
        case dict():
            pairs = cast("dict[object, object]", value).items()
            return _sized(b"d", *sorted(_typed(key) + _typed(item) for key, item in pairs))
        case set() | frozenset():
            return _sized(b"g", *sorted(map(_typed, cast("set[object]", value))))
        case list() | tuple():
            return _sized(b"l", *map(_typed, cast("list[object]", value)))
        case _:
            return _typed_object(value)


def _typed_object(value: object) -> bytes:
    if isinstance(value, type):
        kind = cast("type[object]", value)
        return _sized(b"c", _typed(_class(kind) if issubclass(kind, BaseModel) else _name(kind)))
    name = _name(type(value)).encode()
    if isinstance(value, BaseModel):
        return _sized(b"m", name, _typed({**value.__dict__, **(value.__pydantic_extra__ or {})}))
    if is_dataclass(value):
        return _sized(b"o", name, _typed({each.name: getattr(value, each.name) for each in fields(value)}))
    if isinstance(value, date | datetime | time | timedelta | UUID):
        return _sized(b"t", name, repr(value).encode())
    msg = (
        f"A question with {value!r:.80} ({type(value).__name__}) has no key: nobody can tell whether another one asks the same. "
        "Give texts, numbers, lists and dicts in `extra`, or ask without a cache."
    )
    raise WrongTypeError(msg)


def _sized(kind: bytes, *parts: bytes) -> bytes:
    return b"".join([kind, *(b"%d:" % len(part) + part for part in parts), b";"])
