"""A panel around a classifier: try a text, sort the rows of a frame, see what is not sure, and label that by hand."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from racto_nb._warnings import CalibrationWarning
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.notebook.controllers.classifier import events
from racto_nb.notebook.controllers.classifier.state import ASKING, FAILED, PanelState, Rows, begun
from racto_nb.notebook.controllers.classifier.update import update
from racto_nb.notebook.controllers.classifier.view import twin, view
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.classifier.sorting import Sorter, about, fit, sorted_rows, tried
from racto_nb.notebook.widgets.scripts import script, style
from racto_nb.pipelines.list_classifier.abstaining import checked_threshold
from racto_nb.pipelines.list_classifier.careful import CarefulClassifier
from racto_nb.pipelines.list_classifier.framing import Column, cells_of, checked_columns, with_results
from racto_nb.pipelines.list_classifier.gathering import Classifier, plain
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.rows import failed_result

if TYPE_CHECKING:
    from decimal import Decimal

    from racto_nb.budgets.budget import Budget
    from racto_nb.pipelines.list_classifier.calibrating import Calibrator
    from racto_nb.pipelines.list_classifier.judging import Evaluation
    from racto_nb.pipelines.list_classifier.reporting import RowsProgress


class ClassifierPanel(Bridge[PanelState]):
    """A panel around a classifier. Display it, or use it from Python; both see the same.

    `frame` is a DataFrame of pandas or polars, `column` the one that holds the texts and `truth` the one that holds true labels,
    where there is one (empty cells: not known). Rows that are less sure than `threshold` wait for a person. `concurrency` rows
    are asked at once; each answer is written into the file `checkpoint`, where one is given, as in `classify_frame`, and nothing
    is asked that may not fit into `budget`.

    Raises UsageError for a frame without a column and for a column that is not there, WrongTypeError for what is no classifier.

    >>> import polars as pl
    >>> from racto_nb.testing import FakeKit
    >>> from racto_nb.pipelines.list_classifier import EmbeddingClassifier
    >>> classifier = EmbeddingClassifier(["late delivery", "refund"], kit=FakeKit())
    >>> frame = pl.DataFrame({"text": ["my delivery is late", "a refund please"]})
    >>> panel = ClassifierPanel(classifier, frame=frame, column="text")
    >>> panel.run()
    >>> panel.wait()
    >>> [result.first for result in panel.results]
    ['late delivery', 'refund']
    >>> panel.mark(0, "refund")
    >>> panel.labelled
    [('my delivery is late', 'refund')]
    >>> panel.close()
    """

    _esm = script("classifier")
    _css = style("classifier")
    controller: ClassVar[Controller[PanelState]] = Controller(events.HEARD, update, view, twin)

    about = part()
    trial = part()
    going = part()
    figures = part()
    cut = part()
    queue = part()
    listing = part()
    tab = part(traitlets.Unicode)

    def __init__(
        self,
        classifier: Classifier,
        *,
        frame: Any = None,
        column: str | None = None,
        truth: str | None = None,
        threshold: float = 0.5,
        checkpoint: str | os.PathLike[str] | None = None,
        concurrency: int = 8,
        budget: Budget | None = None,
    ) -> None:
        if (frame is None) != (column is None) or (truth is not None and frame is None):
            raise UsageError("A frame comes with the column that holds its texts: ClassifierPanel(…, frame=df, column='text').")
        rows = Rows() if frame is None or column is None else _rows(frame, column, truth)
        self._classifier, self._frame = plain(classifier), frame
        self._sorter = Sorter(self._classifier, rows.cells, concurrency, checkpoint, budget)
        name = type(classifier).__name__
        super().__init__(begun(about(self._classifier, name, checkpoint), rows, checked_threshold(threshold) or 0.0))

    def try_text(self, text: str) -> None:
        """Sort one text; the result is in `tried` after `wait()`."""
        self.tell(events.Try(text))

    def run(self, *, anew: bool = False) -> None:
        """Sort the rows that have no label yet, or all of them `anew`. It goes on beside the cells; `wait()` waits for it."""
        self.tell(events.Run(anew))

    def stop(self) -> None:
        """Stop the run. What was answered is kept, and the next run asks for the others."""
        self.tell(events.Stop())

    def wait(self, timeout: float | None = None) -> None:
        """Wait until nothing is asked or fitted any more. TimeoutError after `timeout` seconds; the work goes on."""
        self._await_quiet(lambda: self.busy, timeout, late=f"The work was not done after {timeout} s. It goes on.")

    def mark(self, row: int, label: str) -> None:
        """Say which label a row has. UsageError for a label that the classifier does not know."""
        self.tell(events.Mark(row, label))

    def undo(self) -> None:
        """Take the last label that was given by hand back."""
        self.tell(events.Undo())

    def calibrate(self) -> Calibrator:
        """Fit the confidences on the rows whose truth is known, by hand or by the frame, and show calibrated ones.

        Warns with CalibrationWarning where the rows are few, all right or all wrong, or not as sure as most rows. Raises
        UsageError where there is nothing to fit on.
        """
        self.tell(events.Calibrate())
        self.wait()
        calibrator, notes = self._state.calibrator, self._state.notes
        if calibrator is None:
            raise UsageError(" ".join(notes))
        for note in notes[:-1]:
            warnings.warn(note, CalibrationWarning, stacklevel=2)
        return calibrator

    def careful(self) -> CarefulClassifier:
        """The classifier with the calibration and the threshold of this panel."""
        return CarefulClassifier(self._classifier, calibrator=self._state.calibrator, threshold=self._state.threshold)

    def labelled_frame(self, *, columns: Sequence[Column] | None = None, prefix: str = "") -> Any:
        """The frame with the label, the confidence and the error of each row, as `classify_frame` gives it.

        A row that was labelled by hand has that label, and no confidence. `columns` and `prefix` are those of `classify_frame`.
        """
        if self._frame is None:
            raise UsageError("This panel has no frame. Give one: ClassifierPanel(classifier, frame=df, column='text').")
        default: Sequence[Column] = ("labels", "confidences") if self._state.about.several else ("label", "confidence")
        wanted = checked_columns(self._frame, default if columns is None else columns, prefix)
        return with_results(self._frame, [self._answer(row) for row in range(len(self._state.raw))], wanted, prefix)

    @property
    def busy(self) -> bool:
        """Whether a text or rows are being sorted, or confidences fitted."""
        with self._turn:  # what has ended is shown too
            trial = self._state.trial
            return self._state.running or self._state.fitting or (trial is not None and trial.state == ASKING)

    @property
    def tried(self) -> ClassifierResult | None:
        """The result of the text that was tried last; None before it is there. UsageError where it failed."""
        trial = self._state.trial
        if trial is not None and trial.state == FAILED:
            raise UsageError(trial.plain)
        return None if trial is None else trial.result

    @property
    def results(self) -> list[ClassifierResult | None]:
        """The result of each row, calibrated where that was asked; None for one that was not asked about yet."""
        return list(self._state.sureness.results)

    @property
    def evaluation(self) -> Evaluation | None:
        """The figures of the rows whose truth is known; None where there is none."""
        return self._state.judged.evaluation

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """What was labelled by hand, as pairs of a text and its label: `examples=panel.labelled` for the next classifier."""
        return [(self._state.rows.text(row), label) for row, label in self._state.marks.items()]

    @property
    def marks(self) -> dict[int, str]:
        """What was labelled by hand, by the number of the row."""
        return dict(self._state.marks)

    @property
    def waiting(self) -> list[int]:
        """The rows that wait for a person: less sure than the threshold, and not labelled yet."""
        return [row for row in self._state.split.rows if row not in self._state.truths]

    @property
    def threshold(self) -> float:
        """Rows that are less sure than this wait for a person."""
        return self._state.threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        self.tell(events.Cut(checked_threshold(value) or 0.0))

    @property
    def calibrator(self) -> Calibrator | None:
        """What was fitted last; None where the confidences are the classifier's own."""
        return self._state.calibrator

    @property
    def progress(self) -> RowsProgress | None:
        """How far the last run is; None before the first."""
        return self._state.progress

    @property
    def cost(self) -> Decimal | None:
        """US dollars for all answers, equal texts once; None where the price of one is unknown."""
        return self._state.sureness.cost

    def _answer(self, row: int) -> ClassifierResult:
        result, mark = self._state.sureness.results[row], self._state.marks.get(row)
        if result is None:
            result = failed_result(self._state.rows.cells[row], "not asked yet")
        if mark is None:
            return result
        return result.model_copy(update={"selected": [mark], "confidences": None, "error": None, "uncertain": False})

    def _perform(self, wish: object) -> None:
        match wish:
            case events.Sort():
                self._begin("try", lambda: tried(self, self._sorter, wish.text))
            case events.Classify():
                calibrator = self._state.calibrator
                self._begin("run", lambda: sorted_rows(self, self._sorter, wish, calibrator))
            case events.Halt():
                self._stop("run")
            case events.Fit():
                raw, truths = self._state.raw, self._state.truths
                self._begin("fit", lambda: fit(self, raw, truths))
            case events.Send():
                self.post({"t": "rows", "version": wish.version, "from": wish.start, "rows": [list(row) for row in wish.rows]})
            case _:
                super()._perform(wish)


def _rows(frame: Any, column: str, truth: str | None) -> Rows:
    cells = cells_of(frame, column)
    if truth is None:
        return Rows(cells, str(column))
    truths: dict[int, str] = {}
    for row, label in enumerate(cells_of(frame, truth)):
        if isinstance(label, str):
            truths[row] = label
        elif label is not None and label == label:  # noqa: PLR0124  (not the NaN of pandas)
            raise WrongTypeError(f"The column {truth!r} holds {label!r:.80} in row {row}, not a label. Labels are texts.")
    return Rows(cells, str(column), str(truth), truths)
