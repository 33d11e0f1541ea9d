"""A frame of texts through a classifier: the same frame, with a label, a confidence and an error beside each row. Kind: flow.

labelled = classify_frame(classifier, frame, "message", checkpoint="messages.jsonl")
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypedDict

from racto_nb.batch.processor import BatchProcessor
from racto_nb.budgets.budget import Budget, check_budget
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.pipelines.list_classifier.batching import classifying_by_batch
from racto_nb.pipelines.list_classifier.framing import Column, Frame, cells_of, checked_columns, with_results
from racto_nb.pipelines.list_classifier.gathering import Classifier, plain
from racto_nb.pipelines.list_classifier.reporting import Told
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier
from racto_nb.pipelines.list_classifier.rows import (
    RowsWish,
    Run,
    checkpoint_of,
    classifying_rows,
    kept_after_interrupt,
    kept_when_cancelled,
)


class FrameWishes(TypedDict, total=False):
    """What `classify_frame` takes beside the classifier, the frame and the column."""

    columns: Sequence[Column] | None
    prefix: str
    concurrency: int
    most_characters: int | None
    checkpoint: str | os.PathLike[str] | None
    budget: Budget | None
    batch: BatchProcessor | None
    on_progress: Told | None


class FrameInterrupted(KeyboardInterrupt):
    """An interrupt while a frame was classified. `frame` has what was done by then; the other rows have an error."""

    def __init__(self, message: str, *, frame: object) -> None:
        super().__init__(message)
        self.frame = frame


def classify_frame(
    classifier: Classifier,
    frame: Frame,
    column: str,
    *,
    columns: Sequence[Column] | None = None,
    prefix: str = "",
    concurrency: int = 8,
    most_characters: int | None = 100_000,
    checkpoint: str | os.PathLike[str] | None = None,
    budget: Budget | None = None,
    batch: BatchProcessor | None = None,
    on_progress: Told | None = None,
) -> Frame:
    """A new frame with the label of each text of `column`: rows, order and index as they were.

    `frame` is a DataFrame of pandas or polars. `columns` are what is wanted of each result (default: label and confidence; of a
    classifier that may choose several, labels and confidences), named with `prefix` before; an `error` column is always there,
    and holds why a row has no label: an empty cell, a text longer than `most_characters`, what the classifier raised. One row
    never ends the others, but what must fail for all (a refused key, an unknown model) is raised.

    Equal texts are asked once, `concurrency` at a time. With `checkpoint`, the path of a file, each answer is written down when
    it comes: the same call after a crash or an interrupt asks nothing again that was answered, only what is missing or failed.
    The file belongs to this classifier with its options and settings; UsageError for another one. With `budget` nothing is asked
    that may not fit; the rows left over say so. `batch`, a processor of `racto_nb.batch`, hands all in as one batch for half the
    price, and waits. `on_progress` hears a RowsProgress; without it the log `racto_nb.pipelines.progress` does.

    An interrupt raises FrameInterrupted, a KeyboardInterrupt, whose `frame` has what was done.

    >>> import polars as pl
    >>> from racto_nb.testing import FakeKit
    >>> from racto_nb.pipelines.list_classifier.embedding import EmbeddingClassifier
    >>> classifier = EmbeddingClassifier(["late delivery", "refund"], kit=FakeKit())
    >>> frame = pl.DataFrame({"text": ["my delivery is late", None, "a refund please"]})
    >>> classify_frame(classifier, frame, "text")["label", "error"].rows()
    [('late delivery', None), (None, 'the cell is empty'), ('refund', None)]
    """
    classifier, cells = plain(classifier), cells_of(frame, column)
    wanted = _columns(classifier, frame, columns, prefix)
    wish = RowsWish(concurrency, most_characters, checkpoint_of(checkpoint, classifier), on_progress)
    run = Run(cells, wish)
    try:
        with _within(budget):
            results = SyncDriver().run(_classifying(classifier, run, batch))
    except KeyboardInterrupt as error:
        kept_after_interrupt(run)
        msg = "The classification was interrupted. What was done is in the `frame` of this error"
        msg += ", and in the checkpoint." if checkpoint is not None else "."
        raise FrameInterrupted(msg, frame=with_results(frame, run.outcomes(), wanted, prefix)) from error
    return with_results(frame, results, wanted, prefix)


async def aclassify_frame(
    classifier: Classifier,
    frame: Frame,
    column: str,
    *,
    columns: Sequence[Column] | None = None,
    prefix: str = "",
    concurrency: int = 8,
    most_characters: int | None = 100_000,
    checkpoint: str | os.PathLike[str] | None = None,
    budget: Budget | None = None,
    batch: BatchProcessor | None = None,
    on_progress: Told | None = None,
) -> Frame:
    """A new frame with the label of each text of `column`: rows, order and index as they were.

    A task that is cancelled keeps what is done in its checkpoint.
    """
    classifier, cells = plain(classifier), cells_of(frame, column)
    wanted = _columns(classifier, frame, columns, prefix)
    wish = RowsWish(concurrency, most_characters, checkpoint_of(checkpoint, classifier), on_progress)
    run = Run(cells, wish)
    try:
        with _within(budget):
            results = await AsyncDriver().run(_classifying(classifier, run, batch))
    except BaseException:
        kept_when_cancelled(run)
        raise
    return with_results(frame, results, wanted, prefix)


def _classifying(classifier: TextClassifier, run: Run, batch: BatchProcessor | None) -> Flow[list[ClassifierResult]]:
    return classifying_rows(classifier, run) if batch is None else classifying_by_batch(classifier, run, batch)


def _columns(classifier: TextClassifier, frame: object, columns: Sequence[str] | None, prefix: str) -> list[str]:
    several = getattr(classifier, "selection_mode", "single") == "multiple"
    default = ("labels", "confidences") if several else ("label", "confidence")
    return checked_columns(frame, default if columns is None else columns, prefix)


def _within(budget: Budget | None) -> AbstractContextManager[object]:
    check_budget(budget)
    return nullcontext() if budget is None else budget
