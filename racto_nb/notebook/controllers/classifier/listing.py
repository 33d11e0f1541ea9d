"""The rows that are listed beside the figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from racto_nb.notebook.controllers.classifier.state import PanelState
from racto_nb.notebook.display.sanitising import printable

LONGEST = 300
"""Characters of a text in the list."""
HEADS = ("row", "text", "label", "confidence", "truth", "remark")


def relisted(state: PanelState) -> PanelState:
    """The state with its list made anew, and numbered, so that a page knows its rows for old."""
    return replace(state, listed=_listed(state), version=state.version + 1)


def rows_shown(state: PanelState, start: int, end: int) -> tuple[tuple[object, ...], ...]:
    """The listed rows from `start` to before `end`, as a page shows them."""
    return tuple(_row(state, row) for row in state.listed[start:end])


def _listed(state: PanelState) -> Sequence[int]:
    match state.looked.kind:
        case "doubtful":
            return state.split.rows
        case "failed":
            return state.sureness.failed
        case "wrong":
            return state.judged.wrong
        case "labelled":
            return tuple(state.marks)
        case "cell":
            return state.judged.cell(state.looked.truth, state.looked.found)
        case _:
            return range(len(state.raw))


def _row(state: PanelState, row: int) -> tuple[object, ...]:
    result, truth = state.sureness.results[row], state.truths.get(row, "")
    text = printable(" ".join(state.rows.text(row)[:LONGEST].split()))
    if result is None:
        return (row, text, "", "", printable(truth), "")
    label = printable(", ".join(result.selected))
    wrong = bool(truth) and result.first != truth
    sure = "" if result.top_confidence is None else f"{result.top_confidence:.3f}"
    return (row, text, {"text": label, "mark": "racto-bad"} if wrong else label, sure, printable(truth), _remark(state, row))


def _remark(state: PanelState, row: int) -> str:
    result = state.sureness.results[row]
    if result is None or result.error is not None:
        return "" if result is None else printable(result.error or "")[:LONGEST]
    parts = ["labelled by hand"] if row in state.marks else []
    parts += ["uncertain"] if result.uncertain else []
    parts += ["out of scope"] if result.out_of_scope else []
    return ", ".join(parts)
