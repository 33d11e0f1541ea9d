"""How far a classification of many texts is, and who is told of it. Pure, but for the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

_progress = logging.getLogger("racto_nb.pipelines.progress")


@dataclass(frozen=True, slots=True)
class RowsProgress:
    """How far it is: `done` of `rows`, of which `failed` have an error.

    `texts` are the different ones to classify, `asked` those that the classifier was asked in this call, `known` those that the
    checkpoint had. `cost` is in US dollars, of this call, None where the price of one answer is unknown.

    >>> print(RowsProgress(rows=100, done=40, failed=1, texts=80, asked=30, known=2, cost=Decimal("0.0021")))
    40 of 100 rows · 30 texts asked · 2 known from the checkpoint · 1 failed · $0.0021
    """

    rows: int
    done: int = 0
    failed: int = 0
    texts: int = 0
    asked: int = 0
    known: int = 0
    cost: Decimal | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.done >= self.rows

    def __str__(self) -> str:
        parts = [f"{self.done:,} of {self.rows:,} rows", f"{self.asked:,} texts asked"]
        if self.known:
            parts.append(f"{self.known:,} known from the checkpoint")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self.cost:
            parts.append(f"${self.cost.normalize():f}")
        return " · ".join(parts)


Told = Callable[[RowsProgress], object]


class Logged:
    """Writes progress to the log `racto_nb.pipelines.progress`. One object is one classification of many texts."""

    def __call__(self, progress: RowsProgress) -> None:
        """Write how far it is. The record has it as `rows_progress`, and this object as `rows_run`."""
        _progress.info("%s", progress, extra={"rows_progress": progress, "rows_run": self})
