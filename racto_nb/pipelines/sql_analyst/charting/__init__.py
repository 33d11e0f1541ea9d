"""Charts as data: a spec that is checked against the result, a figure, and a twin in text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.charting.checking import checked_chart as checked_chart
    from racto_nb.pipelines.sql_analyst.charting.choosing import ChartChoice as ChartChoice
    from racto_nb.pipelines.sql_analyst.charting.choosing import auto_chart as auto_chart
    from racto_nb.pipelines.sql_analyst.charting.choosing import chosen_chart as chosen_chart
    from racto_nb.pipelines.sql_analyst.charting.figures import figure_of as figure_of
    from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec as ChartSpec
    from racto_nb.pipelines.sql_analyst.charting.texts import text_chart as text_chart

__all__ = ["ChartChoice", "ChartSpec", "auto_chart", "checked_chart", "chosen_chart", "figure_of", "text_chart"]

_HERE = "racto_nb.pipelines.sql_analyst.charting"

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ChartChoice": f"{_HERE}.choosing",
            "ChartSpec": f"{_HERE}.spec",
            "auto_chart": f"{_HERE}.choosing",
            "checked_chart": f"{_HERE}.checking",
            "chosen_chart": f"{_HERE}.choosing",
            "figure_of": f"{_HERE}.figures",
            "text_chart": f"{_HERE}.texts",
        },
    )
