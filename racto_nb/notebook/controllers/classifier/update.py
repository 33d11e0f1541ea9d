"""What a classifier panel does about what happens. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.classifier import events
from racto_nb.notebook.controllers.classifier.labelling import labelling, moved, queued
from racto_nb.notebook.controllers.classifier.listing import relisted, rows_shown
from racto_nb.notebook.controllers.classifier.measured import Judged, Sureness, split
from racto_nb.notebook.controllers.classifier.state import ASKING, DONE, FAILED, Looked, PanelState, Tried, missing_of
from racto_nb.notebook.display.classes import classification_bundle

Told = tuple[PanelState, Sequence[object]]
LONGEST_WINDOW = 500


def update(state: PanelState, event: object) -> Told:
    """The next state and what is to be done. UsageError for what cannot be done now."""
    does = _DOES.get(type(event))
    if does is None:
        raise UsageError(f"A classifier panel does not know what to do about {event!r}.")
    return does(state, event)


def _try(state: PanelState, event: events.Try) -> Told:
    if not event.text.strip():
        raise UsageError("There is no text to sort. Write one.")
    return replace(state, trial=Tried(event.text)), [events.Sort(event.text)]


def _sorted(state: PanelState, event: events.Sorted) -> Told:
    if state.trial is None or state.trial.text != event.text or state.trial.state != ASKING:
        return state, ()  # another text is tried meanwhile
    if event.result is None:
        return replace(state, trial=Tried(event.text, FAILED, plain=event.error)), ()
    shown = event.result if state.calibrator is None else state.calibrator.calibrated(event.result)
    bundle = classification_bundle(shown)
    return replace(state, trial=Tried(event.text, DONE, shown, bundle["text/html"], bundle["text/plain"])), ()


def _run(state: PanelState, event: events.Run) -> Told:
    if not state.rows.cells:
        raise UsageError("There is no frame to sort. Give one: ClassifierPanel(classifier, frame=df, column='text').")
    if state.running:
        raise UsageError("The rows are being sorted already. Stop it, or wait for it.")
    if state.fitting:
        raise UsageError("The confidences are being calibrated. Wait a moment.")
    rows = tuple(range(len(state.raw))) if event.anew else state.missing
    if not rows:
        raise UsageError("All rows have a label. To ask for all of them again: run(anew=True).")
    return replace(state, running=True, why="", progress=None), [events.Classify(rows)]


def _stop(state: PanelState, _: events.Stop) -> Told:
    return state, [events.Halt()] if state.running else []


def _progressed(state: PanelState, event: events.Progressed) -> Told:
    return (replace(state, progress=event.progress) if state.running else state), ()


def _came(state: PanelState, event: events.Came) -> Told:
    raw, shown = list(state.raw), list(state.sureness.results)
    for row, result, seen in zip(event.rows, event.results, event.shown, strict=True):
        if result is not None:
            raw[row], shown[row] = result, seen
    asked = tuple(raw)
    ended = replace(state, running=False, why=event.why, raw=asked, missing=missing_of(asked, state.rows))
    return measured(ended, Sureness(tuple(shown))), ()


def _cut(state: PanelState, event: events.Cut) -> Told:
    return measured(replace(state, threshold=event.value)), ()


def _price(state: PanelState, event: events.Price) -> Told:
    return replace(state, person=event.value), ()


def _turn(state: PanelState, event: events.Turn) -> Told:
    return replace(state, tab=event.value), ()


def _look(state: PanelState, event: events.Look) -> Told:
    if event.kind != "cell":
        return relisted(replace(state, looked=Looked(event.kind))), ()
    known = state.judged.evaluation
    names = [] if known is None else known.names
    if max(event.truth, event.found) >= len(names):
        raise UsageError(f"The confusion matrix has {len(names)} names; there is no cell {event.truth}, {event.found}.")
    return relisted(replace(state, looked=Looked("cell", names[event.truth], names[event.found]))), ()


def _window(state: PanelState, event: events.Window) -> Told:
    if event.end - event.start > LONGEST_WINDOW:
        raise UsageError(f"At most {LONGEST_WINDOW} rows are sent at once.")
    return state, [events.Send(event.start, rows_shown(state, event.start, event.end), state.version)]


def _labelled(state: PanelState, event: object) -> Told:
    """The same state with other labels of a person, or another place in the queue."""
    changed = labelling(state, event)
    return (measured(changed) if changed.marks is not state.marks else changed), ()


def _ordered(state: PanelState, event: events.Order) -> Told:
    return moved(queued(replace(state, queue=replace(state.queue, order=event.value)))), ()


def _calibrate(state: PanelState, _: events.Calibrate) -> Told:
    if state.running or state.fitting:
        raise UsageError("Wait until the rows are sorted, or stop that, before you calibrate.")
    if state.about.several:
        raise UsageError("This classifier may give a text several labels. Calibration is for one label a text.")
    if not any(state.raw[row] is not None for row in state.truths):
        raise UsageError("No row has a label that is known to be true. Label some in the queue, or name a column: truth=....")
    return replace(state, fitting=True), [events.Fit()]


def _fitted(state: PanelState, event: events.Fitted) -> Told:
    ended = replace(state, fitting=False, notes=event.notes)
    if event.calibrator is None:
        return ended, ()
    return measured(replace(ended, calibrator=event.calibrator), Sureness(event.shown)), ()


def _raw(state: PanelState, _: events.Raw) -> Told:
    if state.running or state.fitting:
        raise UsageError("Wait until the rows are sorted, or stop that, before you change what is shown.")
    return measured(replace(state, calibrator=None, notes=()), Sureness(state.raw)), ()


def measured(state: PanelState, sureness: Sureness | None = None) -> PanelState:
    """The state with its figures made anew: after other results, other labels of a person, or another threshold."""
    known, truths = sureness or state.sureness, state.truths
    same = known is state.sureness and truths == state.judged.truths
    judged = state.judged if same else Judged(known, truths)
    return relisted(queued(replace(state, judged=judged, split=split(judged, state.threshold, state.split))))


_DOES: dict[type, Callable[[PanelState, Any], Told]] = {
    events.Try: _try,
    events.Sorted: _sorted,
    events.Run: _run,
    events.Stop: _stop,
    events.Progressed: _progressed,
    events.Came: _came,
    events.Cut: _cut,
    events.Price: _price,
    events.Turn: _turn,
    events.Look: _look,
    events.Window: _window,
    events.Mark: _labelled,
    events.Move: _labelled,
    events.Skip: _labelled,
    events.Undo: _labelled,
    events.Order: _ordered,
    events.Calibrate: _calibrate,
    events.Fitted: _fitted,
    events.Raw: _raw,
}
