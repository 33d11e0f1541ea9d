"""Schemas: keywords go, fields and data of the same name stay, and what is printed is the schema."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, create_model

from racto_nb.exceptions import UsageError
from racto_nb.prompts.schemas import REMOVED, WIDTH, schema_of, schema_text, stripped

# --- schemas with noise: the same schema twice, as it should be left and with keywords added at schema positions only

NAMES = st.sampled_from(["title", "default", "$schema", "contentEncoding", "properties", "items", "enum", "type", "year"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
DATA = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)
NOISE = st.dictionaries(st.sampled_from(sorted(REMOVED)), DATA, max_size=3)
Pair = tuple[Any, Any]


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "object", "array"]),
            "description": st.text(max_size=60),
            "enum": st.lists(DATA, max_size=3),
            "const": DATA,
            "examples": st.lists(DATA, max_size=2),
            "required": st.lists(NAMES, max_size=2),
            "maxLength": st.integers(0, 99),
        },
    )


def with_children(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    named = st.dictionaries(NAMES, inner, max_size=3)
    listed = st.lists(inner, max_size=3)
    positions = st.fixed_dictionaries(
        {},
        optional={
            "properties": named,
            "$defs": named,
            "anyOf": listed,
            "prefixItems": listed,
            "items": inner,
            "additionalProperties": inner | st.booleans().map(lambda flag: (flag, flag)),
        },
    )
    return st.builds(joined, leaves(), positions, NOISE)


def joined(leaf: dict[str, Any], positions: dict[str, Any], noise: dict[str, Any]) -> Pair:
    clean = {key: side(value, 0) for key, value in positions.items()}
    noisy = {key: side(value, 1) for key, value in positions.items()}
    return leaf | clean, noise | leaf | noisy


def side(value: Any, which: int) -> Any:
    match value:
        case dict():
            return {name: pair[which] for name, pair in value.items()}
        case list():
            return [pair[which] for pair in value]
        case _:
            return value[which]


PAIRS = st.recursive(st.builds(joined, leaves(), st.just({}), NOISE), with_children, max_leaves=8)


@given(PAIRS)
def test_keywords_go_at_schema_positions_and_nowhere_else(pair: Pair):
    clean, noisy = pair
    assert stripped(noisy) == clean


@given(PAIRS)
def test_stripping_changes_neither_its_argument_nor_a_stripped_schema(pair: Pair):
    before = json.dumps(pair[1])
    once = stripped(pair[1])
    assert json.dumps(pair[1]) == before
    assert json.dumps(stripped(once)) == json.dumps(once)


@given(st.dictionaries(st.text(max_size=30), DATA) | PAIRS.map(lambda pair: pair[0]))
def test_the_printed_text_is_the_schema(schema: dict[str, Any]):
    assert json.loads(schema_text(schema)) == schema


@given(PAIRS.map(lambda pair: pair[0]))
def test_a_line_is_longer_than_the_width_only_where_nothing_can_be_broken(schema: dict[str, Any]):
    for line in schema_text(schema).split("\n"):
        if len(line) > WIDTH:
            bare = line.strip().removesuffix(",")
            value = json.loads("{" + bare + "}" if bare.startswith('"') and '": ' in bare else bare)
            last = next(iter(value.values())) if isinstance(value, dict) and value else value
            assert not isinstance(last, dict | list)


@given(
    st.lists(st.sampled_from(["title", "default", "properties", "type", "items", "required", "year"]), unique=True, min_size=1)
)
def test_a_model_keeps_every_field_whatever_its_name(names: list[str]):
    model = create_model("Record", **dict.fromkeys(names, (str, ...)))
    assert schema_of(model) == {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
    }


# --- particular models


def test_fields_called_title_and_default_stay():
    class Movie(BaseModel):
        title: str
        default: int = 3

    assert schema_of(Movie) == {
        "type": "object",
        "properties": {"title": {"type": "string"}, "default": {"type": "integer"}},
        "required": ["title"],
    }


def test_nested_models_are_stripped_under_defs_which_stand_last():
    class Person(BaseModel):
        title: str = "Dr"

    class Book(BaseModel):
        authors: list[Person] = []
        first: Person | None = None

    schema = schema_of(Book)
    assert list(schema) == ["type", "properties", "$defs"]
    assert schema["$defs"] == {"Person": {"type": "object", "properties": {"title": {"type": "string"}}}}
    assert schema["properties"]["first"] == {"anyOf": [{"$ref": "#/$defs/Person"}, {"type": "null"}]}


def test_values_that_look_like_keywords_stay():
    class Odd(BaseModel):
        kind: Literal["title", "default"]
        settings: Annotated[dict[str, Any], Field(examples=[{"title": "x", "default": 1}])]

    properties = schema_of(Odd)["properties"]
    assert properties["kind"]["enum"] == ["title", "default"]
    assert properties["settings"]["examples"] == [{"title": "x", "default": 1}]


def test_limits_and_descriptions_stay():
    class Grade(BaseModel):
        """A school grade."""

        value: int = Field(ge=1, le=6, description="1 is best", default=3)

    assert schema_of(Grade) == {
        "type": "object",
        "description": "A school grade.",
        "properties": {"value": {"type": "integer", "description": "1 is best", "maximum": 6, "minimum": 1}},
    }


def test_encoding_keywords_go():
    class Blob(BaseModel):
        data: Base64Bytes

    assert schema_of(Blob)["properties"]["data"] == {"type": "string", "format": "base64"}


def test_a_recursive_model_can_be_printed():
    class Node(BaseModel):
        children: list[Node] = []

    Node.model_rebuild(_types_namespace={"Node": Node})
    assert json.loads(schema_text(schema_of(Node)))["$ref"] == "#/$defs/Node"


def test_aliases_are_the_names_that_the_answer_must_have():
    class Row(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        schema_url: str = Field(alias="$schema")

    assert schema_of(Row)["properties"] == {"$schema": {"type": "string"}}


def test_a_type_that_json_cannot_carry_is_named():
    class Odd(BaseModel, arbitrary_types_allowed=True):
        span: range

    with pytest.raises(UsageError, match=r"Odd cannot be an output format.*range"):
        schema_of(Odd)


def test_letters_of_every_script_are_printed_as_they_are():
    assert schema_text({"description": "Größe 数"}) == '{\n  "description": "Größe 数"\n}'


def test_what_does_not_fit_on_a_line_is_broken_one_level_at_a_time():
    long = {"type": "string", "description": "x" * 35}
    text = schema_text({"properties": {"a": long, "bb": {"anyOf": [long, {"type": "null"}]}}})
    assert text.splitlines() == [
        "{",
        '  "properties": {',
        '    "a": {"type": "string", "description": "' + "x" * 35 + '"},',
        '    "bb": {',
        '      "anyOf": [',
        '        {"type": "string", "description": "' + "x" * 35 + '"},',
        '        {"type": "null"}',
        "      ]",
        "    }",
        "  }",
        "}",
    ]


@pytest.mark.parametrize(("letters", "lines"), [(61, 1), (62, 3)])
def test_a_line_may_fill_the_width_with_its_comma_and_no_more(letters: int, lines: int):
    text = schema_text({"a": {"description": "x" * letters}, "b": 1})
    broken = text.splitlines()[1:-2]
    assert len(broken) == lines
    assert (len(broken[0]) == WIDTH) == (lines == 1)


def test_type_and_description_come_first():
    assert list(schema_of(create_model("Made", __doc__="Words.", value=(int, ...)))) == [
        "type",
        "description",
        "properties",
        "required",
    ]
