"""From annotations to JSON Schema, and from JSON back to what a function takes."""

# Annotations are objects here; test_annotations_as_text.py has them as text.
import functools
import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Optional
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, ValidationError
from typing_extensions import TypedDict, Unpack

from racto_nb.exceptions import UsageError
from racto_nb.tools import ParamSchema, ToolRegistry, ToolSchema


class Unit(StrEnum):
    C = "celsius"
    F = "fahrenheit"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Corner(Enum):
    LEFT = (0, 0)
    RIGHT = (1, 0)


class Place(BaseModel):
    """A place."""

    title: str
    floor: int = 0


class Tree(BaseModel):
    title: str
    branches: list["Tree"] = []


@dataclass
class Point:
    x: int
    y: int = 0


class Options(TypedDict):
    limit: int
    order: NotRequired[str]


def schema_of(hint: Any) -> dict[str, Any]:
    def f(x): ...

    f.__annotations__["x"] = hint
    return ToolRegistry([f]).schemas[0].to_json_schema()


def taken(hint: Any, value: Any) -> Any:
    def f(x): ...

    f.__annotations__["x"] = hint
    return ToolRegistry([f]).validated("f", {"x": value})["x"]


def only(function: Callable[..., Any]) -> ToolSchema:
    return ToolRegistry([function]).schemas[0]


TYPES = [
    (str, {"type": "string"}, "a", "a"),
    (int, {"type": "integer"}, 3, 3),
    (float, {"type": "number"}, 3, 3.0),
    (bool, {"type": "boolean"}, True, True),
    (Any, {}, {"a": [None]}, {"a": [None]}),
    (object, {}, [1], [1]),
    (list, {"type": "array", "items": {}}, [1, "a"], [1, "a"]),
    (list[int], {"type": "array", "items": {"type": "integer"}}, [1], [1]),
    (dict[str, list[bool]], {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "boolean"}}}, {"a": [True]}, {"a": [True]}),
    (tuple[int, str], {"type": "array", "maxItems": 2, "minItems": 2, "prefixItems": [{"type": "integer"}, {"type": "string"}]}, [1, "a"], (1, "a")),
    (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}, [1, 2], (1, 2)),
    (set[int], {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, [1, 2], {1, 2}),
    (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, None),  # noqa: UP045
    (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "a", "a"),
    (list[int] | None, {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}, [1], [1]),
    (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}, "b", "b"),
    (Literal["a", 1, True], {"enum": ["a", 1, True]}, "a", "a"),
    (Annotated[int, Field(ge=1, le=9)], {"type": "integer", "minimum": 1, "maximum": 9}, 3, 3),
    (date, {"type": "string", "format": "date"}, "2026-07-14", date(2026, 7, 14)),
    (datetime, {"type": "string", "format": "date-time"}, "2026-07-14T10:00:00Z", datetime(2026, 7, 14, 10, tzinfo=UTC)),
    (timedelta, {"type": "string", "format": "duration"}, "PT1H", timedelta(hours=1)),
    (UUID, {"type": "string", "format": "uuid"}, "12345678-1234-5678-1234-567812345678", UUID(int=0x12345678123456781234567812345678)),
    (Path, {"type": "string", "format": "path"}, "a/b", Path("a/b")),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "schema", "given", "expected"), TYPES, ids=[str(each[0]) for each in TYPES])
def test_a_type_has_its_schema_and_takes_json(hint: Any, schema: dict[str, Any], given: Any, expected: Any):
    assert schema_of(hint) == {"type": "object", "properties": {"x": schema}, "required": ["x"], "additionalProperties": False}
    assert taken(hint, given) == expected
    assert type(taken(hint, given)) is type(expected)


REFERRED = [
    (Unit, {"type": "string", "enum": ["celsius", "fahrenheit"]}, "celsius", Unit.C),
    (Level, {"type": "integer", "enum": [1, 2]}, 2, Level.HIGH),
    (Corner, {"type": "array", "enum": [[0, 0], [1, 0]]}, [1, 0], Corner.RIGHT),
    (Place, {"type": "object", "description": "A place.", "properties": {"title": {"type": "string"}, "floor": {"type": "integer"}}, "required": ["title"]}, {"title": "Hall"}, Place(title="Hall")),
    (Point, {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x"]}, {"x": 1}, Point(1)),
    (Options, {"type": "object", "properties": {"limit": {"type": "integer"}, "order": {"type": "string"}}, "required": ["limit"]}, {"limit": 1}, {"limit": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "schema", "given", "expected"), REFERRED, ids=[each[0].__name__ for each in REFERRED])
def test_a_named_type_stands_among_the_definitions(hint: Any, schema: dict[str, Any], given: Any, expected: Any):
    found = schema_of(hint)
    assert found["properties"]["x"] == {"$ref": f"#/$defs/{hint.__name__}"}
    assert found["$defs"] == {hint.__name__: schema}
    assert taken(hint, given) == expected


class Holiday(Enum):
    NEW_YEAR = date(2026, 1, 1)


def test_an_enum_of_dates_is_given_as_json_has_them():
    assert schema_of(Holiday)["$defs"]["Holiday"]["enum"] == ["2026-01-01"]
    assert taken(Holiday, "2026-01-01") is Holiday.NEW_YEAR
    with pytest.raises(UsageError, match="x: Input should be"):
        taken(Holiday, "2026-01-02")


@pytest.mark.parametrize("hint", [list[Corner], Holiday | None, dict[str, tuple[Corner, int]]])
def test_such_an_enum_inside_another_type_is_refused(hint: Any):
    with pytest.raises(UsageError, match=r"Parameter 'x' of .* JSON cannot give them back"):
        schema_of(hint)


def test_free_keyword_arguments_change_nothing_inside_nested_types():
    def f(point: Point, options: Options, **rest: int): ...

    registry = ToolRegistry([f])
    assert "additionalProperties" not in registry.schemas[0].definitions["Point"]
    given = {"point": {"x": 1, "z": 2}, "options": {"limit": 1}, "z": 3}
    assert registry.validated("f", given) == {"point": Point(1), "options": {"limit": 1}, "z": 3}


def test_a_default_inside_annotated_is_filled_in():
    def f(x: Annotated[int, Field(default=3)]): ...

    registry = ToolRegistry([f])
    assert registry.validated("f", {}) == {"x": 3}
    assert registry.schemas[0].to_json_schema()["properties"] == {"x": {"type": "integer", "default": 3}}


def test_a_decimal_keeps_its_digits():
    assert taken(Decimal, "0.10") == Decimal("0.10")
    assert str(taken(Decimal, "0.10")) == "0.10"


WORDS = [
    (int, "integer", None), (int | None, "integer", None), (int | str, "", None), (Any, "", None), (Unit, "string", ["celsius", "fahrenheit"]),
    (Level | None, "integer", [1, 2]), (Literal["a", "b"], "string", ["a", "b"]), (Literal[1], "integer", [1]), (Literal["a", 1], "", ["a", 1]),
    (Place, "object", None), (list[str] | None, "array", None), (None, "null", None), (list[Unit], "array", None), (Tree, "object", None),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "word", "enum"), WORDS)
def test_a_parameter_says_its_type_in_a_word_and_what_is_allowed(hint: Any, word: str, enum: list[Any] | None):
    def f(x): ...

    f.__annotations__["x"] = hint
    (parameter,) = only(f).parameters
    assert (parameter.type, parameter.enum) == (word, enum)


def test_defaults_are_told_and_left_to_the_function():
    def f(city: str, unit: Unit = Unit.C, day: date = date(2026, 1, 2), tags: list[str] = [], note=None): ...  # noqa: B006

    schema = only(f)
    assert [(each.name, each.required, each.default) for each in schema.parameters] == [
        ("city", True, None), ("unit", False, "celsius"), ("day", False, "2026-01-02"), ("tags", False, []), ("note", False, None),
    ]  # fmt: skip
    described = schema.to_json_schema()
    assert described["required"] == ["city"]
    assert described["properties"]["unit"] == {"$ref": "#/$defs/Unit", "default": "celsius"}
    assert "default" not in described["properties"]["note"]
    assert ToolRegistry([f]).validated("f", {"city": "Oslo"}) == {"city": "Oslo"}


@pytest.mark.parametrize(
    "default", [float("nan"), float("inf"), object(), threading.Lock(), "a word"], ids=lambda value: type(value).__name__
)
def test_a_default_that_json_or_the_parameter_cannot_take_is_not_told(default: object):
    def f(x: float = default): ...

    assert only(f).to_json_schema()["properties"] == {"x": {"type": "number"}}


def test_a_default_of_none_lets_none_be_given():
    def f(a: str = None, b: Annotated[int, Field(ge=1, description="B")] = None): ...  # noqa: RUF013

    schema = only(f).to_json_schema()["properties"]
    assert schema["a"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert schema["b"] == {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "description": "B"}
    assert ToolRegistry([f]).validated("f", {"a": None, "b": None}) == {"a": None, "b": None}


def test_a_field_as_default_gives_its_limits_and_its_value():
    def f(x: int = Field(3, le=9, description="The x"), y: int = Field(description="The y")): ...

    registry = ToolRegistry([f])
    schema = registry.schemas[0].to_json_schema()
    assert schema["properties"]["x"] == {"type": "integer", "maximum": 9, "description": "The x", "default": 3}
    assert schema["required"] == ["y"]
    assert registry.validated("f", {"y": 1}) == {"x": 3, "y": 1}  # f itself would take the Field for x


def test_a_parameter_without_annotation_takes_any_json_and_has_no_type():
    def f(x): ...

    assert only(f).to_json_schema()["properties"] == {"x": {}}
    assert only(f).parameters[0].type == ""


def test_a_property_that_is_called_title_stays():
    def f(title: str, default: int = 1, description: str = "", properties: dict[str, Any] | None = None): ...

    assert list(only(f).to_json_schema()["properties"]) == ["title", "default", "description", "properties"]
    assert schema_of(Place)["$defs"]["Place"]["properties"]["title"] == {"type": "string"}


def test_names_that_pydantic_reserves_are_names():
    def f(_x: int, schema: str, model_config: int, copy: int, p0: int, json: int = 1): ...

    registry = ToolRegistry([f])
    given = {"_x": 1, "schema": "s", "model_config": 2, "copy": 3, "p0": 4}
    assert list(registry.schemas[0].to_json_schema()["properties"]) == [*given, "json"]
    assert registry.validated("f", given) == given


def test_keyword_only_and_free_keyword_arguments():
    def f(a: int, *, b: str, **rest: float) -> Any:
        return a, b, rest

    registry = ToolRegistry([f])
    schema = registry.schemas[0].to_json_schema()
    assert (schema["required"], schema["additionalProperties"]) == (["a", "b"], {"type": "number"})
    values = registry.validated("f", {"a": 1, "b": "x", "p0": 2, "rest": 3})
    assert f(**values) == (1, "x", {"p0": 2.0, "rest": 3.0})
    with pytest.raises(UsageError, match=r"'f': q: Input should be a valid number.*given: 'no'"):
        registry.validated("f", {"a": 1, "b": "x", "q": "no"})


def test_free_keyword_arguments_without_annotation_are_anything():
    def f(**rest): ...

    registry = ToolRegistry([f])
    assert registry.schemas[0].to_json_schema() == {"type": "object", "properties": {}, "additionalProperties": True}
    assert registry.validated("f", {"a": [1]}) == {"a": [1]}


def test_unpacked_options_are_parameters():
    def f(**options: Unpack[Options]) -> Any:
        return options

    registry = ToolRegistry([f])
    schema = registry.schemas[0].to_json_schema()
    assert (schema["required"], list(schema["properties"]), schema["additionalProperties"]) == (
        ["limit"],
        ["limit", "order"],
        False,
    )
    assert f(**registry.validated("f", {"limit": "3"})) == {"limit": 3}


def test_arguments_by_place_are_given_by_name():
    def f(a: int, b: int = 2, /, c: int = 3, *rest: int, d: int = 4, **more: int) -> Any:
        return a, b, c, rest, d, more

    registry = ToolRegistry([f])
    assert registry.schemas[0].to_json_schema()["properties"]["rest"] == {"type": "array", "items": {"type": "integer"}}
    call = registry.get_callable("f")
    assert call is not None
    assert call(**registry.validated("f", {"a": 1})) == (1, 2, 3, (), 4, {})
    assert call(**registry.validated("f", {"a": 1, "rest": [7, 8], "e": 9})) == (1, 2, 3, (7, 8), 4, {"e": 9})
    assert call(**registry.validated("f", {"a": 1, "c": 5, "d": 6})) == (1, 2, 5, (), 6, {})
    assert call.__name__ == "f"
    with pytest.raises(TypeError, match="missing"):
        call()


def test_what_a_partial_has_filled_stays_filled_when_called_by_place():
    def f(a: int, /, *rest: int, by: int) -> Any:
        return a, rest, by

    registry = ToolRegistry([functools.partial(f, by=3)])
    call = registry.get_callable("f")
    assert call is not None
    assert call(**registry.validated("f", {"a": 1, "rest": [2]})) == (1, (2,), 3)


@pytest.mark.parametrize("hint", [threading.Thread, Callable[[int], int], type("Own", (), {})])
def test_a_type_that_json_cannot_carry_is_refused_with_the_parameters_name(hint: Any):
    def f(fine: int, odd): ...

    f.__annotations__["odd"] = hint
    with pytest.raises(UsageError, match=r"Parameter 'odd' of .*\.f has a type that .*functools\.partial\(f, odd=…\)"):
        ToolRegistry().register(f)


def test_an_alias_of_a_parameter_is_refused():
    def f(x: Annotated[int, Field(alias="y")]): ...

    with pytest.raises(UsageError, match=r"'x' .* has an alias"):
        ToolRegistry().register(f)


def test_a_schema_written_by_hand_is_told_as_it_is():
    schema = ToolSchema(
        name="find",
        description="Find.",
        parameters=[
            ParamSchema(name="query", type="string", description="What"),
            ParamSchema(name="tags", type="array", required=False, default=["a"]),
            ParamSchema(name="unit", type="string", required=False, enum=["C", "F"]),
            ParamSchema(name="any", type=""),
        ],
    )
    assert schema.to_json_schema() == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What"},
            "tags": {"type": "array", "items": {}, "default": ["a"]},
            "unit": {"type": "string", "enum": ["C", "F"]},
            "any": {},
        },
        "required": ["query", "any"],
        "additionalProperties": False,
    }
    assert ToolSchema.model_validate_json(schema.model_dump_json()) == schema


@pytest.mark.parametrize(("kind", "wrong"), [(ParamSchema, "descripton"), (ToolSchema, "paramters")])
def test_a_misspelt_field_of_a_schema_is_refused(kind: Any, wrong: str):
    with pytest.raises(ValidationError, match="Did you mean"):
        kind(name="a", **{wrong: "x"})


def test_the_return_annotation_does_not_matter():
    def f(x: int) -> "NotDefinedAnywhere": ...  # noqa: F821

    assert only(f).parameters[0].type == "integer"
    assert inspect.signature(f).return_annotation == "NotDefinedAnywhere"
