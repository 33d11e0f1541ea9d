"""Questions and answers as JSON data, for a program on another machine, and back. Pure.

Data crosses the wire, never code: a class travels as its name and its JSON schema, tools as their names and schemas, files as
base64. What a name stands for is looked up among what the other program has loaded already; nothing is imported for a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

import orjson
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.fleet.sent_classes import class_from, class_name
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.kits.listing import with_listed_tools, with_tools_asked_for
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.sources import ToolDescription, ToolHost, ToolSource
from racto_nb.models.stream import joined_halves
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.schemas import schema_of
from racto_nb.tools.schema import ToolSchema

Data = dict[str, Any]
_BY_HAND = frozenset({"prompt", "tools", "response_model", "custom_id"})
_TURNS = "messages"
_ORIGIN = "origin"
_SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Known:
    """What the program that answers has: the functions behind names of tools, and classes of answers by their names."""

    tools: ToolSource | None = None
    classes: Mapping[str, type[BaseModel]] = field(default_factory=dict[str, type[BaseModel]])


def known(tools: ToolSource | None, response_models: Iterable[type[BaseModel]]) -> Known:
    """What a program was given to answer with."""
    return Known(tools, {class_name(each): each for each in response_models})


def with_tools_known(config: ChatConfig, have: Known) -> Flow[tuple[ChatConfig, Known]]:
    """Both, with the tools of hosts that stand in them, which are asked for here: `question_data` would wait for them."""
    asked = yield from with_listed_tools(config)
    host = have.tools
    if not asked.auto_execute_tools or not isinstance(host, ToolHost):
        return asked, have
    return asked, replace(have, tools=(yield from either(host.listed, host.alisted)))


def question_data(config: ChatConfig, have: Known) -> Data:
    """`config` as JSON: what was set in it, so that an explicit 0.0 stays one. UsageError for what no message can carry."""
    config = with_tools_asked_for(config)
    try:
        data = config.model_dump(mode="json", exclude=set(_BY_HAND), exclude_unset=True)
    except PydanticSerializationError as error:
        msg = (
            f"The question cannot be written as JSON, and a task takes nothing else ({error}). Look at its extra and its history."
        )
        raise UsageError(msg) from error
    if config.prompt is not None:
        data["prompt"] = _prompt_data(config.prompt)
    if config.response_model is not None:
        data["response_model"] = _class_data(config.response_model)
    if config.tools is not None:
        if config.auto_execute_tools:
            _refuse_unknown_tools([each.name for each in config.tools.schemas], have.tools)
        data["tools"] = [_tool_data(each) for each in config.tools.schemas]
    return checked_json(data, "The question")


def question_from(data: Mapping[str, Any], have: Known) -> ChatConfig:
    """The question that `question_data` wrote. Raises UsageError for a tool that is to be carried out and is not here."""
    fields = dict(data)
    if (prompt := fields.get("prompt")) is not None:
        fields["prompt"] = _prompt_from(prompt, have)
    if (model := fields.get("response_model")) is not None:
        fields["response_model"] = class_from(model["name"], model["schema"], have.classes)
    if (tools := fields.get("tools")) is not None:
        fields["tools"] = _tools_from(tools, have.tools, needed=bool(fields.get("auto_execute_tools")))
    try:
        return ChatConfig.model_validate(fields)
    except ValidationError as error:
        msg = f"The question that came is none of this version: {error}"
        raise UsageError(msg) from error


def answer_data(response: LLMResponse) -> Data:
    """`response` as JSON: its fields, its turns, its origin and what it used.

    `raw`, the provider's own object, stays where it was made. It is paid for: half a character becomes U+FFFD, and stops nothing.
    """
    data = response.model_dump(mode="json", exclude={"raw"})
    data[_TURNS] = [turn.model_dump(mode="json") for turn in response.messages]
    data[_ORIGIN] = response.origin
    data[_SPENT] = [asdict(each) for each in response.spent]
    return checked_json(as_data(_changed(data, _whole)), "The answer")


def answer_from(data: Mapping[str, Any]) -> LLMResponse:
    """The answer that `answer_data` wrote. Raises UsageError for what is none."""
    try:
        return LLMResponse.model_validate({name: value for name, value in data.items() if name in LLMResponse.model_fields})
    except ValidationError as error:
        msg = f"What came is no answer: {error}"
        raise UsageError(msg) from error


def checked_json(data: Data, what: str) -> Data:
    """`data` itself. Raises UsageError, which names the part, where JSON cannot carry it."""
    for name, value in data.items():
        try:
            _dumped(value)
        except TypeError as error:
            msg = f"{what} cannot be written as JSON, and a task takes nothing else: {name} ({error})."
            raise UsageError(msg) from error
    return data


def _dumped(value: object) -> None:
    """Raises TypeError for what is no JSON. Integers of any length are: tasks carry also those that orjson does not write."""
    try:
        orjson.dumps(value)
    except TypeError:
        orjson.dumps(_changed(value, _short))


def _short(leaf: object) -> object:
    return 0 if type(leaf) is int else leaf


def _whole(leaf: object) -> object:
    return joined_halves(leaf) if isinstance(leaf, str) else leaf


def _changed(value: object, change: Callable[[object], object]) -> object:
    """JSON data, each of its leaves and names changed."""
    if isinstance(value, dict):
        return {change(name): _changed(each, change) for name, each in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_changed(each, change) for each in cast("list[object]", value)]
    return change(value)


def _prompt_data(prompt: RactoPrompt) -> Data:
    if type(prompt) is not RactoPrompt:
        msg = f"A {type(prompt).__name__} cannot be sent: what it adds to RactoPrompt is code. Send a RactoPrompt."
        raise WrongTypeError(msg)
    data = prompt.model_dump(mode="json", exclude={"output_format"})
    output = prompt.output_format
    return {**data, "output_format": output if isinstance(output, str) else _class_data(output)}


def _prompt_from(data: Mapping[str, Any], have: Known) -> RactoPrompt:
    output = data["output_format"]
    named = output if isinstance(output, str) else class_from(output["name"], output["schema"], have.classes)
    return RactoPrompt.model_validate({**data, "output_format": named})


def _class_data(model: type[BaseModel]) -> Data:
    return {"name": class_name(model), "schema": schema_of(model)}


def _tool_data(tool: ToolDescription) -> Data:
    if isinstance(tool, ToolSchema):
        return tool.model_dump(mode="json")
    return {"name": tool.name, "description": tool.description, "json_schema": tool.to_json_schema()}


def _refuse_unknown_tools(names: Iterable[str], tools: ToolSource | None) -> None:
    found = _listed(tools)
    lacking = [name for name in names if found is None or name not in found]
    if lacking:
        msg = (
            f"The tools {lacking} are to be carried out, and the worker does not know them. Functions are not sent: give the "
            "worker tools=ToolRegistry([…]) in the module that it is started with, or leave auto_execute_tools out."
        )
        raise UsageError(msg)


def _listed(tools: ToolSource | None) -> ToolSource | None:
    """The tools of a host, asked for where they are not known."""
    return tools.listed() if isinstance(tools, ToolHost) else tools


def _tools_from(data: list[Data], tools: ToolSource | None, *, needed: bool) -> ToolSource:
    names = [each["name"] for each in data]
    tools = _listed(tools) if needed else tools
    if needed:
        _refuse_unknown_tools(names, tools)
    described = [_described(each) for each in data]
    return SentTools(described, tools if needed else None)


def _described(data: Data) -> ToolDescription:
    return _Described(**data) if "json_schema" in data else ToolSchema.model_validate(data)


@dataclass(frozen=True, slots=True)
class _Described:
    name: str
    description: str
    json_schema: Data

    def to_json_schema(self) -> Data:
        return self.json_schema


class SentTools:
    """The tools of a question that came from elsewhere: its schemas, with the functions that `tools` has under their names."""

    def __init__(self, schemas: list[ToolDescription], tools: ToolSource | None) -> None:
        self._schemas, self._tools = schemas, tools

    @property
    def schemas(self) -> list[ToolDescription]:
        """What the model is told."""
        return self._schemas

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """The function of this program, None where calls are to come back."""
        return self._tools.get_callable(name) if self._tools is not None and name in self else None

    def validated(self, name: str, arguments: Mapping[str, Any]) -> Data:
        """`arguments`, checked where there is a function for them."""
        return dict(arguments) if self._tools is None else self._tools.validated(name, arguments)

    def __len__(self) -> int:
        return len(self._schemas)

    def __contains__(self, name: object) -> bool:
        return any(each.name == name for each in self._schemas)


def as_data(value: object) -> Data:
    """A JSON object, as it is typed."""
    return cast("Data", value)
