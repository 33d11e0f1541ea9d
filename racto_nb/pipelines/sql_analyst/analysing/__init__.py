"""What is computed from the rows after the query: a plan of named operations, carried out by polars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.analysing.asking import Analysis as Analysis
    from racto_nb.pipelines.sql_analyst.analysing.carrying import carry_out as carry_out
    from racto_nb.pipelines.sql_analyst.analysing.plan import AnalysisPlan as AnalysisPlan
    from racto_nb.pipelines.sql_analyst.analysing.rendering import plan_code as plan_code

__all__ = ["Analysis", "AnalysisPlan", "carry_out", "plan_code"]

_HERE = "racto_nb.pipelines.sql_analyst.analysing"

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Analysis": f"{_HERE}.asking",
            "AnalysisPlan": f"{_HERE}.plan",
            "carry_out": f"{_HERE}.carrying",
            "plan_code": f"{_HERE}.rendering",
        },
    )
