"""From the arguments of `run` to a ChatConfig, or to an error that says what to write. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from racto_nb.adapters.base import ChatTurn
from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.kits.structuring import reasons_of
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt

Turns = Sequence[ChatTurn | Message]


@dataclass(frozen=True, slots=True)
class Asked:
    """What `run` was called with. `options` are the arguments beyond those that every adapter has."""

    prompt: RactoPrompt | None
    user_message: str
    tools: ToolSource | None = None
    temperature: float = 0.0
    max_tokens: int = 4096
    history: Turns | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


def config_of(asked: Asked, *, where: str, extras: Collection[str]) -> ChatConfig:
    """The ChatConfig for `asked`: options that are its fields go there, those that the provider knows (`extras`) into `extra`.

    `where` is how the user knows the method, for errors. Raises UsageError for anything that no ChatConfig can have, and for an
    option that nobody knows, with the nearest name.
    """
    _check(asked.prompt, asked.user_message, asked.tools, where)
    fields = {name: value for name, value in asked.options.items() if name in ChatConfig.model_fields}
    others = {name: value for name, value in asked.options.items() if name not in fields}
    for name in others:
        if name not in extras:
            raise UsageError(f"{where} has no argument {name!r}.{did_you_mean(name, {*_OPTIONS, *extras})}")
    if others:
        fields["extra"] = _joined(fields.get("extra", {}), others, where)
    if asked.history is not None:
        fields["history"] = list(asked.history)
    for name in ("prompt", "tools", "temperature", "max_tokens"):
        # A default that was left alone stays one: models that take no temperature refuse one that was asked for.
        if getattr(asked, name) != ChatConfig.model_fields[name].default:
            fields[name] = getattr(asked, name)
    try:
        return ChatConfig(user_message=asked.user_message, **fields)
    except ValidationError as error:
        raise UsageError(f"{where}: {reasons_of(error, most=5)}") from None


_OPTIONS = frozenset(ChatConfig.model_fields) - {"prompt", "user_message"}


def _check(prompt: object, message: object, tools: object, where: str) -> None:
    if prompt is not None and not isinstance(prompt, RactoPrompt):
        how = "The question is user_message=." if isinstance(prompt, str) else "Write: RactoPrompt(role=..., aim=..., ...)."
        raise WrongTypeError(f"{where}: prompt is a RactoPrompt or None, not {type(prompt).__name__}. {how}")
    if not isinstance(message, str):
        raise WrongTypeError(f"{where}: user_message is a text, not {type(message).__name__}.")
    if not message.strip():
        raise UsageError(f"{where}: user_message is blank. Write what the model shall do. Nothing was sent.")
    if tools is not None and not isinstance(tools, ToolSource):
        raise WrongTypeError(f"{where}: tools is a ToolRegistry or None, not {type(tools).__name__}. Write: ToolRegistry([...]).")


def _joined(extra: object, others: Mapping[str, Any], where: str) -> dict[str, Any]:
    if not isinstance(extra, Mapping):
        raise WrongTypeError(f"{where}: extra is a dict of parameters of the provider, not {type(extra).__name__}.")
    known = dict(cast("Mapping[str, Any]", extra))
    if twice := sorted(known.keys() & others.keys()):
        raise UsageError(f"{where}: {twice[0]!r} is given twice, as an argument and in extra. Give it once.")
    return known | dict(others)
