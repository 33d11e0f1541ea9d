"""What is computed from a result, as data: steps with names, each a small form to fill in. Pure values.

A plan can only rearrange and compute; it reads no files, calls nothing and holds no code.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from racto_nb.pipelines.sql_analyst.analysing.expressions import Expression, Scalar, without_titles

Aggregation = Literal["sum", "mean", "median", "min", "max", "count", "distinct", "first", "last", "std", "rows"]
Span = Literal["hour", "day", "week", "month", "quarter", "year"]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=without_titles)


class Aggregate(_Step):
    """One new column of a group: `function` of `column` ("rows" counts rows and needs none), called `name`."""

    name: str
    function: Aggregation
    column: str | None = None


class Filter(_Step):
    """Keep the rows for which `where` is true."""

    step: Literal["filter"]
    where: Expression


class Derive(_Step):
    """Add a column `name`, computed in each row; one of the same name is replaced."""

    step: Literal["derive"]
    name: str
    expression: Expression


class Group(_Step):
    """One row for each combination of the columns `by` (none: one row), with `aggregates`."""

    step: Literal["group"]
    by: list[str] = Field(default_factory=list[str])
    aggregates: list[Aggregate] = Field(min_length=1)


class Sort(_Step):
    """Order the rows `by` columns, the largest first where `descending`."""

    step: Literal["sort"]
    by: list[str] = Field(min_length=1)
    descending: bool = False


class Top(_Step):
    """The `count` rows with the largest `by` (the smallest where `smallest`), of each group of `within`."""

    step: Literal["top"]
    count: int = Field(ge=1)
    by: str
    within: list[str] = Field(default_factory=list[str])
    smallest: bool = False


class Pivot(_Step):
    """A column for each value of `columns`, a row for each combination of `index`, filled with `function` of `values`."""

    step: Literal["pivot"]
    index: list[str] = Field(min_length=1)
    columns: str
    values: str
    function: Literal["sum", "mean", "median", "min", "max", "count", "first"] = "sum"


class Unpivot(_Step):
    """The opposite: a row for each of `columns`, its name in `name` and its value in `value`; `index` stays."""

    step: Literal["unpivot"]
    index: list[str]
    columns: list[str] = Field(min_length=1)
    name: str = "name"
    value: str = "value"


class Window(_Step):
    """Add a column `name` that looks at other rows, in the order of `order_by`, within each group of `within`.

    "cumulative" sums up to here, "rank" counts from 1 for the largest, "lag" is the value `offset` rows before, "change" the
    difference to it and "percent_change" that in percent, "share" the part of the sum in percent, "moving_average" the mean of
    `offset` rows up to here.
    """

    step: Literal["window"]
    name: str
    function: Literal["cumulative", "rank", "lag", "change", "percent_change", "share", "moving_average"]
    column: str
    order_by: str | None = None
    within: list[str] = Field(default_factory=list[str])
    offset: int = Field(default=1, ge=1, le=1000)


class Rename(_Step):
    """Give columns other names: old to new."""

    step: Literal["rename"]
    names: dict[str, str] = Field(min_length=1)


class Select(_Step):
    """Keep these columns, in this order."""

    step: Literal["select"]
    columns: list[str] = Field(min_length=1)


class FillMissing(_Step):
    """Put `value`, or what `how` says, where `columns` have nothing."""

    step: Literal["fill_missing"]
    columns: list[str] = Field(min_length=1)
    value: Scalar = None
    how: Literal["value", "forward", "backward", "mean", "zero"] = "value"


class Resample(_Step):
    """One row for each `every` of the dates in `date` (and each combination of `by`), with `aggregates`; days without rows too
    where `fill_gaps`."""

    step: Literal["resample"]
    date: str
    every: Span
    by: list[str] = Field(default_factory=list[str])
    aggregates: list[Aggregate] = Field(min_length=1)
    fill_gaps: bool = False


class Describe(_Step):
    """Count, mean, deviation, lowest, quartiles and highest of number columns (none given: all)."""

    step: Literal["describe"]
    columns: list[str] = Field(default_factory=list[str])


class Correlate(_Step):
    """How number columns go together, from -1 to 1 (none given: all)."""

    step: Literal["correlate"]
    columns: list[str] = Field(default_factory=list[str])


class Bin(_Step):
    """Add a column `name` that says between which `edges` each number of `column` lies."""

    step: Literal["bin"]
    column: str
    edges: list[float] = Field(min_length=1, max_length=100)
    name: str


class Deduplicate(_Step):
    """Keep the first row of each combination of `columns` (none given: of all)."""

    step: Literal["deduplicate"]
    columns: list[str] = Field(default_factory=list[str])


class Limit(_Step):
    """The first `count` rows."""

    step: Literal["limit"]
    count: int = Field(ge=1)


Step = Annotated[
    Filter | Derive | Group | Sort | Top | Pivot | Unpivot | Window | Rename | Select | FillMissing | Resample | Describe
    | Correlate | Bin | Deduplicate | Limit,
    Field(discriminator="step"),
]  # fmt: skip


class AnalysisPlan(BaseModel):
    """Steps that turn a result into another table, one after the other. No steps: there is nothing to compute.

    >>> plan = {"steps": [{"step": "top", "count": 3, "by": "sales"}]}
    >>> AnalysisPlan.model_validate(plan).steps[0].by
    'sales'
    """

    model_config = ConfigDict(extra="forbid")

    steps: list[Step] = Field(default_factory=list[Step], max_length=20)
