"""Many texts through a classifier: equal ones once, a few at a time, each failure by itself, kept in a checkpoint. Kind: flow."""

from __future__ import annotations

import inspect
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import cast

from racto_nb.exceptions import (
    BudgetExceededError,
    MissingExtraError,
    ModelFileError,
    NotFoundError,
    RactoGatewayAuthError,
    UnsupportedError,
    UsageError,
    WrongTypeError,
)
from racto_nb.flow.effects import Flow, call, send, together
from racto_nb.flow.twins import either
from racto_nb.pipelines.list_classifier.checkpointing import Checkpoint, Done, Keep, Kept, Known
from racto_nb.pipelines.list_classifier.gathering import identity_of, prepared, results_of, room_of
from racto_nb.pipelines.list_classifier.reporting import Logged, RowsProgress, Told
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier

_HOPELESS = (RactoGatewayAuthError, NotFoundError, MissingExtraError, ModelFileError, UnsupportedError)
"""What fails one text so fails all of them: it is raised at once."""


@dataclass(frozen=True, slots=True)
class RowsWish:
    """How many texts shall be classified."""

    concurrency: int = 8
    most_characters: int | None = 100_000
    checkpoint: Checkpoint | None = None
    told: Told | None = None

    def __post_init__(self) -> None:
        for name in ("concurrency", "most_characters"):
            number = getattr(self, name)
            if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
                msg = f"{name} is a whole number of 1 or more, not {number!r}."
                raise UsageError(msg)
        if self.told is not None and (not callable(self.told) or inspect.iscoroutinefunction(self.told)):  # pyright: ignore[reportUnnecessaryComparison]
            msg = "on_progress is a plain function that takes a RowsProgress, not an async one, and nothing else."
            raise WrongTypeError(msg)


@dataclass(slots=True)
class Run:
    """What is known of each text so far. Several threads write into it, each under another text."""

    cells: Sequence[object]
    wish: RowsWish
    texts: list[str | None] = field(init=False)
    """The text of each cell; None for one that has none, or one that is too long."""
    results: dict[str, ClassifierResult] = field(default_factory=dict[str, ClassifierResult])
    kept: set[str] = field(default_factory=set[str])
    """The texts whose answers are in the checkpoint."""
    known: int = 0
    stopped: str = ""
    """Why no more texts are asked."""
    _cost: Decimal | None = Decimal(0)
    _rows: dict[str, int] = field(default_factory=dict[str, int])
    _done: int = 0
    _failed: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.texts = [None if problem_of(cell, self.wish.most_characters) else cast("str", cell) for cell in self.cells]
        for text in self.texts:
            if text is None:
                self._done, self._failed = self._done + 1, self._failed + 1
            else:
                self._rows[text] = self._rows.get(text, 0) + 1

    def take(self, kept: Kept) -> None:
        """Take the results that the checkpoint has."""
        for text in self._rows:
            if (found := kept.result(text)) is not None:
                self.results[text] = found
                self._count(text, found)
        self.kept = set(self.results)
        self.known = len(self.results)

    def left(self) -> list[str]:
        """The different texts without a result, in the order they come."""
        return [text for text in self._rows if text not in self.results]

    def add(self, text: str, result: ClassifierResult) -> None:
        """Take the result of a text."""
        with self._turn:
            self.results[text] = result
            self._count(text, result)
            if self._cost is not None:
                self._cost = None if result.cost is None else self._cost + result.cost

    def unkept(self) -> dict[str, ClassifierResult]:
        """The answers that are not in the checkpoint yet. Those that failed do not belong there: they are asked again."""
        with self._turn:
            return {text: one for text, one in self.results.items() if one.error is None and text not in self.kept}

    def _count(self, text: str, result: ClassifierResult) -> None:
        self._done += self._rows[text]
        self._failed += self._rows[text] * (result.error is not None)

    def tell(self, told: Told) -> None:
        """Say how far it is. One tells at a time, so that it never goes back."""
        with self._turn:
            asked = len(self.results) - self.known
            told(RowsProgress(len(self.cells), self._done, self._failed, len(self._rows), asked, self.known, self._cost))

    def outcomes(self) -> list[ClassifierResult]:
        """The result of each cell, in their order; one without a result has an error that says so."""
        why = self.stopped or "not asked: the classification was interrupted"
        return [
            failed_result(cell, problem_of(cell, self.wish.most_characters))
            if text is None
            else self.results.get(text) or failed_result(text, why)
            for cell, text in zip(self.cells, self.texts, strict=True)
        ]


def classifying_rows(classifier: TextClassifier, run: Run) -> Flow[list[ClassifierResult]]:
    """The results of all cells of `run`, in their order."""
    return closing(run, _classifying(classifier, run))


def closing(run: Run, flow: Flow[None]) -> Flow[list[ClassifierResult]]:
    """The results of `run` after `flow`. The checkpoint is closed, however that ends."""
    try:
        yield from flow
    except Exception:
        yield from _closed(run)
        raise
    yield from _closed(run)
    return run.outcomes()


def _closed(run: Run) -> Flow[None]:
    if run.wish.checkpoint is not None:
        yield from send(run.wish.checkpoint, Done())


def _classifying(classifier: TextClassifier, run: Run) -> Flow[None]:
    wish, told = run.wish, partial(run.tell, run.wish.told or Logged())
    if wish.checkpoint is not None:
        run.take(cast("Kept", (yield from send(wish.checkpoint, Known()))))
    yield from call(told)
    size = room_of(classifier)
    texts = run.left()
    parts = deque(texts[start : start + size] for start in range(0, len(texts), size))
    if parts:
        yield from prepared(classifier)
        workers = [_working(classifier, run, parts, told) for _ in range(min(wish.concurrency, len(parts)))]
        yield from together(workers, limit=wish.concurrency)
    if run.stopped:
        yield from call(told)


def _working(classifier: TextClassifier, run: Run, parts: deque[list[str]], told: Callable[[], None]) -> Flow[None]:
    while parts and not run.stopped:
        try:
            part = parts.popleft()
        except IndexError:  # another worker was quicker
            return
        yield from _part_done(classifier, run, part)
        yield from keeping(run, part)
        yield from call(told)


def _part_done(classifier: TextClassifier, run: Run, part: list[str]) -> Flow[None]:
    if len(part) > 1:
        try:
            found = yield from results_of(classifier, part)
        except Exception as error:  # noqa: BLE001  (one text may be to blame: each is asked by itself below)
            raise_hopeless(error)
        else:
            for text, result in zip(part, found, strict=True):
                run.add(text, result)
            return
    for text in part:
        if not run.stopped:
            yield from _one_done(classifier, run, text)


def _one_done(classifier: TextClassifier, run: Run, text: str) -> Flow[None]:
    try:
        run.add(text, (yield from either(classifier.run, classifier.arun, text)))
    except BudgetExceededError as error:
        run.stopped = f"not asked: {error}"
    except Exception as error:  # noqa: BLE001  (one bad row is one row's error)
        raise_hopeless(error)
        run.add(text, failed_result(text, f"{type(error).__name__}: {error}"))


def keeping(run: Run, part: Sequence[str]) -> Flow[None]:
    """Write the answers to these texts into the checkpoint."""
    answers = {text: one for text in part if (one := run.results.get(text)) is not None and one.error is None}
    if run.wish.checkpoint is not None and answers:
        yield from send(run.wish.checkpoint, Keep(answers))
        run.kept.update(answers)


def kept_after_interrupt(run: Run) -> None:
    """Write what is known into the checkpoint, for a caller that leaves: no flow runs any more."""
    if (checkpoint := run.wish.checkpoint) is not None:
        checkpoint.send(Keep(run.unkept()))
        checkpoint.send(Done())


def kept_when_cancelled(run: Run) -> None:
    """The same for a task, which cannot wait: the checkpoint's own thread does it."""
    if (checkpoint := run.wish.checkpoint) is not None:
        checkpoint.begin(Keep(run.unkept()))
        checkpoint.begin(Done())


def raise_hopeless(error: Exception) -> None:
    if isinstance(error, _HOPELESS):
        raise error


def problem_of(cell: object, most: int | None) -> str:
    """Why a cell cannot be classified, "" where it can be.

    >>> problem_of(None, None), problem_of(3, None), problem_of("a text", 4)
    ('the cell is empty', 'the cell holds 3 (int), not a text', 'the text has 6 characters; most_characters is 4')
    """
    if isinstance(cell, str):
        if not cell.strip():
            return "the text is empty"
        if most is not None and len(cell) > most:
            return f"the text has {len(cell):,} characters; most_characters is {most:,}"
        return ""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)) or type(cell).__name__ in {"NAType", "NaTType"}:
        return "the cell is empty"
    return f"the cell holds {cell!r:.80} ({type(cell).__name__}), not a text"


def failed_result(cell: object, why: str) -> ClassifierResult:
    return ClassifierResult(user_query=cell if isinstance(cell, str) else "", options_provided=[], error=why)


def checkpoint_of(path: str | os.PathLike[str] | None, classifier: TextClassifier) -> Checkpoint | None:
    """The checkpoint at `path`, of `classifier`. UsageError where nothing says what the classifier is."""
    if path is None:
        return None
    try:
        return Checkpoint(path, identity_of(classifier))
    except AttributeError as error:
        msg = f"A checkpoint belongs to one classifier, and {error}"
        raise UsageError(msg) from error
