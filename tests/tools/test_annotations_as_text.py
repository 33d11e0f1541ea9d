"""Annotations that are text, as `from __future__ import annotations` makes them: resolved where the function was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.tools import ToolRegistry, tool

if TYPE_CHECKING:
    from fractions import Fraction


class City(BaseModel):
    name: str


@dataclass
class Trip:
    to: City
    days: "int" = 1  # noqa: UP037


def test_names_of_the_module_are_found():
    def f(city: City, trips: list[Trip], more: "list['City'] | None" = None): ...  # noqa: UP037

    values = ToolRegistry([f]).validated("f", {"city": {"name": "Oslo"}, "trips": [{"to": {"name": "Rome"}}]})
    assert values == {"city": City(name="Oslo"), "trips": [Trip(City(name="Rome"))]}


def test_names_of_the_function_around_are_found_while_it_runs():
    class Inner(BaseModel):
        number: int

    def nested():
        @tool
        def f(inner: Inner, many: list[Inner]): ...

        return f

    assert nested()._tool_schema.definitions["Inner"]["properties"] == {"number": {"type": "integer"}}


def test_names_that_a_function_closes_over_are_found_later():
    def made():
        class Inner(BaseModel):
            number: int

        def f(inner: Inner) -> object:
            return Inner, inner

        return f

    assert ToolRegistry([made()]).validated("f", {"inner": {"number": 1}})["inner"].number == 1


def test_names_of_a_notebook_are_found():
    cell = """
from __future__ import annotations
from pydantic import BaseModel
class Box(BaseModel):
    size: int
@registry.register
def f(box: Box, boxes: list[Box] | None = None): ...
"""
    registry = ToolRegistry()
    exec(cell, {"registry": registry, "__name__": "__main__"})
    assert registry.validated("f", {"box": {"size": 1}})["box"].size == 1


def test_names_of_a_callable_class_and_a_dataclass_are_found():
    class Caller:
        def __call__(self, city: City) -> str:
            return city.name

    registry = ToolRegistry([Caller(), Trip])
    assert registry.validated("Caller", {"city": {"name": "Oslo"}}) == {"city": City(name="Oslo")}
    assert registry.get_callable("Trip")(**registry.validated("Trip", {"to": {"name": "Oslo"}})) == Trip(City(name="Oslo"))
    assert registry.tools["Trip"].description == ""


def test_a_name_for_type_checkers_only_is_an_error_that_says_what_to_do():
    def f(share: Fraction): ...

    with pytest.raises(UsageError, match=r"'Fraction' of 'share' of .*\.f cannot be resolved.*outside of TYPE_CHECKING"):
        ToolRegistry([f])


def test_what_is_returned_needs_no_resolving():
    def f(x: int) -> Fraction: ...

    assert "f" in ToolRegistry([f])


def test_a_class_with_an_unfinished_field_is_an_error_that_names_it():
    class Open(BaseModel):
        share: Fraction

    with pytest.raises(UsageError, match="Open"):
        ToolRegistry([Open])
