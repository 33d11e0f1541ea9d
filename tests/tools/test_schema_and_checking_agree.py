"""The schema that a model is told and the check of what it gives agree, for generated signatures and values."""

from __future__ import annotations

import contextlib
import inspect
import json
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from racto_nb.exceptions import UsageError
from racto_nb.tools import ToolRegistry


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Place(BaseModel):
    title: str
    floor: int = 0


@dataclass
class Point:
    x: int
    y: float = 0.0


INTS = st.integers(-(10**6), 10**6)
FLOATS = st.floats(-1e6, 1e6)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
Typed = tuple[Any, st.SearchStrategy[Any]]
"""An annotation, and the JSON values that fit it."""
PLAIN: list[Typed] = [
    (str, TEXT), (int, INTS), (float, FLOATS | INTS), (bool, st.booleans()), (Any, TEXT | INTS | st.none() | st.lists(INTS, max_size=2)),
    (Literal["a", "b"], st.sampled_from(["a", "b"])), (Literal[1, "a"], st.sampled_from([1, "a"])),
    (Colour, st.sampled_from(["red", "blue"])), (Level, st.sampled_from([1, 2])),
    (Annotated[int, Field(ge=0, le=9)], st.integers(0, 9)), (Annotated[str, Field(max_length=3)], TEXT.map(lambda text: text[:3])),
    (Place, st.fixed_dictionaries({"title": TEXT}, optional={"floor": INTS})), (Point, st.fixed_dictionaries({"x": INTS}, optional={"y": FLOATS})),
    (inspect.Parameter.empty, st.booleans()),
]  # fmt: skip
NESTABLE = [each for each in PLAIN if each[0] is not inspect.Parameter.empty]


def _around(inner: Typed) -> st.SearchStrategy[Typed]:
    hint, values = inner
    return st.sampled_from([
        (list[hint], st.lists(values, max_size=3)),
        (dict[str, hint], st.dictionaries(TEXT, values, max_size=3)),
        (hint | None if hint is not Any else Any, values | st.none()),
        (tuple[hint, bool], st.tuples(values, st.booleans()).map(list)),
    ])  # fmt: skip


TYPES = st.one_of(
    st.sampled_from(PLAIN), st.recursive(st.sampled_from(NESTABLE), lambda inner: inner.flatmap(_around), max_leaves=4)
)
KINDS = st.sampled_from(
    [inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY]
)


@st.composite
def tools(draw: st.DrawFn) -> tuple[Any, dict[str, st.SearchStrategy[Any]], set[str]]:
    """A function of generated parameters that returns what it is called with, the values that fit, and what is required."""
    typed = draw(st.dictionaries(st.sampled_from(["a", "_b", "schema", "title", "model_config", "p0"]), TYPES, max_size=4))
    kinds = sorted((draw(KINDS) for _ in typed), key=int)
    optional = sorted(draw(st.booleans()) for _ in typed)
    parameters = [
        inspect.Parameter(name, kind, annotation=hint, default=None if has_default else inspect.Parameter.empty)
        for (name, (hint, _)), kind, has_default in zip(typed.items(), kinds, optional, strict=True)
    ]

    def f(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        return dict(bound.arguments)

    signature = inspect.Signature(parameters)
    f.__signature__ = signature
    required = {each.name for each in parameters if each.default is each.empty}
    return f, {name: values for name, (_, values) in typed.items()}, required


@settings(deadline=None, max_examples=150)
@given(tools(), st.data())
def test_what_fits_the_annotations_fits_the_schema_and_is_taken(made, data):
    function, values, required = made
    registry = ToolRegistry()
    registry.register(function, name="f")
    left_out = {name for name in values if name not in required and data.draw(st.booleans())}
    arguments = {name: data.draw(each) for name, each in values.items() if name not in left_out}
    schema = registry.schemas[0].to_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(arguments, schema)
    json.dumps(schema, allow_nan=False)
    taken = registry.validated("f", arguments)
    assert taken.keys() == arguments.keys()
    passed = registry.get_callable("f")(**taken)
    assert {name: passed[name] for name in taken} == taken
    assert set(schema.get("required", [])) == required


JSON = st.recursive(st.none() | st.booleans() | INTS | FLOATS | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(tools(), st.data())
def test_whatever_the_schema_allows_is_taken_and_the_rest_is_taken_or_refused(made, data):
    function, values, _ = made
    registry = ToolRegistry()
    registry.register(function, name="f")
    names = st.sampled_from(sorted(values)) if values else st.just("a")
    arguments = data.draw(st.dictionaries(names | TEXT, JSON, max_size=3))
    allowed = jsonschema.Draft202012Validator(registry.schemas[0].to_json_schema()).is_valid(arguments)
    taken = None
    with contextlib.suppress(UsageError):
        taken = registry.validated("f", arguments)
    assert taken is not None or not allowed
    assert taken is None or taken.keys() == arguments.keys()
