"""What a page is sent of an analyst's widget, and what is saved of it. Pure, and cheap: what does not change is made once."""

from __future__ import annotations

from typing import Any

from racto_nb.exceptions import ChartError
from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.controllers.sql.answers import answer_html, numbers_of
from racto_nb.notebook.controllers.sql.charting import HOWS, KINDS, frame_of, gathered
from racto_nb.notebook.controllers.sql.rows import MOST_COLUMNS, columns_of
from racto_nb.notebook.controllers.sql.state import FAILED, RUNNING, Picture, SqlState, Tables, Turn, Word
from racto_nb.notebook.controllers.sql.verdicts import table_tree, word_of
from racto_nb.notebook.display.plots import picture_html
from racto_nb.notebook.display.sanitising import printable, safe_text, sendable
from racto_nb.notebook.display.sql_results import sql_bundle
from racto_nb.notebook.display.theme import RETRIEVAL, framed
from racto_nb.pipelines.sql_analyst.charting.checking import measures_of
from racto_nb.pipelines.sql_analyst.charting.figures import figure_json
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.charting.texts import text_chart
from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult

LONGEST_LABEL = 120
_ENDED = {"cannot_answer": "These tables cannot answer it", "refused": "Refused by the guard", "failed": "No rows"}


def view(state: SqlState) -> dict[str, Any]:
    """The parts of the page."""
    turn = state.turn
    return {
        "tables": _tables(state.tables),
        "editor": {"text": sendable(state.text), "version": state.version},
        "word": _word(state.word),
        "turn": {} if turn is None else _turn(turn),
        "grid": {} if turn is None else _grid(turn),
        "picture": {} if turn is None else _picture(turn),
        "history": [_entry(each) for each in state.turns.values()],
        "asking": _asking(state),
        "status": _status(turn),
    }


def _asking(state: SqlState) -> dict[str, Any]:
    running = state.running
    return {
        "name": printable(state.name),
        "model": printable(state.model),
        "busy": running is not None,
        "step": "" if running is None else printable(running.step),
        "opened": state.opened,
        "drafts": state.drafts,
        "kept": state.kept,
        "kept_in": printable(state.kept_in),
    }


@once
def _tables(tables: Tables) -> dict[str, Any]:
    if tables.error:
        return {"state": "failed", "error": printable(tables.error), "tables": []}
    if tables.schema is None:
        return {"state": "reading", "error": "", "tables": []}
    return {"state": "read", "error": "", **table_tree(tables.schema, tables.masked)}


@once
def _word(word: Word) -> dict[str, Any]:
    return word_of(word.text, word.verdict)


@once
def _entry(turn: Turn) -> dict[str, Any]:
    label = turn.statement if turn.by_hand else turn.question
    rows = turn.result.row_count if turn.result is not None and turn.result.columns else None
    return {
        "key": turn.key,
        "label": printable(" ".join(label.split()))[:LONGEST_LABEL],
        "by_hand": turn.by_hand,
        "state": turn.state,
        "rows": rows,
        "kept": turn.kept,
    }


@once
def _turn(turn: Turn) -> dict[str, Any]:
    shown = {
        "key": turn.key,
        "question": printable(turn.question),
        "by_hand": turn.by_hand,
        "state": turn.state,
        "kept": turn.kept,
    }
    result = turn.result
    if result is None:
        return {
            **shown,
            "error": printable(turn.error),
            "answered": False,
            "html": "",
            "candidates": [],
            "tries": [],
            "notes": [],
        }
    return {
        **shown,
        "answered": result.outcome == "answered",
        "error": printable(turn.error or (result.error or "")),
        "ended": _ended(result),
        "html": answer_html(result.answer or "", turn.numbers),
        "numbers": numbers_of(result.answer or "", turn.numbers),
        "statement": printable(turn.statement),
        "candidates": [_group(group) for group in result.candidates],
        "tries": [
            {"sql": printable(attempt.sql), "said": printable(". ".join(filter(None, (attempt.message, attempt.note))))}
            for attempt in result.attempts
            if attempt.message or attempt.note
        ],
        "notes": [printable(note) for note in [*result.notices, *(f"Assumed: {each}" for each in result.assumptions)]],
        "computed": printable(result.pandas_code or ""),
        "footer": _footer(result),
    }


def _ended(result: SQLAnalystResult) -> str:
    if result.outcome == "answered":
        return ""
    said = _ENDED[result.outcome]
    return printable(f"{said}: {result.reason}" if result.reason else f"{said}.")


def _group(group: Any) -> dict[str, Any]:
    return {
        "sqls": [printable(sql) for sql in dict.fromkeys(group.sqls)],
        "places": [group.sqls.index(sql) for sql in dict.fromkeys(group.sqls)],
        "votes": group.votes,
        "rows": group.row_count,
        "error": printable(group.error or ""),
        "chosen": group.chosen,
    }


def _footer(result: SQLAnalystResult) -> str:
    tokens = f"{result.usage.total_tokens:,} tokens" if result.usage.total_tokens else ""
    cost = "" if result.cost is None or not result.usage.total_tokens else f"${result.cost:.4f}"
    return printable(" · ".join(part for part in (result.model, tokens, cost, f"{result.seconds:.2f} s") if part))


@once
def _grid(turn: Turn) -> dict[str, Any]:
    result, shown = turn.result, turn.shown
    if result is None or not result.columns:
        return {}
    return {
        "key": f"{turn.key}.{shown.number}",
        "columns": columns_of(result),
        "hidden": max(0, result.frame.width - MOST_COLUMNS),
        "all": result.row_count,
        "count": result.row_count if shown.number == 0 else shown.count,
        "truncated": result.truncated,
        "sort": shown.column,
        "descending": shown.descending,
        "search": printable(shown.search),
    }


@once
def _picture(turn: Turn) -> dict[str, Any]:
    result, picture = turn.result, turn.picture
    if result is None or not result.columns:
        return {}
    spec = picture.spec
    chosen: dict[str, Any] = {**_chosen(None), "how": picture.how}
    if spec is not None:
        chosen |= _chosen(spec)
    names = list(map(sendable, frame_of(result).columns[:MOST_COLUMNS]))
    return {
        "chosen": chosen,
        "kinds": list(KINDS),
        "hows": list(HOWS),
        "names": names,
        "data": dict(picture.data),
        "note": printable(result.chart_note) if spec is None else "",
    }


def _chosen(spec: ChartSpec | None) -> dict[str, Any]:
    if spec is None:
        return {"kind": "", "x": "", "y": "", "ys": [], "color": "", "title": "", "x_label": "", "y_label": ""}
    measures = [sendable(name) for name in measures_of(spec)]
    labels = {
        name: printable(text or "")
        for name, text in (("title", spec.title), ("x_label", spec.x_label), ("y_label", spec.y_label))
    }
    names = {"x": sendable(spec.x or ""), "color": sendable(spec.color or "")}
    return {"kind": spec.chart_type, "y": measures[0] if measures else "", "ys": measures, **names, **labels}


def _status(turn: Turn | None) -> str:
    if turn is None:
        return ""
    if turn.state == RUNNING:
        return f"{printable(turn.step) or 'working'} …"
    if turn.state == FAILED or turn.result is None:
        return f"{turn.state}. {printable(turn.error)}"[:500]
    return f"{turn.result.row_count:,} rows" if turn.result.outcome == "answered" else _ended(turn.result)


def twin(state: SqlState) -> dict[str, str]:
    """The turn that is looked at, as it stands in a saved notebook."""
    turn = state.turn
    shown = None if turn is None else _twin_of(turn)
    if shown:
        return shown
    told = "nothing was asked" if turn is None else f"{turn.question or turn.text} · {turn.state}"
    line = printable(" · ".join(part for part in (state.name, state.model, told) if part))
    return {"text/html": framed(f'<div class="racto-foot">{safe_text(line)}</div>'), "text/plain": line}


@once
def _twin_of(turn: Turn) -> dict[str, str]:
    if turn.result is None:
        return {}
    asked = "SQL" if turn.by_hand else turn.question
    bundle = sql_bundle(turn.result)
    chart, drawn = _chart_of(turn.result, turn.picture)
    html = framed(f'<div class="racto-name">{safe_text(asked)}</div>')
    plain = f"> {printable(asked)}\n\n{bundle['text/plain']}" + (f"\n\n{drawn}" if drawn else "")
    return {"text/html": RETRIEVAL + html + bundle["text/html"] + (framed(chart) if chart else ""), "text/plain": plain}


def _chart_of(result: SQLAnalystResult, picture: Picture) -> tuple[str, str]:
    """The chart as a picture and in letters; empty where there is none, or none that can be drawn."""
    if picture.spec is None or "error" in picture.data:
        return "", ""
    try:
        frame, spec = gathered(frame_of(result), picture.spec, picture.how)
        drawn, letters = figure_json(spec, frame), printable(text_chart(spec, frame))
    except ChartError:  # why it cannot be drawn is said on the page, where it can be changed
        return "", ""
    return picture_html(drawn, letters), letters
