"""What a database answered: the answer, the rows, the statement with the guard's verdict. All is cleaned or escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import ChartError
from racto_nb.notebook.display.fencing import fenced
from racto_nb.notebook.display.figures import folded
from racto_nb.notebook.display.footer import duration, price
from racto_nb.notebook.display.frames import frame_html, frame_text
from racto_nb.notebook.display.passages import bundled
from racto_nb.notebook.display.plots import figure_bundle
from racto_nb.notebook.display.sanitising import printable, safe_html, safe_text
from racto_nb.notebook.display.verdicts import violations_html, violations_text, what_it_reads

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

_SAID = {"cannot_answer": "These tables cannot answer it", "refused": "Refused by the guard", "failed": "No rows"}


def sql_bundle(result: SQLAnalystResult) -> dict[str, str]:
    """A question to a database and what came of it, as far as it came. The chart is a display of its own: `chart_bundle`."""
    computed = frame_html(result.analysed) if result.analysed is not None else ""
    rows = frame_html(result.frame)
    shown = computed + folded(f"the rows that it was computed from ({result.row_count:,})", rows) if computed else rows
    html = "".join((_head_html(result), shown, _remarks_html(result), _statement_html(result)))
    frame = result.frame if result.analysed is None else result.analysed
    lines = [*_head_text(result), frame_text(frame), *_remarks(result), *_statement_text(result)]
    text = printable("\n\n".join(line for line in lines if line))
    return bundled(html, text, _footer(result), warning=_warning(result))


def chart_bundle(result: SQLAnalystResult) -> dict[str, Any]:
    """The chart as Plotly draws it, with a picture and a twin in letters; empty where there is none. Plotly is not loaded."""
    if result.chart_spec is None:
        return {}
    from racto_nb.pipelines.sql_analyst.charting.figures import figure_json

    try:
        drawn = figure_json(result.chart_spec, result.frame if result.charted is None else result.charted)
    except ChartError as error:
        result.chart_note = str(error)
        return {}
    return figure_bundle(drawn, result.text_chart)


def _head_html(result: SQLAnalystResult) -> str:
    said = "".join(f'<p class="racto-missing">{safe_text(line)}</p>' for line in _ended(result))
    refused = "" if result.verdict is None else violations_html(result.verdict)
    return said + refused + (safe_html(result.answer) if result.answer else "")


def _head_text(result: SQLAnalystResult) -> Sequence[str]:
    refused = "" if result.verdict is None else violations_text(result.verdict)
    return (*_ended(result), refused, result.answer or "")


def _ended(result: SQLAnalystResult) -> Sequence[str]:
    """How it ended where there are no rows; what failed is said in the line below all."""
    if result.outcome == "answered":
        return ()
    said = _SAID[result.outcome]
    return (f"{said}: {result.reason}" if result.reason and result.outcome == "cannot_answer" else f"{said}.",)


def _remarks(result: SQLAnalystResult) -> list[str]:
    """What a reader must know about the rows and the answer."""
    lines = [*result.notices]
    if flagged := result.flagged_numbers:
        numbers = ", ".join(dict.fromkeys(number.text for number in flagged))
        lines.append(f"Not in the rows, nor computed from them: {numbers}. Check it before you use it.")
    if derived := result.derived_numbers:
        lines.append(f"Computed from the rows: {'; '.join(f'{number.text} ({number.how})' for number in derived)}.")
    if result.chart_note:
        lines.append(f"No chart: {result.chart_note}")
    groups = result.candidates
    if len(groups) > 1:
        votes = " to ".join(str(group.votes) for group in groups)
        lines.append(f"The candidates disagree, {votes}: look at their statements below.")
    return lines


def _remarks_html(result: SQLAnalystResult) -> str:
    return "".join(f'<p class="racto-quiet">{safe_text(line)}</p>' for line in _remarks(result))


def _statement_html(result: SQLAnalystResult) -> str:
    """The statement, what the guard says of it, and folded what led to it."""
    parts = [_coded(result.sql_query)] if _runs(result) else []
    parts += [f'<p class="racto-quiet">{safe_text(line)}</p>' for line in _told(result)]
    parts += [f"<p>{safe_text(title)}</p>{_coded(code, language)}" for title, code, language in _more(result)]
    if not parts:
        return ""
    opened = "" if result.outcome == "answered" else " open"
    title = "SQL" if _runs(result) else "What was tried"
    return f'<details class="racto-fold"{opened}><summary>{title}</summary><div>{"".join(parts)}</div></details>'


def _statement_text(result: SQLAnalystResult) -> Iterable[str]:
    if _runs(result):
        yield result.sql_query
    yield "\n".join(_told(result))


def _runs(result: SQLAnalystResult) -> bool:
    """Whether there is a statement to show: a refused one stands above already, with its place marked."""
    return bool(result.sql_query) and result.outcome != "refused"


def _told(result: SQLAnalystResult) -> list[str]:
    lines = [what_it_reads(result.verdict)] if result.verdict is not None and _runs(result) else []
    lines += [f"Assumed: {assumption}" for assumption in result.assumptions]
    return [line for line in lines if line]


def _more(result: SQLAnalystResult) -> Iterable[tuple[str, str, str]]:
    """Earlier tries, other candidates and the analysis: a title, a text and its language."""
    for number, attempt in enumerate(result.attempts, start=1):
        said = ". ".join(part for part in (attempt.message, attempt.note) if part)
        if said and (_runs(result) or attempt.sql != result.sql_query):
            yield f"Try {number}: {said}", attempt.sql, "sql"
    for group in result.candidates:
        if not group.chosen and group.sqls:
            yield f"{group.votes} of the candidates: {group.error or 'other rows'}", group.sqls[0], "sql"
    if result.pandas_code:
        yield "Computed from the rows", result.pandas_code, "python"


def _coded(text: str, language: str = "sql") -> str:
    return safe_html(fenced(printable(text), language)) if text else ""


def _warning(result: SQLAnalystResult) -> str:
    return f"Failed: {result.error}" if result.error and result.outcome in {"answered", "failed"} else ""


def _footer(result: SQLAnalystResult) -> str:
    usage = result.usage
    tokens = f"{usage.total_input_tokens:,} + {usage.total_output_tokens:,} tokens" if usage.total_tokens else ""
    rows = f"{result.row_count:,} row{'' if result.row_count == 1 else 's'}" if result.outcome == "answered" else ""
    charged = price(result.cost) if usage.total_tokens else ""
    return " · ".join(part for part in (result.source, rows, result.model, tokens, duration(result.seconds), charged) if part)
