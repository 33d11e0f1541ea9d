"""The classes that cases may name as `response_model`: one for each thing that JSON schemas of providers trip over."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, RootModel

T = TypeVar("T")


class Weather(BaseModel):
    """Weather in a city."""

    city: str
    sky: Literal["clear", "cloudy"]


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


class Leg(BaseModel):
    """One leg of a trip."""

    start: str = Field(min_length=1, pattern="^[A-Z]")
    km: float = Field(gt=0)


class Trip(BaseModel):
    """A trip."""

    title: str
    days: int = Field(default=3, ge=1, le=30)
    note: str | None = None
    mood: Mood
    legs: list[Leg] = Field(max_length=5)


class Counts(BaseModel):
    """How often each word occurs."""

    counts: dict[str, int]


class Place(BaseModel):
    """A place."""

    at: tuple[float, float]


class Loose(BaseModel):
    """Something."""

    value: Any = Field(description="whatever it is")


class Tree(BaseModel):
    """A tree."""

    name: str
    children: list[Tree] = []


class Box(BaseModel, Generic[T]):
    """A box."""

    content: T


class Cities(RootModel[list[str]]):
    """Some cities."""


MODELS: dict[str, type[BaseModel]] = {
    "Box[int]": Box[int],
    **{model.__name__: model for model in (Cities, Counts, Loose, Place, Tree, Trip, Weather)},
}
