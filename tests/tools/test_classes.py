"""Pydantic classes as tools: their fields, aliases and settings."""

from datetime import date
from enum import Enum
from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel

from racto_nb.exceptions import UsageError
from racto_nb.tools import ToolRegistry


class Holiday(Enum):
    NEW_YEAR = date(2026, 1, 1)


class Place(BaseModel):
    title: str
    floor: int = 0


class Tree(BaseModel):
    title: str
    branches: list["Tree"] = []


def test_a_class_with_the_pydantic_description_wins_over_its_docstring():
    class Find(BaseModel):
        """Find books.

        Attributes:
            query: From the docstring.
            count: How many.
        """

        query: str = Field(description="From the field")
        count: int = 3

    schema = ToolRegistry([Find]).schemas[0]
    assert [(each.description, each.default) for each in schema.parameters] == [("From the field", None), ("How many.", 3)]
    assert "description" not in schema.to_json_schema()


def test_a_class_with_aliases_is_given_and_handed_on_by_them():
    class Find(BaseModel):
        query: str = Field(alias="Query")
        count: int = Field(3, validation_alias=AliasChoices("max", "most"))

    registry = ToolRegistry([Find])
    values = registry.validated("Find", {"Query": "tea", "max": "4"})
    assert list(registry.schemas[0].to_json_schema()["properties"]) == ["Query", "max"]
    assert values == {"Query": "tea", "max": 4}
    assert Find(**values).count == 4


def test_a_class_that_holds_itself_has_an_object_at_its_root():
    registry = ToolRegistry([Tree])
    schema = registry.schemas[0].to_json_schema()
    assert schema["properties"]["branches"]["items"] == {"$ref": "#/$defs/Tree"}
    assert registry.validated("Tree", {"title": "a", "branches": [{"title": "b"}]})["branches"] == [Tree(title="b")]


def test_a_class_refuses_what_it_does_not_know_unless_it_allows_it():
    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")
        query: str

    registry = ToolRegistry([Place, Open])
    with pytest.raises(UsageError, match=r"flor: there is no such argument. Did you mean 'floor'?"):
        registry.validated("Place", {"title": "a", "flor": 1})
    assert registry.validated("Open", {"query": "a", "more": 1}) == {"query": "a", "more": 1}


@pytest.mark.parametrize("kind", [RootModel[list[int]], RootModel[dict[str, int]]])
def test_a_class_that_is_no_object_is_refused(kind: Any):
    with pytest.raises(UsageError, match="Give it named fields"):
        ToolRegistry().register(kind, name="numbers")


def test_such_an_enum_in_a_pydantic_class_is_refused():
    class Day(BaseModel):
        holiday: Holiday

    with pytest.raises(UsageError, match=r"Day cannot be a tool: the values of Holiday"):
        ToolRegistry([Day])
