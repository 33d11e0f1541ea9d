"""Arguments that are wrong: each is named, with the reason, in words that a model can mend them by."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from racto_nb.exceptions import NotFoundError, UsageError, WrongTypeError
from racto_nb.tools import ToolRegistry


class Unit(StrEnum):
    C = "celsius"


class Place(BaseModel):
    title: str


def book(day: date, nights: int = 1, place: Place | None = None, guests: Annotated[list[str], Field(max_length=3)] = []): ...  # noqa: B006


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Wrong arguments for the tool 'book': day: it is required and was not given"),
        ({"day": "soon"}, r"day: Input should be a valid date.*\(given: 'soon'\)"),
        ({"day": "2026-07-14", "night": 2}, "night: there is no such argument. Did you mean 'nights'?"),
        ({"day": "2026-07-14", "nights": 1.5}, r"nights: .*fractional part \(given: 1.5\)"),
        ({"day": "2026-07-14", "place": {"title": 3}}, r"place\.title: Input should be a valid string \(given: 3\)"),
        ({"day": "2026-07-14", "guests": ["a", None]}, r"guests\[1\]: Input should be a valid string"),
        ({"day": "2026-07-14", "guests": list("abcd")}, "guests: List should have at most 3 items"),
        ({"day": "2026-07-14", "guests": "\ud800"}, "they are no JSON"),
        ({"day": 3, "nights": "x"}, "day: .*; nights: "),
        ({f"a{n}": 1 for n in range(20)}, "and 12 more"),
    ],
)
def test_wrong_arguments_are_named_with_the_reason(given: dict[str, Any], said: str):
    with pytest.raises(UsageError, match=said) as caught:
        ToolRegistry([book]).validated("book", given)
    assert "errors.pydantic.dev" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pydantics_error_is_the_cause():
    with pytest.raises(UsageError) as caught:
        ToolRegistry([book]).validated("book", {"day": "soon"})
    assert isinstance(caught.value.__cause__, ValidationError)


def test_a_long_wrong_value_is_shortened():
    with pytest.raises(UsageError) as caught:
        ToolRegistry([book]).validated("book", {"day": "x" * 10_000})
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("given", [[1], "a", None])
def test_arguments_that_are_no_object_are_a_type_error(given: Any):
    with pytest.raises(WrongTypeError, match="are to be a JSON object"):
        ToolRegistry([book]).validated("book", given)


def test_an_unknown_tool_is_named_with_the_nearest():
    with pytest.raises(NotFoundError, match=r"no tool 'boook'. Did you mean 'book'?") as caught:
        ToolRegistry([book]).validated("boook", {})
    assert caught.value.suggestions == ["book"]


def test_strict_types_take_what_json_has_for_them():
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        day: date
        unit: Unit

    def f(x: Strict): ...

    registry = ToolRegistry([f])
    values = registry.validated("f", {"x": {"day": "2026-07-14", "unit": "celsius"}})
    assert values["x"] == Strict(day=date(2026, 7, 14), unit=Unit.C)
    with pytest.raises(UsageError, match=r"x\.day"):
        registry.validated("f", {"x": {"day": 3, "unit": "celsius"}})
