"""What an evaluation found, and how two of them differ. Pure values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from racto_nb.exceptions import UsageError

Library = Literal["polars", "pandas"]
"""Whose frame is wanted."""
SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """How well one question was answered by the first `k` hits. `items` things answer it, of which `found` were reached by
    the `hits` that came. Coverage, density and IoU are NaN where the places of the answers are not known.
    """

    question: str
    items: int
    found: int
    hits: int
    recall: float
    precision: float
    reciprocal_rank: float
    ndcg: float
    coverage: float
    density: float
    iou: float


MEASURES = tuple(one.name for one in fields(QuestionScore))[4:]
"""The names of the figures, from `recall` to `iou`."""


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """The figures of each question, for the first `k` hits, and their means. Print it for a table.

    >>> score = QuestionScore("Who?", 1, 1, 5, 1.0, 0.2, 0.5, 0.63, 0.9, 0.1, 0.1)
    >>> Evaluation(5, [score])
    Evaluation of 1 question, 5 hits each
      recall@5         1.000
      precision@5      0.200
      MRR              0.500
      nDCG@5           0.630
      coverage         0.900
      density          0.100
      IoU              0.100
    """

    k: int
    questions: list[QuestionScore] = field(repr=False)

    @property
    def means(self) -> dict[str, float]:
        """The mean of each figure over the questions for which it is known; NaN where there is none."""
        return {name: _mean([getattr(one, name) for one in self.questions]) for name in MEASURES}

    def to_frame(self, *, library: Library = "polars") -> Any:
        """One row a question, as a frame of polars or pandas."""
        return _frame([asdict(one) for one in self.questions], library)

    def __repr__(self) -> str:
        count = len(self.questions)
        lines = [f"Evaluation of {count} question{'s' * (count != 1)}, {self.k} hits each"]
        return "\n".join([*lines, *(f"  {title(name, self.k):15}{value:7.3f}" for name, value in self.means.items())])


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of two runs: the means over the questions that both know, what the second adds, and an interval for that."""

    measure: str
    one: float
    other: float
    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Two runs over the same questions, side by side. Print it for a table; `*` marks differences that are clear."""

    names: tuple[str, str]
    runs: tuple[Evaluation, Evaluation]
    confidence: float
    differences: list[Difference]

    def to_frame(self, *, library: Library = "polars") -> Any:
        """One row a figure, as a frame of polars or pandas."""
        one, other = self.names
        rows = [
            {"measure": each.measure, one: each.one, other: each.other, "difference": each.difference, "low": each.low,
             "high": each.high, "clear": each.is_clear}
            for each in self.differences
        ]  # fmt: skip
        return _frame(rows, library)

    def questions(self, *, library: Library = "polars") -> Any:
        """One row a question with the figures of both runs, as a frame of polars or pandas."""
        rows = [
            {"question": one.question}
            | {
                f"{name}, {run}": getattr(score, name)
                for name in MEASURES
                for run, score in zip(self.names, (one, other), strict=True)
            }
            for one, other in paired(*self.runs)
        ]
        return _frame(rows, library)

    def __getitem__(self, measure: str) -> Difference:
        """The difference of one figure, such as "recall"."""
        for one in self.differences:
            if one.measure == measure:
                return one
        msg = f"There is no figure {measure!r}. Known are {', '.join(MEASURES)}."
        raise UsageError(msg)

    def __repr__(self) -> str:
        k, (one, other) = self.runs[0].k, self.names
        wide = max(len(one), len(other), 8) + 2
        lines = [f"{'':15}{one:>{wide}}{other:>{wide}}  difference   {self.confidence:.0%} interval"]
        lines += [
            f"{title(each.measure, k):15}{each.one:{wide}.3f}{each.other:{wide}.3f}{each.difference:+12.3f}   "
            f"{each.low:+.3f} to {each.high:+.3f}{' *' * each.is_clear}"
            for each in self.differences
        ]
        return "\n".join([*lines, f"{len(self.runs[0].questions)} questions"])


def compare(
    one: Evaluation,
    other: Evaluation,
    *,
    names: tuple[str, str] = ("one", "other"),
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Two evaluations of the same questions side by side, with intervals for what `other` adds to `one`.

    The intervals are those of a paired bootstrap: 10,000 times as many questions are drawn, with repetition, as there are, the
    mean of their differences is taken, and the middle `confidence` of these means is the interval (percentiles; Efron and
    Tibshirani, "An Introduction to the Bootstrap", 1993). The same `seed` gives the same intervals.

    Raises UsageError where the two are about other questions or another `k`.
    """
    if one.k != other.k:
        msg = f"One run looked at {one.k} hits and the other at {other.k}. Evaluate both with the same k."
        raise UsageError(msg)
    if not 0 < confidence < 1 or len(set(names)) != len(names):
        msg = f"confidence lies between 0 and 1, and the names differ; not {confidence!r} and {names!r}."
        raise UsageError(msg)
    pairs = paired(one, other)
    return Comparison(names, (one, other), confidence, [_difference(name, pairs, confidence, seed) for name in MEASURES])


def paired(one: Evaluation, other: Evaluation) -> list[tuple[QuestionScore, QuestionScore]]:
    """The scores of both runs for each question. UsageError where they are about other questions."""
    theirs = {score.question: score for score in other.questions}
    lone = {score.question for score in one.questions} ^ theirs.keys()
    if lone:
        msg = f"Only one of the two runs has {min(lone)!r:.80} and {len(lone) - 1} more. Evaluate both with the same gold frame."
        raise UsageError(msg)
    return [(score, theirs[score.question]) for score in one.questions]


def _difference(name: str, pairs: Sequence[tuple[QuestionScore, QuestionScore]], confidence: float, seed: int) -> Difference:
    import numpy as np

    values = [(getattr(one, name), getattr(other, name)) for one, other in pairs]
    known = np.array([pair for pair in values if not any(map(math.isnan, pair))], dtype=np.float64).reshape(-1, 2)
    if not len(known):
        return Difference(name, *[math.nan] * 5)
    gains = known[:, 1] - known[:, 0]
    chance = np.random.default_rng(seed)
    # A few hundred draws at a time: those of many questions would take much memory.
    means = np.concatenate([gains[chance.integers(0, len(gains), (250, len(gains)))].mean(axis=1) for _ in range(SAMPLES // 250)])
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    first, second = known.mean(axis=0)
    return Difference(name, float(first), float(second), float(gains.mean()), float(low), float(high))


def title(measure: str, k: int) -> str:
    """How a figure is written in a table: "recall@5"."""
    known = {"recall": f"recall@{k}", "precision": f"precision@{k}", "reciprocal_rank": "MRR", "ndcg": f"nDCG@{k}", "iou": "IoU"}
    return known.get(measure, measure)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _frame(rows: list[dict[str, Any]], library: Library) -> Any:
    if library == "pandas":
        import pandas as pd

        return pd.DataFrame(rows)
    if library != "polars":
        msg = f"A frame is one of polars or of pandas, not of {library!r}."
        raise UsageError(msg)
    import polars as pl

    return pl.DataFrame(rows)
