"""What a page is sent of a classifier panel, and what is saved of it. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from racto_nb.notebook.controllers.classifier.labelling import known_labels, offered
from racto_nb.notebook.controllers.classifier.listing import HEADS
from racto_nb.notebook.controllers.classifier.measured import Split
from racto_nb.notebook.controllers.classifier.state import DONE, FAILED, PanelState, Tried
from racto_nb.notebook.display.footer import price
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.display.tabling import Table, table_bundle

LONGEST = 5_000
"""Characters of a text that a person labels."""
KINDS = {
    "logprobs": "the model's token probabilities",
    "agreement": "how many answers agree",
    "embedding": "likeness",
    "stated": "what the model says of itself: a guess of its own",
    "calibrated": "calibrated on rows whose truth is known",
}


def view(state: PanelState) -> dict[str, Any]:
    """The parts."""
    return {
        "about": _about(state),
        "trial": _trial(state.trial),
        "going": _going(state),
        "figures": _figures(state),
        "cut": _cut(state),
        "queue": _queue(state),
        "listing": _listing(state),
        "tab": _tab(state),
        "status": _status(state),
    }


def _tab(state: PanelState) -> str:
    return state.tab or ("rows" if state.rows.cells else "try")


def _about(state: PanelState) -> dict[str, Any]:
    about, rows = state.about, state.rows
    return {
        "name": printable(about.name),
        "asks": printable(about.asks),
        "labels": [[printable(name), printable(what)] for name, what in about.labels],
        "several": about.several,
        "checkpoint": printable(about.checkpoint),
        "rows": len(rows.cells),
        "column": printable(rows.column),
        "truth": printable(rows.truth),
    }


def _trial(tried: Tried | None) -> dict[str, Any]:
    if tried is None:
        return {}
    failed = printable(tried.plain) if tried.state == FAILED else ""
    silent = tried.state == DONE and tried.result is not None and tried.result.origin == "model" and not tried.result.reasoning
    return {"state": tried.state, "html": tried.html, "failed": failed, "silent": silent}


def _going(state: PanelState) -> dict[str, Any]:
    progress = state.progress
    shown: dict[str, Any] = {"running": state.running, "why": printable(state.why), "missing": len(state.missing), "told": ""}
    if progress is None:
        return shown
    spent = f"{price(progress.cost)} in this run" if progress.asked else ""
    told = " · ".join(part for part in (_counts(state), spent) if part)
    return {**shown, "told": told, "done": progress.done, "rows": progress.rows, "failed": progress.failed}


def _counts(state: PanelState) -> str:
    progress = state.progress
    assert progress is not None  # noqa: S101  (asked for only with one)
    parts = [f"{progress.done:,} of {progress.rows:,} rows", f"{progress.asked:,} texts asked"]
    parts += [f"{progress.known:,} known from the checkpoint"] if progress.known else []
    parts += [f"{progress.failed:,} failed"] if progress.failed else []
    return " · ".join(parts)


def _figures(state: PanelState) -> dict[str, Any]:
    sureness, calibrator = state.sureness, state.calibrator
    return {
        "classified": len(sureness.found),
        "failed": len(sureness.failed),
        "labels": sureness.labels,
        "histogram": sureness.histogram,
        "kind": KINDS.get(sureness.kind, ""),
        "judged": state.judged.figures if state.tab == "confidence" else None,
        "byhand": len(state.marks),
        "calibrated": "" if calibrator is None else f"by {calibrator.method} on {calibrator.rows:,} rows",
        "fitting": state.fitting,
        "notes": [printable(note) for note in state.notes],
    }


def _cut(state: PanelState) -> dict[str, Any]:
    return {"value": state.threshold, "person": state.person, "lines": [list(line) for line in lines_of(state)]}


def lines_of(state: PanelState) -> list[tuple[str, str]]:
    """What the threshold does, as pairs of a name and a value. What is not known is said to be."""
    split, rows = state.split, state.sureness.asked
    if not rows:
        return []
    known = f"{split.accuracy:.1%} of {split.judged:,} whose truth is known" if split.accuracy is not None else "not known"
    lines = [
        ("answered", f"{split.answered:,} of {rows:,} ({split.answered / rows:.1%})"),
        ("for a person", f"{split.left:,} ({split.left / rows:.1%})" + _of_these(split)),
        ("right among the answered", known),
        ("all answers cost", price(split.spent)),
    ]
    if split.spent:
        lines.append(("of it for rows that a person does anyway", price(split.idle)))
    return [*lines, ("with a person's work", _with_person(split, state.person))]


def _of_these(split: Split) -> str:
    return f", {split.unknown:,} of them without a known confidence" if split.unknown else ""


def _with_person(split: Split, person: float | None) -> str:
    if person is None:
        return "not known: say what a row costs a person"
    if split.spent is None:
        return f"{price(Decimal(str(person)) * split.left)} for the person; the price of the answers is unknown"
    return price(split.spent + Decimal(str(person)) * split.left)


def _queue(state: PanelState) -> dict[str, Any]:
    queue, marks = state.queue, state.marks
    shown: dict[str, Any] = {
        "order": queue.order,
        "count": len(queue.rows),
        "place": queue.place,
        "left": queue.left(marks),
        "undo": bool(state.undo),
        "labels": [printable(name) for name in known_labels(state)],
        "several": state.about.several,
        "row": None,
    }
    return shown if queue.row is None else {**shown, **_waiting(state, queue.row)}


def _waiting(state: PanelState, row: int) -> dict[str, Any]:
    result, text = state.sureness.results[row], state.rows.text(row)
    sure = None if result is None else result.top_confidence
    return {
        "row": row,
        "text": printable(text[:LONGEST]) + (f" … {len(text) - LONGEST:,} more characters" if len(text) > LONGEST else ""),
        "found": "" if result is None else printable(", ".join(result.selected)),
        "sure": None if sure is None else round(sure, 4),
        "error": "" if result is None else printable(result.error or "")[:LONGEST],
        "offered": [[printable(name), None if score is None else round(score, 4)] for name, score in offered(state, row)],
        "label": printable(state.marks.get(row, "")),
    }


def _listing(state: PanelState) -> dict[str, Any]:
    looked = state.looked
    return {
        "kind": looked.kind,
        "truth": printable(looked.truth),
        "found": printable(looked.found),
        "count": len(state.listed),
        "version": state.version,
        "heads": list(HEADS),
    }


def _status(state: PanelState) -> str:
    if state.running:
        return "Sorting rows …"
    if state.fitting:
        return "Calibrating …"
    if state.why:
        return state.why
    queue = state.queue
    if state.undo and queue.rows:
        return f"{len(state.marks):,} rows labelled by hand, {queue.left(state.marks):,} wait."
    return f"{len(state.sureness.found):,} rows have a result." if state.sureness.found else ""


def twin(state: PanelState) -> dict[str, str]:
    """What the panel shows last, as it stands in a saved notebook."""
    parts = [_twin_of_labels(state)]
    if state.trial is not None and state.trial.html:
        parts.append({"text/html": state.trial.html, "text/plain": state.trial.plain})
    if state.sureness.found:
        parts += [_twin_of_figures(state)]
    return {kind: ("" if kind == "text/html" else "\n\n").join(part[kind] for part in parts) for kind in parts[0]}


def _twin_of_labels(state: PanelState) -> dict[str, str]:
    about, counts = state.about, {str(label): count for label, count in state.sureness.labels}
    caption = " · ".join(part for part in (about.name, about.asks) if part)
    if not counts:
        return table_bundle(Table(("label", "meaning"), about.labels, caption))
    meanings = {printable(name): what for name, what in about.labels}
    rows = [(name, f"{count:,}", meanings.get(name, "")) for name, count in counts.items()]
    return table_bundle(Table(("label", "rows", "meaning"), rows, caption))


def _twin_of_figures(state: PanelState) -> dict[str, str]:
    known = state.judged.evaluation
    ece = None if known is None else known.ece
    truth = [] if known is None else [
        ("right", f"{known.accuracy:.1%} of {len(known.gold):,} whose truth is known"),
        ("calibration error", "not known" if ece is None else f"{ece:.3f}"),
    ]  # fmt: skip
    lines = [("threshold", f"{state.threshold:.2f}"), *lines_of(state), *truth]
    caption = f"{len(state.marks):,} labelled by hand" if state.marks else ""
    return table_bundle(Table(("at this threshold", ""), lines, caption))
