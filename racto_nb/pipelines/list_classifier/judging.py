"""Figures of a classifier's results beside the truth, as values, tables and pictures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from racto_nb.pipelines.list_classifier.abstaining import AbstentionCurve, abstention_curve
from racto_nb.pipelines.list_classifier.calibrating import correct_rows
from racto_nb.pipelines.list_classifier.diagrams import Reliability, reliability
from racto_nb.pipelines.list_classifier.drawing import confusion_figure
from racto_nb.pipelines.list_classifier.results import ClassifierResult

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

NO_LABEL = "(none)"
"""The column of texts that got no label."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: of the texts that got it, the share that has it; of the texts that have it, the share that got it; both in one
    (F1); and how many have it."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text whose label was not the true one. `predicted` is None where it got none, and `error` says why if it failed."""

    row: int
    text: str
    gold: str
    predicted: str | None
    confidence: float | None
    error: str | None


@dataclass(frozen=True, repr=False)
class Evaluation:
    """What a classifier made of texts whose label is known. Print it for the figures.

    `gold` are the true labels, `results` what was found. A text that failed, or got no label, counts as wrong.

    >>> results = [ClassifierResult(user_query=text, options_provided=["a", "b"], selected=[text]) for text in "aab"]
    >>> Evaluation(["a", "b", "b"], results)
    Evaluation of 3 texts, 2 labels
      accuracy         0.667
      macro-F1         0.667
      ECE              not known
      $ per 1,000      not known
      errors               0
    most often taken for another
      b as a           1
    """

    gold: list[str]
    results: list[ClassifierResult] = field(repr=False)

    @cached_property
    def predicted(self) -> list[str]:
        """The first label of each result, "(none)" where there is none."""
        return [result.first or NO_LABEL for result in self.results]

    @cached_property
    def correct(self) -> list[bool]:
        """Whether each result has the true label first."""
        return [result.first == truth for result, truth in zip(self.results, self.gold, strict=True)]

    @property
    def accuracy(self) -> float:
        """The share of texts that got their label."""
        return sum(self.correct) / len(self.gold)

    @property
    def macro_f1(self) -> float:
        """The mean of F1 over the labels that any text has or got: rare labels count as much as frequent ones."""
        known = self.labels
        return sum(one.f1 for one in known) / len(known)

    @cached_property
    def labels(self) -> list[LabelScore]:
        """The figures of each label that any text has or got, in the order of the alphabet."""
        has, got = Counter(self.gold), Counter(self.predicted)
        right = Counter(truth for truth, hit in zip(self.gold, self.correct, strict=True) if hit)
        return [
            LabelScore(
                label,
                right[label] / got[label] if got[label] else 0.0,
                right[label] / has[label] if has[label] else 0.0,
                2 * right[label] / (has[label] + got[label]),
                has[label],
            )
            for label in sorted((has.keys() | got.keys()) - {NO_LABEL})
        ]

    @property
    def reliability(self) -> Reliability | None:
        """How far confidences can be believed; None where none is known."""
        sure, right = correct_rows(self.results, self.gold)
        return reliability(sure, right) if sure else None

    @property
    def ece(self) -> float | None:
        """The expected calibration error (15 bins of equal mass); None where no confidence is known."""
        found = self.reliability
        return None if found is None else found.ece

    def abstention(self) -> AbstentionCurve | None:
        """How accuracy rises when the least sure rows are left unanswered; None where no confidence is known."""
        sure, right = correct_rows(self.results, self.gold)
        return abstention_curve(sure, right) if sure else None

    @property
    def cost_per_1000(self) -> Decimal | None:
        """US dollars for a thousand texts like these; None where the price of one is not known. Equal texts are paid once."""
        costs = {result.user_query: result.cost for result in self.results if result.error is None}
        known = [cost for cost in costs.values() if cost is not None]
        return sum(known, Decimal(0)) / len(self.gold) * 1000 if len(known) == len(costs) and known else None

    @property
    def errors(self) -> list[Mistake]:
        """The texts that failed, with the reason."""
        return [one for one in self.mistakes if one.error is not None]

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """The texts that did not get their label, in their order."""
        return [
            Mistake(row, result.user_query, truth, result.first, result.top_confidence, result.error)
            for row, (result, truth, hit) in enumerate(zip(self.results, self.gold, self.correct, strict=True))
            if not hit
        ]

    def confusions(self) -> list[tuple[str, str, int]]:
        """Pairs of a true label and another one that its texts got, with how many did, the most frequent first."""
        pairs = Counter((truth, found) for truth, found in zip(self.gold, self.predicted, strict=True) if truth != found)
        return [(truth, found, count) for (truth, found), count in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))]

    def confusion(self) -> list[list[int]]:
        """How many texts of each label (rows) got each label (columns), both in the order of `names`."""
        counts = Counter(zip(self.gold, self.predicted, strict=True))
        return [[counts[truth, found] for found in self.names] for truth in self.names]

    @cached_property
    def names(self) -> list[str]:
        """The names of the rows and columns of `confusion`."""
        return sorted({*self.gold, *self.predicted})

    def figure(self) -> Figure:
        """The confusion matrix, drawn by Plotly: shares of the texts of each label, and the counts where the mouse is.

        All labels stay readable: it grows with their number.
        """
        title = f"Confusion of {len(self.gold):,} texts: accuracy {self.accuracy:.1%}"
        return confusion_figure(self.names, self.confusion(), title)

    def to_frame(self, *, library: Literal["polars", "pandas"] = "polars") -> pl.DataFrame | pd.DataFrame:
        """One row a label with its figures, as a frame of polars or pandas."""
        rows = [[one.label, one.precision, one.recall, one.f1, one.support] for one in self.labels]
        names = ["label", "precision", "recall", "f1", "support"]
        if library == "pandas":
            import pandas as pd

            return pd.DataFrame(rows, columns=names)
        import polars as pl

        return pl.DataFrame(rows, schema=names, orient="row")

    def __repr__(self) -> str:
        ece, cost = self.ece, self.cost_per_1000
        lines = [
            f"Evaluation of {len(self.gold):,} texts, {len(self.labels)} labels",
            f"  accuracy         {self.accuracy:.3f}",
            f"  macro-F1         {self.macro_f1:.3f}",
            f"  ECE              {'not known' if ece is None else f'{ece:.3f}'}",
            f"  $ per 1,000      {'not known' if cost is None else f'{cost:.4f}'}",
            f"  errors           {len(self.errors):5,}",
        ]
        return "\n".join([*lines, *_confused(self.confusions())])


def _confused(pairs: Sequence[tuple[str, str, int]]) -> list[str]:
    if not pairs:
        return []
    wide = max(len(f"{truth} as {found}") for truth, found, _ in pairs[:_SHOWN]) + 2
    told = [f"  {f'{truth} as {found}':{max(wide, 15)}}{count:3,}" for truth, found, count in pairs[:_SHOWN]]
    more = len(pairs) - _SHOWN
    return ["most often taken for another", *told, *([f"  and {more:,} more pairs: .confusions()"] if more > 0 else [])]
