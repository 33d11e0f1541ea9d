"""A chart as data. Pure."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, Field, field_validator

from racto_nb._nearest import did_you_mean

ChartType = Literal["bar", "line", "scatter", "pie", "histogram", "box", "area", "heatmap", "violin", "funnel"]


class ChartSpec(BaseModel):
    """Which columns of a result are drawn, and how. It can name columns only: there is no place for data in it.

    `y` may be several columns, which become series; `color` is a column that splits into series. For a pie `x` are the names and
    `y` the sizes; a histogram, box or violin needs one of them; a heatmap has `x`, `y` and, as `color`, the values.
    """

    chart_type: str = Field(description=f"One of {', '.join(get_args(ChartType))}.")
    x: str | None = None
    y: str | list[str] | None = None
    color: str | None = None
    title: str = ""
    x_label: str | None = None
    y_label: str | None = None
    orientation: Literal["v", "h"] | None = None

    @field_validator("chart_type")
    @classmethod
    def _known(cls, value: str) -> str:
        kinds = get_args(ChartType)
        if value.strip().lower() not in kinds:
            msg = f"There is no chart {value!r}.{did_you_mean(value, kinds)} There are {', '.join(kinds)}."
            raise ValueError(msg)
        return value.strip().lower()
