"""The arguments of a tool as one Pydantic model: what they are described by, and what they are checked with.

The model of a function is made of its parameters. Its fields have names of their own, so that a parameter may be called `_x`,
`schema` or `model_config`; to the outside they go by the parameter's name.
"""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Optional, cast

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, TypeAdapter, create_model
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_jsonable_python

from racto_nb.exceptions import UsageError
from racto_nb.prompts.schemas import stripped
from racto_nb.tools.enums import from_json, refuse_odd_enums

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arguments:
    """`model` checks the arguments; `keys` says under which name each of its fields is given and handed on.

    `rest` is the name under which the model has the arguments of any other name (`**kwargs`), if there may be some. `filled` are
    the fields whose default the function would not know (`x: int = Field(3)`). `schema` is the JSON schema without titles,
    `defaults` are the defaults, as JSON, of the arguments that have one.
    """

    model: type[BaseModel]
    keys: Mapping[str, str]
    schema: Schema
    defaults: Mapping[str, Any]
    rest: str | None = None
    filled: frozenset[str] = field(default_factory=frozenset[str])


class _Quiet(GenerateJsonSchema):
    """Defaults that JSON cannot carry are left out without a warning."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012  (Pydantic's own attribute)


def of_model(model: type[BaseModel]) -> Arguments:
    """The arguments that fit a user's Pydantic class. Raises `UsageError` where they are no object, or have no JSON schema.

    >>> class Search(BaseModel):
    ...     query: str
    >>> of_model(Search).schema["properties"]
    {'query': {'type': 'string'}}
    """
    full = _full_schema(model, model.__qualname__)
    if full.get("type") != "object" or issubclass(model, RootModel):
        raise UsageError(f"{model.__qualname__} does not stand for a JSON object, and arguments are one. Give it named fields.")
    schema = cast("Schema", stripped(full))
    schema["additionalProperties"] = schema.get("additionalProperties", False)
    _refuse_odd_enums_of(model)
    keys = {name: _key(name, info) for name, info in model.model_fields.items()}
    return Arguments(model, keys, schema, _told_defaults(full))


class _Open(BaseModel):
    """Takes any arguments: they are checked where the tool runs."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


def of_schema(schema: Schema) -> Arguments:
    """The arguments that fit a schema written elsewhere. Only their names are checked here."""
    return Arguments(_Open, {}, schema, {})


def of_parameters(name: str, parameters: Sequence[inspect.Parameter], *, owner: str) -> Arguments:
    """The arguments of the tool `name` with these parameters, whose annotations are resolved. `owner` is who errors name.

    `*args` becomes a list under its name, and `**kwargs` lets arguments of any other name in. Raises `UsageError` for a
    parameter whose type JSON cannot carry.
    """
    parts = {f"p{place}": _part(each, owner) for place, each in enumerate(parameters)}
    make: Any = partial(create_model, name, __module__=__name__)
    # Settings of the model would be passed on to the dataclasses and TypedDicts inside it: it has none.
    model: type[BaseModel] = make(**{field: (part.hint, part.info) for field, part in parts.items()})
    full = _full_schema(model, owner)
    schema, rest = _without_rest(cast("Schema", stripped(full)), parameters)
    keys = {field: each.name for field, each in zip(parts, parameters, strict=True) if each.name != rest}
    told = {each.name: part.default for each, part in zip(parameters, parts.values(), strict=True) if part.default is not None}
    filled = {field for field, part in parts.items() if part.is_filled and not model.model_fields[field].is_required()}
    return Arguments(model, keys, schema, _told_defaults(full) | told, rest, frozenset(filled))


def _without_rest(schema: Schema, parameters: Sequence[inspect.Parameter]) -> tuple[Schema, str | None]:
    """The schema with what `**rest` says about other names where JSON Schema has it, and the name `rest`."""
    rest = next((each.name for each in parameters if each.kind is each.VAR_KEYWORD), None)
    if rest is None:
        return schema | {"additionalProperties": False}, None
    others: Schema = schema["properties"].pop(rest)
    return schema | {"additionalProperties": others.get("additionalProperties", True)}, rest


@dataclass(frozen=True, slots=True)
class _Part:
    """A parameter as a field: its type, what Pydantic is told beside it, its default as JSON, and whether we fill that in."""

    hint: Any
    info: Any
    default: Any = None
    is_filled: bool = False


def _part(parameter: inspect.Parameter, owner: str) -> _Part:
    name, hint, default = parameter.name, parameter.annotation, parameter.default
    _refuse_alias(hint, default, name, owner)
    if parameter.kind is parameter.VAR_POSITIONAL:
        _checked(hint, name, owner)
        return _Part(list[hint], Field(default_factory=list, alias=name))
    if parameter.kind is parameter.VAR_KEYWORD:
        _checked(hint, name, owner)
        return _Part(dict[str, hint], Field(default_factory=dict, alias=name))
    hint = from_json(hint)
    adapter = _checked(hint, name, owner)
    if default is parameter.empty:
        return _Part(hint, Field(alias=name), is_filled=True)
    if isinstance(default, FieldInfo):
        return _Part(Annotated[hint, default], Field(alias=name), is_filled=True)
    optional = Field(default_factory=_no_value, alias=name)
    if default is None and not _accepts(adapter, "null"):
        return _Part(_or_none(hint), optional)
    return _Part(hint, optional, default=_as_json(default, adapter))


def _no_value() -> None:
    """The default of every optional field: never handed on, the function has its own."""


def _checked(hint: Any, name: str, owner: str) -> TypeAdapter[Any]:
    """What checks the values of `hint`; `UsageError` where it has none, or no JSON schema."""
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        adapter.json_schema(schema_generator=_Quiet)
        refuse_odd_enums(adapter.core_schema)
    except (PydanticUserError, PydanticUndefinedAnnotation, TypeError, RuntimeError) as error:
        message = (
            f"Parameter {name!r} of {owner} has a type that a model cannot fill with JSON: {_reason(error)}. "
            f"Give it another type, or fill it yourself: functools.partial({owner.rpartition('.')[2]}, {name}=…)."
        )
        raise UsageError(message) from error
    return adapter


def _accepts(adapter: TypeAdapter[Any], text: str) -> bool:
    try:
        adapter.validate_json(text)
    except ValueError:
        return False
    return True


def _or_none(hint: Any) -> Any:
    """`hint` or None. What is annotated beside it stays outermost, where Pydantic looks for a description."""
    if typing.get_origin(hint) is Annotated:
        inner, *beside = typing.get_args(hint)
        return Annotated[(Optional[inner], *beside)]  # noqa: UP045  (the type is a value here)
    return Optional[hint]  # noqa: UP045  (a type that is known at run time only)


def _as_json(default: object, adapter: TypeAdapter[Any]) -> Any:
    """`default` as a model would write it, or None: then there is none that JSON could carry and the parameter would take."""
    try:
        text = json.dumps(to_jsonable_python(default), allow_nan=False)
    except ValueError:
        return None
    return json.loads(text) if _accepts(adapter, text) else None


def _refuse_alias(hint: Any, default: object, name: str, owner: str) -> None:
    beside = typing.get_args(hint)[1:] if typing.get_origin(hint) is Annotated else ()
    infos = [each for each in (*beside, default) if isinstance(each, FieldInfo)]
    if any(info.alias is not None or info.validation_alias is not None for info in infos):
        raise UsageError(f"Parameter {name!r} of {owner} has an alias, which its function does not know. Rename the parameter.")


def _full_schema(model: type[BaseModel], owner: str) -> Schema:
    """The schema of `model` with its object at the root: that of a class that holds itself is a reference."""
    try:
        schema = model.model_json_schema(schema_generator=_Quiet)
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise UsageError(f"{owner} cannot be a tool, its arguments have no JSON schema: {_reason(error)}.") from error
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    return {**schema["$defs"][name], "$defs": schema["$defs"]} if name else schema


def _reason(error: Exception) -> str:
    """The first sentence of Pydantic's error; the next ones give advice that does not fit here."""
    return str(error).partition("\n")[0].partition(". ")[0].rstrip(".")


def _refuse_odd_enums_of(model: type[BaseModel]) -> None:
    try:
        refuse_odd_enums(model.__pydantic_core_schema__)
    except TypeError as error:
        raise UsageError(f"{model.__qualname__} cannot be a tool: {error}.") from error


def _told_defaults(schema: Schema) -> dict[str, Any]:
    """The defaults in Pydantic's schema, those left out that are no JSON."""
    properties: dict[str, Schema] = schema.get("properties", {})
    defaults = {name: each["default"] for name, each in properties.items() if each.get("default") is not None}
    return {name: default for name, default in defaults.items() if _is_json(default)}


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _key(name: str, info: FieldInfo) -> str:
    match info.validation_alias:
        case str() as alias:
            return alias
        case AliasChoices(choices=[str(first), *_]):
            return first
        case _:
            return info.alias or name
