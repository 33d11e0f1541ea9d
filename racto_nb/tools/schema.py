"""A tool and its parameters as a model must know them. Pure values, and the JSON schema made of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from racto_nb.prompts.fields import refuse_unknown_fields


class ParamSchema(BaseModel):
    """One parameter of a tool.

    `type` is the word of JSON Schema for it (`string`, `integer`, `number`, `boolean`, `array`, `object`, `null`), also for a
    parameter that may be null besides; it is empty where values of several types fit, or any. `enum` lists the allowed values,
    `default` is what the tool takes for a parameter that is not `required`. `json_schema` says all of it, with items, nested
    properties and limits; without one, the schema is made of `type` and `enum`.

    >>> ParamSchema(name="unit", type="string", enum=["C", "F"], required=False, default="C").to_json_schema()
    {'type': 'string', 'enum': ['C', 'F'], 'default': 'C'}
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    type: str
    description: str = ""
    required: bool = True
    enum: list[Any] | None = None
    default: Any = None
    json_schema: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    def to_json_schema(self) -> dict[str, Any]:
        """The JSON schema of the parameter's values, with its description and its default. A default of None is not told."""
        schema = self._of_the_type() if self.json_schema is None else deepcopy(self.json_schema)
        if self.description:
            schema["description"] = self.description
        if not self.required and self.default is not None:
            schema["default"] = deepcopy(self.default)
        return schema

    def _of_the_type(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": self.type} if self.type else {}
        if self.type == "array":
            schema["items"] = {}  # OpenAI refuses an array that does not speak of its items
        if self.enum is not None:
            schema["enum"] = list(self.enum)
        return schema


class ToolSchema(BaseModel):
    """A tool: its name, what it does, and its parameters.

    `definitions` are the nested types that parameters refer to as `#/$defs/…`. `additional` says whether arguments beyond the
    parameters may be given (`**kwargs`): no, yes, or those that fit a schema.

    >>> city = ParamSchema(name="city", type="string", description="The city's name")
    >>> ToolSchema(name="get_weather", description="The weather in a city.", parameters=[city]).to_json_schema()["required"]
    ['city']
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    description: str
    parameters: list[ParamSchema] = Field(default_factory=list[ParamSchema])
    definitions: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    additional: bool | dict[str, Any] = False

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    def to_json_schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments: an object; `required` and `$defs` stand in it only if there is something in them.

        >>> ToolSchema(name="ping", description="").to_json_schema()
        {'type': 'object', 'properties': {}, 'additionalProperties': False}
        """
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {parameter.name: parameter.to_json_schema() for parameter in self.parameters},
        }
        if required := [parameter.name for parameter in self.parameters if parameter.required]:
            schema["required"] = required
        schema["additionalProperties"] = deepcopy(self.additional)
        if self.definitions:
            schema["$defs"] = deepcopy(self.definitions)
        return schema
