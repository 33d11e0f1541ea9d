"""Two classifiers on the same rows: which is better, and is that more than chance. Pure, on NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.binomial import mcnemar
from racto_nb.pipelines.list_classifier.judging import Evaluation

SAMPLES = 10_000


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Two evaluations of the same texts. Print it for a table and a verdict in words.

    `difference` is what the second adds to the accuracy, `low` to `high` an interval for it; `only_one` and `only_other` are the
    rows that only one of both got right, and `p_value` how probable a difference at least as large is by chance alone.
    """

    names: tuple[str, str]
    runs: tuple[Evaluation, Evaluation]
    confidence: float
    difference: float
    low: float
    high: float
    only_one: int
    only_other: int
    p_value: float

    @property
    def is_clear(self) -> bool:
        """Whether the test says that it is not by chance: `p_value` is under 1 - `confidence`."""
        return self.p_value < 1 - self.confidence

    @property
    def verdict(self) -> str:
        """The difference in words."""
        one, other = self.names
        rows = len(self.runs[0].gold)
        if not self.is_clear:
            return (
                f"No clear difference on {rows:,} texts: {other} gets {self.only_other:,} right that {one} does not, and {one} "
                f"{self.only_one:,} that {other} does not (p = {self.p_value:.3f})."
            )
        better, worse = (other, one) if self.difference > 0 else (one, other)
        ends = sorted((abs(self.low), abs(self.high)))
        return (
            f"{better} is better than {worse} by {abs(self.difference):.1%} of {rows:,} texts ({ends[0]:.1%} to {ends[1]:.1%}; "
            f"p = {self.p_value:.2g})."
        )

    def __repr__(self) -> str:
        one, other = self.names
        wide = max(len(one), len(other), 9) + 2
        first, second = self.runs
        rows = [
            ("accuracy", f"{first.accuracy:.3f}", f"{second.accuracy:.3f}"),
            ("macro-F1", f"{first.macro_f1:.3f}", f"{second.macro_f1:.3f}"),
            ("ECE", _shown(first.ece), _shown(second.ece)),
            ("$ per 1,000", _shown(first.cost_per_1000), _shown(second.cost_per_1000)),
        ]
        lines = [
            f"{'':13}{one:>{wide}}{other:>{wide}}",
            *(f"{name:13}{left:>{wide}}{right:>{wide}}" for name, left, right in rows),
        ]
        interval = (
            f"difference in accuracy {self.difference:+.3f}, {self.confidence:.0%} interval {self.low:+.3f} to {self.high:+.3f}"
        )
        return "\n".join([*lines, interval, self.verdict])


def compare(
    one: Evaluation,
    other: Evaluation,
    *,
    names: tuple[str, str] = ("one", "other"),
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Two evaluations of the same texts side by side.

    The interval is that of a paired bootstrap (percentiles of 10,000 draws; Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993), the test McNemar's in its exact form. The same `seed` gives the same interval. Raises UsageError where the
    two are about other texts or other truths.
    """
    if not 0 < confidence < 1 or len(set(names)) != len(names):
        msg = f"confidence lies between 0 and 1, and the names differ; not {confidence!r} and {names!r}."
        raise UsageError(msg)
    if one.gold != other.gold or [a.user_query for a in one.results] != [b.user_query for b in other.results]:
        msg = "The two evaluations are of other texts, or of another order of them. Evaluate both with the same texts and gold."
        raise UsageError(msg)
    pairs = list(zip(one.correct, other.correct, strict=True))
    rows, lost, won = len(pairs), sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    # Of each row only matters whether it is won, lost or neither: drawing rows is drawing these three.
    draws = np.random.default_rng(seed).multinomial(rows, [lost / rows, won / rows, (rows - lost - won) / rows], SAMPLES)
    means = (draws[:, 1] - draws[:, 0]) / rows
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Comparison(
        names, (one, other), confidence, (won - lost) / rows, float(low), float(high), lost, won, mcnemar(lost, won)
    )  # fmt: skip


def _shown(number: float | Decimal | None) -> str:
    return "not known" if number is None else f"{number:.3f}"
