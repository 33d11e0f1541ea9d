"""Formulas as data: a small language of columns, numbers and named functions that a model may write. Pure values.

    {"op": "multiply", "args": [{"column": "price"}, {"column": "quantity"}]}

There is no text that is evaluated: an expression is a tree of the kinds below, and nothing else can be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag

__all__ = ["Expression", "Function", "Literally", "Named", "Operation", "Scalar", "depth_of", "without_titles"]

Scalar = str | bool | int | float | None
Function = Literal[
    "add", "subtract", "multiply", "divide", "modulo", "power", "negate", "abs", "round", "floor", "ceil", "sqrt", "log",
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "and", "or", "not", "is_null", "is_in", "between",
    "contains", "starts_with", "ends_with", "lower", "upper", "trim", "length", "concat",
    "year", "quarter", "month", "week", "weekday", "day", "hour", "date", "days_between", "month_start", "to_number", "to_text",
    "coalesce", "when", "min", "max",
]  # fmt: skip
"""What can be done with values. "weekday" is 1 for Monday; "when" takes condition, value, condition, value, …, otherwise; "is_in"
and "between" take a value and then those to compare with; "round" a value and digits; "min" and "max" the values of one row."""


def without_titles(schema: dict[str, JsonValue]) -> None:
    """Take the titles out of a JSON schema: they repeat the names, and a model pays for reading them."""
    schema.pop("title", None)
    properties = schema.get("properties")
    for inside in properties.values() if isinstance(properties, dict) else ():
        if isinstance(inside, dict):
            inside.pop("title", None)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=without_titles)


class Named(_Strict):
    """The values of a column of the table as it is at this step."""

    column: str


class Literally(_Strict):
    """A number, a text, true, false or null. Dates are texts: "2024-01-31"."""

    value: Scalar


class Operation(_Strict):
    """A function of other expressions."""

    op: Function
    args: list[Expression] = Field(min_length=1, max_length=40)


def _kind(given: object) -> str:
    """Which of the three is meant: each has a key of its own."""
    if isinstance(given, Mapping):
        return "column" if "column" in given else "op" if "op" in given else "value"
    return "column" if isinstance(given, Named) else "op" if isinstance(given, Operation) else "value"


Expression = Annotated[
    Annotated[Named, Tag("column")] | Annotated[Literally, Tag("value")] | Annotated[Operation, Tag("op")], Discriminator(_kind)
]

Operation.model_rebuild()


def depth_of(expression: Expression) -> int:
    """How many functions stand inside each other."""
    return 1 + max(map(depth_of, expression.args)) if isinstance(expression, Operation) else 0
