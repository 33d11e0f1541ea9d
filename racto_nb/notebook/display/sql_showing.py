"""What a database answered, displayed: in the place of a line that told what was done, the chart below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb.notebook.display.progressing import InPlace
from racto_nb.notebook.display.showing import show_bundle
from racto_nb.notebook.display.sql_results import chart_bundle, sql_bundle

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult


def show_result(result: SQLAnalystResult, line: InPlace | None = None) -> None:
    """Display it, in the place of `line` where there is one, and its chart below."""
    chart = chart_bundle(result)  # first: a chart that cannot be drawn changes what is said
    (InPlace() if line is None else line).end(sql_bundle(result))
    if chart:
        show_bundle(chart)
