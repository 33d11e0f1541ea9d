"""Schemas in strict form: closed, complete, without what strict mode refuses, and never narrower than they were."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field
from wire.answer_models import MODELS

from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.chat_completions.schemas import is_complete, strict_schema

KNOWN = {
    "$defs", "$ref", "additionalProperties", "anyOf", "const", "definitions", "description", "enum", "exclusiveMaximum",
    "exclusiveMinimum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "multipleOf", "pattern", "properties",
    "required", "type",
}  # fmt: skip
NAMES = ["a", "b", "title", "default", "$ref", "properties", "type", "items", "anyOf", "pattern", "not"]


def positions(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema in `schema`: not its data, and not the names of its properties."""
    yield schema
    for key in ("properties", "$defs"):
        for inner in schema.get(key, {}).values():
            yield from positions(inner)
    for inner in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        yield from positions(inner)


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether `value` is valid for `schema`, as far as its keywords are known here."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    kinds = schema.get("anyOf") or schema.get("oneOf")
    if kinds and not any(fits(value, kind, root) for kind in kinds):
        return False
    if ("enum" in schema and value not in schema["enum"]) or ("const" in schema and value != schema["const"]):
        return False
    told = schema.get("type", [])
    types = told if isinstance(told, list) else [told]
    if types and not any(_is(value, kind) for kind in types):
        return False
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {}), root) for item in value)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        closed = schema.get("additionalProperties") is False and not value.keys() <= properties.keys()
        if closed or not set(schema.get("required", [])) <= value.keys():
            return False
        return all(fits(item, properties.get(name, {}), root) for name, item in value.items())
    return True


def _is(value: Any, kind: str) -> bool:
    classes = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    if kind in {"integer", "number"}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, classes[kind])


annotations = st.fixed_dictionaries(
    {},
    optional={
        "title": st.just("A title"),
        "description": st.just("what it is"),
        "default": st.just({"title": 1}),
        "examples": st.just([{"minimum": 1}]),
        "deprecated": st.just(True),
        "readOnly": st.just(True),
        "x-own": st.just({"$ref": "nowhere"}),
    },
)
leaves = st.one_of(
    st.tuples(st.just({"type": "string", "minLength": 1, "pattern": ".", "format": "email"}), st.just("x")),
    st.tuples(st.just({"type": "integer", "minimum": 0, "exclusiveMaximum": 9, "multipleOf": 1}), st.integers(0, 8)),
    st.tuples(st.just({"type": ["number", "null"]}), st.sampled_from([None, 1.5])),
    st.tuples(st.just({"type": "string", "enum": ["title", "default"]}), st.sampled_from(["title", "default"])),
    st.tuples(st.just({"type": "string", "const": "minimum"}), st.just("minimum")),
    st.tuples(st.just({"type": "boolean"}), st.booleans()),
    st.tuples(st.just({"$ref": "#/$defs/Leaf"}), st.just({"n": 1})),
    st.tuples(st.just({"$ref": "#/$defs/Leaf", "description": "a leaf", "default": {"n": 2}}), st.just({"n": 1})),
)
Pair = tuple[dict[str, Any], Any]
LEAF = {"Leaf": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}}


@st.composite
def containers(draw: st.DrawFn, inner: st.SearchStrategy[Pair]) -> Pair:
    """An object, a list or a choice of inner schemas, with a value in which all fields are given."""
    parts = draw(st.lists(inner, min_size=1, max_size=3))
    match draw(st.sampled_from(["object", "nullable", "array", "anyOf", "oneOf"])):
        case "object" | "nullable" as kind:
            names = draw(st.lists(st.sampled_from(NAMES), min_size=len(parts), max_size=len(parts), unique=True))
            found: dict[str, Any] = {
                "type": "object" if kind == "object" else ["object", "null"],
                "properties": {name: schema for name, (schema, _) in zip(names, parts, strict=True)},
                "required": draw(st.lists(st.sampled_from(names), unique=True)),
            }
            value: Any = {name: value for name, (_, value) in zip(names, parts, strict=True)}
        case "array":
            schema, item = parts[0]
            found, value = {"type": "array", "items": schema, "minItems": 1, "uniqueItems": True}, [item]
        case key:
            found, value = {key: [schema for schema, _ in parts]}, draw(st.sampled_from([value for _, value in parts]))
            if key == "oneOf":
                found["discriminator"] = {"propertyName": "n"}
    return found | draw(annotations), value


pairs = st.recursive(leaves, containers, max_leaves=8)


@st.composite
def roots(draw: st.DrawFn) -> Pair:
    """An object at the root, with definitions."""
    schema, value = draw(pairs)
    return {"type": "object", "properties": {"top": schema}, "$schema": "draft", "$defs": copy.deepcopy(LEAF)}, {"top": value}


@given(roots())
def test_the_strict_form_is_closed_and_complete_and_has_known_keywords_only(pair: Pair):
    strict = strict_schema(pair[0])
    assert strict is not None
    for schema in positions(strict):
        assert set(schema) <= KNOWN
        assert "$ref" not in schema or set(schema) == {"$ref"}
        told = schema.get("type")
        if told == "object" or "properties" in schema or (isinstance(told, list) and "object" in told):
            assert schema["additionalProperties"] is False
            assert set(schema["required"]) == set(schema["properties"])


@given(roots())
def test_the_strict_form_of_a_strict_form_is_itself(pair: Pair):
    strict = strict_schema(pair[0])
    assert strict is not None
    assert strict_schema(strict) == strict


@given(roots())
def test_what_is_valid_with_all_fields_given_is_valid_in_strict_form(pair: Pair):
    schema, value = pair
    strict = strict_schema(schema)
    assert strict is not None
    assert fits(value, schema, schema)
    assert fits(value, strict, strict)


@given(roots())
def test_the_schema_that_was_given_is_left_as_it_was(pair: Pair):
    before = copy.deepcopy(pair[0])
    strict_schema(pair[0])
    is_complete(pair[0])
    assert pair[0] == before


@given(roots())
def test_what_is_complete_requires_nothing_more_in_strict_form(pair: Pair):
    schema, _ = pair
    if is_complete(schema):
        strict = strict_schema(schema)
        assert strict is not None
        asked = [set(inner.get("required", [])) for inner in positions(schema) if "properties" in inner]
        assert asked == [set(inner["required"]) for inner in positions(strict) if "properties" in inner]


NO_FORM: list[Any] = [
    True,
    False,
    {},
    {"description": "anything"},
    {"title": "Anything"},
    {"enum": [1, "a"]},
    {"type": "object"},
    {"type": "object", "additionalProperties": {"type": "string"}},
    {"type": "object", "properties": {}, "additionalProperties": True},
    {"type": "object", "properties": {}, "additionalProperties": {}},
    {"type": ["object", "null"]},
    {"properties": {"a": {"type": "string"}}},
    {"type": "array"},
    {"type": "array", "items": {}},
    {"type": "array", "items": True},
    {"type": "array", "items": [{"type": "string"}]},
    {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
    {"type": "string", "not": {"const": "a"}},
    {"allOf": [{"type": "string"}]},
    {"anyOf": [{"type": "string"}], "oneOf": [{"type": "string"}]},
    {"anyOf": [{"type": "string"}, True]},
    {"type": "object", "properties": {"a": {"type": "string"}}, "patternProperties": {"^x": {}}},
    {"type": "object", "properties": {"a": {"type": "string"}}, "dependentRequired": {"a": ["b"]}},
    {"type": "array", "items": {"type": "string"}, "contains": {"const": "a"}},
    {"if": {"type": "string"}, "then": {}, "type": "string"},
    None,
    "string",
]


@pytest.mark.parametrize("odd", NO_FORM, ids=repr)
@pytest.mark.parametrize("place", ["property", "list", "choice", "definition"])
def test_what_has_no_strict_form_has_none_wherever_it_stands(odd: Any, place: str):
    root: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
    match place:
        case "property":
            root["properties"]["odd"] = odd
        case "list":
            root["properties"]["odd"] = {"type": "array", "items": odd}
        case "choice":
            root["properties"]["odd"] = {"anyOf": [{"type": "string"}, odd]}
        case _:
            root["$defs"] = {"Odd": odd}
    assert strict_schema(root) is None


@pytest.mark.parametrize(
    "root", [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {}, {"anyOf": []}, {"$ref": "#"}]
)
def test_the_root_is_an_object(root: dict[str, Any]):
    assert strict_schema(root) is None


OTHER_WORDS = {"default", "minLength", "title"}


def without_other_words(schema: Any, *, names: bool = False) -> Any:
    if isinstance(schema, dict):
        kept = {key: value for key, value in schema.items() if names or key not in OTHER_WORDS}
        return {
            key: without_other_words(value, names=not names and key in {"properties", "$defs"}) for key, value in kept.items()
        }
    return [without_other_words(item) for item in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("name", ["Weather", "Trip", "Tree", "Box[int]"])
def test_the_strict_form_is_the_one_of_openais_own_library_without_the_words_it_does_not_know(name: str):
    assert strict_schema(schema_of(MODELS[name])) == without_other_words(to_strict_json_schema(MODELS[name]))


class Address(BaseModel):
    """Where someone lives."""

    zip: str = Field(pattern="^[0-9]{5}$")
    town: str


class Person(BaseModel):
    home: Address = Field(description="Where letters go.")
    work: Address
    partner: Person | None = Field(description="Who they live with.")
    born: date
    score: float = Field(gt=0, le=1, multiple_of=0.1)
    tags: list[str] = Field(min_length=1, max_length=3)


def test_a_description_beside_a_reference_stays_as_in_openais_own_library():
    strict = strict_schema(schema_of(Person))
    assert strict is not None
    assert strict == without_other_words(to_strict_json_schema(Person))
    assert strict["properties"]["home"]["description"] == "Where letters go."
    assert strict["properties"]["home"]["properties"]["zip"] == {"type": "string", "pattern": "^[0-9]{5}$"}
    assert strict["properties"]["work"] == {"$ref": "#/$defs/Address"}
    assert strict["$defs"]["Address"]["description"] == "Where someone lives."


class Branch(BaseModel):
    left: Branch = Field(description="The left one.")


def test_a_description_of_a_class_inside_itself_does_not_unfold_without_end():
    strict = strict_schema(schema_of(Branch))
    assert strict is not None
    inner = strict["properties"]["left"]
    assert inner["description"] == "The left one."
    assert inner["properties"]["left"] == {"$ref": "#/$defs/Branch"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"pattern": "^[A-Z]"}, True),
        ({"pattern": "^(?:a|b)$"}, True),
        ({"pattern": "^(?!a)b"}, False),
        ({"pattern": "a(?=b)"}, False),
        ({"pattern": "(?<!a)b"}, False),
        ({"pattern": "(?<=a)b"}, False),
        ({"format": "date-time"}, True),
        ({"format": "uri"}, False),
        ({"minLength": 1}, False),
    ],
    ids=str,
)
def test_a_word_that_openai_refuses_is_left_out_and_makes_a_tool_incomplete(given: dict[str, Any], kept: bool):
    root = {"type": "object", "properties": {"a": {"type": "string", **given}}, "required": ["a"]}
    strict = strict_schema(root)
    assert strict is not None
    assert strict["properties"]["a"] == {"type": "string", **(given if kept else {})}
    assert is_complete(root) is kept


@pytest.mark.parametrize(
    ("schema", "complete"),
    [
        ({}, True),
        ({"type": "object", "properties": {}}, True),
        ({"properties": {"a": {}}, "required": ["a"]}, True),
        ({"properties": {"a": {}}}, False),
        ({"properties": {"a": {"properties": {"b": {}}}}, "required": ["a"]}, False),
        ({"properties": {"a": {"items": {"properties": {"b": {}}}}}, "required": ["a"]}, False),
        ({"properties": {"a": {"anyOf": [{"properties": {"b": {}}}, True]}}, "required": ["a"]}, False),
        ({"properties": {"a": {"$ref": "#/$defs/B"}}, "required": ["a"], "$defs": {"B": {"properties": {"b": {}}}}}, False),
    ],
)
def test_complete_is_what_needs_every_field_however_deep(schema: dict[str, Any], complete: bool):
    assert is_complete(schema) is complete
