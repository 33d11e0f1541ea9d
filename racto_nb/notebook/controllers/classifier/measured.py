"""Figures of results, each made once when it is first asked for: a panel looks at them with every event. Pure, on NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from racto_nb.notebook.display.sanitising import printable
from racto_nb.pipelines.list_classifier.abstaining import AbstentionCurve, abstention_curve
from racto_nb.pipelines.list_classifier.evaluating import evaluation_of
from racto_nb.pipelines.list_classifier.judging import NO_LABEL, Evaluation
from racto_nb.pipelines.list_classifier.measuring import Bools, Floats
from racto_nb.pipelines.list_classifier.results import ClassifierResult

BINS = 20
"""Bars of the histogram."""
MOST_LABELS = 50
MOST_NAMES = 30
"""Labels of a confusion matrix that is drawn; of more, the pairs are listed."""
MOST_PAIRS = 100
MOST_POINTS = 200
SPREAD = 100
"""Rows of a sample that is spread over all confidences."""

Results = tuple[ClassifierResult | None, ...]
"""One for each row, None for one that was not asked about yet."""


@dataclass(frozen=True, eq=False)
class Sureness:
    """How sure a classifier is of its `results`."""

    results: Results

    @cached_property
    def confidence(self) -> Floats:
        """The confidence of each row's label; NaN where there is none."""
        return np.array([_confidence(result) for result in self.results], dtype=np.float64)

    @cached_property
    def answered(self) -> Bools:
        """Whether each row has a label that its classifier does not doubt itself."""
        return np.array([_is_answer(result) for result in self.results], dtype=np.bool_)

    @cached_property
    def found(self) -> list[ClassifierResult]:
        """The results that are there, those of rows that failed among them."""
        return [result for result in self.results if result is not None]

    @cached_property
    def asked(self) -> int:
        """How many rows with a text have a result."""
        return len(self.order)

    @cached_property
    def failed(self) -> tuple[int, ...]:
        """The rows that failed."""
        return tuple(row for row, result in enumerate(self.results) if result is not None and result.error is not None)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The rows with a text and a result: first those whose confidence is not known, then the least sure."""
        rows = [row for row, result in enumerate(self.results) if result is not None and result.user_query.strip()]
        ranks = np.nan_to_num(self.confidence[rows], nan=-1.0) if rows else np.zeros(0)
        order: list[int] = np.argsort(ranks, kind="stable").tolist()
        return tuple(rows[place] for place in order)

    def sure(self, threshold: float) -> Bools:
        """Whether each row is answered with at least this confidence. An unknown confidence is under every threshold."""
        with np.errstate(invalid="ignore"):
            return self.answered & (self.confidence >= threshold)

    def doubtful(self, threshold: float) -> tuple[int, ...]:
        """The rows that a person should look at, the least sure first."""
        sure = self.sure(threshold)
        return tuple(row for row in self.order if not sure[row])

    @cached_property
    def spread(self) -> tuple[int, ...]:
        """A sample of the rows with a confidence, evenly over all confidences."""
        known = [row for row in self.order if not np.isnan(self.confidence[row])]
        count = min(SPREAD, len(known))
        return tuple(known[round(place * (len(known) - 1) / max(1, count - 1))] for place in range(count))

    @cached_property
    def histogram(self) -> dict[str, Any] | None:
        """How many rows lie in each twentieth of the confidences; None where none is known."""
        known = self.confidence[~np.isnan(self.confidence)]
        if not len(known):
            return None
        counts, edges = np.histogram(known, bins=BINS, range=(0.0, 1.0))
        return {"edges": [round(float(edge), 4) for edge in edges], "counts": counts.tolist()}

    @cached_property
    def labels(self) -> list[list[Any]]:
        """The labels and how many rows got them, the most frequent first; "(none)" for no label."""
        counts = Counter(result.first or NO_LABEL for result in self.found)
        return [[printable(label), count] for label, count in counts.most_common(MOST_LABELS)]

    @cached_property
    def cost(self) -> Decimal | None:
        """US dollars for the answers; equal texts are paid once. None where the price of one is unknown."""
        costs = {result.user_query: result.cost for result in self.found if result.error is None}
        return _sum(costs.values())

    def cost_of(self, rows: Sequence[int]) -> Decimal | None:
        """US dollars for the answers of these rows, None where the price of one is unknown."""
        wanted = [self.results[row] for row in rows]
        return _sum({one.user_query: one.cost for one in wanted if one is not None and one.error is None}.values())

    @cached_property
    def kind(self) -> str:
        """Where the confidences come from, "" where there are none."""
        return next((str(one.confidence_kind) for one in self.found if one.confidence_kind is not None), "")


@dataclass(frozen=True, eq=False)
class Judged:
    """The rows whose truth is known, beside their results."""

    sureness: Sureness
    truths: Mapping[int, str]

    @cached_property
    def rows(self) -> list[int]:
        """Their numbers, in order."""
        return sorted(row for row in self.truths if self.sureness.results[row] is not None)

    @cached_property
    def evaluation(self) -> Evaluation | None:
        """Their figures; None where there is no such row."""
        results = [result for row in self.rows if (result := self.sureness.results[row]) is not None]
        return evaluation_of(results, [self.truths[row] for row in self.rows]) if results else None

    @cached_property
    def correct(self) -> Bools:
        """Whether each of them got its label."""
        return np.array([] if self.evaluation is None else self.evaluation.correct, dtype=np.bool_)

    @cached_property
    def curve(self) -> AbstentionCurve | None:
        """How accuracy rises when the least sure rows are left to a person; None where nothing is known."""
        known = self.sureness.sure(0.0)[self.rows] if self.rows else np.array([], dtype=np.bool_)
        if not known.any():
            return None
        return abstention_curve(self.sureness.confidence[self.rows][known].tolist(), self.correct[known].tolist())

    def cell(self, truth: str, found: str) -> tuple[int, ...]:
        """The rows of one cell of the confusion matrix."""
        known = self.evaluation
        if known is None:
            return ()
        pairs = zip(self.rows, known.gold, known.predicted, strict=True)
        return tuple(row for row, gold, predicted in pairs if gold == truth and predicted == found)

    @cached_property
    def wrong(self) -> tuple[int, ...]:
        """The rows that did not get their label."""
        return tuple(row for row, right in zip(self.rows, self.correct, strict=True) if not right)

    @cached_property
    def figures(self) -> dict[str, Any] | None:
        """What a page draws: plain numbers and names."""
        known = self.evaluation
        if known is None:
            return None
        believed, place = known.reliability, {name: number for number, name in enumerate(known.names)}
        small = len(known.names) <= MOST_NAMES
        cells = known.confusion() if small else None
        return {
            "rows": len(self.rows),
            "accuracy": known.accuracy,
            "f1": known.macro_f1,
            "ece": None if believed is None else believed.ece,
            "brier": None if believed is None else believed.brier,
            "reliability": [] if believed is None else [[one.confidence, one.accuracy, one.rows] for one in believed.bins],
            "curve": _points(self.curve),
            "names": [printable(name) for name in known.names],
            "matrix": cells,
            "pairs": [[place[truth], place[found], count] for truth, found, count in known.confusions()[:MOST_PAIRS]],
        }


@dataclass(frozen=True, slots=True)
class Split:
    """What a threshold does: `answered` rows keep their label, `left` go to a person.

    `accuracy` is the share of right labels among the `judged` answered rows whose truth is known, None where there is none.
    `spent` is what all answers cost and `idle` the part of it for rows that go to a person, None where a price is unknown.
    """

    threshold: float
    answered: int
    left: int
    judged: int
    accuracy: float | None
    spent: Decimal | None
    idle: Decimal | None
    unknown: int
    rows: tuple[int, ...] = field(repr=False)
    sureness: Sureness = field(repr=False)


def split(judged: Judged, threshold: float, before: Split | None = None) -> Split:
    """What `threshold` does to these results. `before` is what was known: a label of a person changes only the accuracy."""
    sureness = judged.sureness
    sure = sureness.sure(threshold)
    hits = judged.correct[sure[judged.rows]] if judged.rows else np.zeros(0)
    accuracy = float(hits.mean()) if len(hits) else None
    if before is not None and before.sureness is sureness and before.threshold == threshold:
        return replace(before, judged=len(hits), accuracy=accuracy)
    rows = sureness.doubtful(threshold)
    return Split(
        threshold,
        int(sure.sum()),
        len(rows),
        len(hits),
        accuracy,
        sureness.cost,
        sureness.cost_of(rows),
        int(np.isnan(sureness.confidence[list(rows)]).sum()),
        rows,
        sureness,
    )


def _confidence(result: ClassifierResult | None) -> float:
    known = None if result is None or result.error is not None else result.top_confidence
    return float("nan") if known is None else known


def _is_answer(result: ClassifierResult | None) -> bool:
    if result is None or result.error is not None or result.is_empty:
        return False
    return not (result.uncertain or result.out_of_scope)


def _sum(costs: Any) -> Decimal | None:
    all_, known = list(costs), [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(all_) else None


def _points(curve: AbstentionCurve | None) -> list[list[float]]:
    if curve is None:
        return []
    places = sorted({*range(0, len(curve.thresholds), max(1, len(curve.thresholds) // MOST_POINTS)), len(curve.thresholds) - 1})
    return [[curve.answered[place], curve.accuracy[place], curve.thresholds[place]] for place in reversed(places)]
