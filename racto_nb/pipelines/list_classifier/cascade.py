"""A cheap classifier first, an expensive one for what it is not sure of. Kind: flow.

cascade = Cascade.fit(cheap, expensive, sample, target_agreement=0.95)
results = cascade.batch_run(texts)
print(savings(results))
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Self, TypeVar

from racto_nb._warnings import CalibrationWarning
from racto_nb.exceptions import UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.kits.warning import callers_level
from racto_nb.pipelines.list_classifier.abstaining import checked_threshold
from racto_nb.pipelines.list_classifier.binomial import lower_bound
from racto_nb.pipelines.list_classifier.gathering import (
    Classifier,
    identity_of,
    listed_texts,
    plain,
    prepared,
    results_of,
    room_of,
    wrapped_identity,
)
from racto_nb.pipelines.list_classifier.results import ClassifierResult, ClassifierUsage, TextClassifier
from racto_nb.pipelines.list_classifier.rows import RowsWish, Run, classifying_rows, failed_result, raise_hopeless

Among = Literal["kept", "all"]
CascadeType = TypeVar("CascadeType", bound="Cascade")
_STEPS = 10
"""Thresholds that are tried: they keep the surest tenth, two tenths, … of the rows."""


@dataclass(frozen=True, slots=True)
class CascadeFit:
    """How a threshold was chosen: of `rows` sampled texts the cheap classifier keeps `kept`, and agrees about `agreed` of them.

    `bound` is what the true agreement is not below, with the confidence that was asked for. `threshold` is None where no
    threshold reaches the target: then every text goes up.
    """

    threshold: float | None
    rows: int
    kept: int
    agreed: int
    bound: float
    target: float
    among: Among

    def __str__(self) -> str:
        if self.threshold is None:
            return f"No threshold reaches an agreement of {self.target:.1%} on {self.rows:,} texts: all go up. Try more texts."
        whose = "those that it keeps" if self.among == "kept" else "all texts"
        return (
            f"At {self.threshold:.4f} the cheap classifier keeps {self.kept:,} of {self.rows:,} texts and agrees about "
            f"{self.agreed:,}; of {whose} the agreement is at least {self.bound:.1%} (target {self.target:.1%})."
        )


class Cascade:
    """Asks `cheap` first, and `expensive` about the texts for which the cheap confidence is under `threshold` or not known.

    What the cheap classifier calls out of scope or abstains from goes up too. A `threshold` of None sends all up. Results say by
    `sent_up` which one answered; their usage and cost are of both. `fit` chooses the threshold; `fitted` then tells how.
    """

    selection_mode: Literal["single"] = "single"

    def __init__(
        self,
        cheap: Classifier,
        expensive: Classifier,
        *,
        threshold: float | None = None,
        fitted: CascadeFit | None = None,
    ) -> None:
        self.cheap: TextClassifier = plain(cheap)
        self.expensive: TextClassifier = plain(expensive)
        self.threshold = checked_threshold(threshold if fitted is None else fitted.threshold)
        self.fitted = fitted

    @classmethod
    def fit(
        cls,
        cheap: Classifier,
        expensive: Classifier,
        texts: Sequence[str],
        *,
        target_agreement: float = 0.95,
        confidence: float = 0.95,
        among: Among = "kept",
        concurrency: int = 8,
    ) -> Self:
        """The cascade that sends up the fewest texts and still agrees with `expensive` as often as wanted.

        Both are asked about all `texts`: some hundreds of those to come (this is the price), which neither was taught with. With
        `among` "kept" the target is for the texts that the cheap classifier answers alone, with "all" for all texts, where those
        that went up agree. Ten thresholds are tried, which keep the surest tenth, two tenths and so on; one is good enough when
        the lower bound of Clopper and Pearson for its agreement reaches the target, each at a tenth of 1 - confidence
        (Bonferroni), so that trying ten costs nothing of the confidence. Where none is, all go up, with a CalibrationWarning.

        Rows that one of both fails at are left out. Raises UsageError where none is left.
        """
        _check(target_agreement, confidence, among)
        pairs = SyncDriver().run(_both(plain(cheap), plain(expensive), texts, concurrency))
        return _told(cls(cheap, expensive, fitted=threshold_of(pairs, target_agreement, confidence, among)))

    @classmethod
    async def afit(
        cls,
        cheap: Classifier,
        expensive: Classifier,
        texts: Sequence[str],
        *,
        target_agreement: float = 0.95,
        confidence: float = 0.95,
        among: Among = "kept",
        concurrency: int = 8,
    ) -> Self:
        """The cascade that sends up the fewest texts and still agrees with `expensive` as often as wanted."""
        _check(target_agreement, confidence, among)
        pairs = await AsyncDriver().run(_both(plain(cheap), plain(expensive), texts, concurrency))
        return _told(cls(cheap, expensive, fitted=threshold_of(pairs, target_agreement, confidence, among)))

    def run(self, user_query: str) -> ClassifierResult:
        """The label of one text."""
        return SyncDriver().run(self._classifying([user_query]))[0]

    async def arun(self, user_query: str) -> ClassifierResult:
        """The label of one text."""
        return (await AsyncDriver().run(self._classifying([user_query])))[0]

    def batch_run(self, queries: Sequence[str]) -> list[ClassifierResult]:
        """The labels of many texts, in their order. A text that the expensive classifier fails at has an `error`, the others
        stay.
        """
        return SyncDriver().run(self._classifying(queries, collect=True))

    async def abatch_run(self, queries: Sequence[str]) -> list[ClassifierResult]:
        """The labels of many texts, in their order. A text that the expensive classifier fails at has an `error`, the others
        stay.
        """
        return await AsyncDriver().run(self._classifying(queries, collect=True))

    def prepare(self) -> None:
        """Do now what comes before the first text."""
        SyncDriver().run(prepared(self.cheap, self.expensive))

    async def aprepare(self) -> None:
        """Do now what comes before the first text."""
        await AsyncDriver().run(prepared(self.cheap, self.expensive))

    @property
    def texts_at_once(self) -> int:
        """How many texts it takes best in one call: few, so that a crash loses little of what the expensive one answered."""
        return min(room_of(self.cheap), 16)

    @property
    def identity(self) -> str:
        """Names all that decides about results."""
        return wrapped_identity("cascade", identity_of(self.cheap), identity_of(self.expensive), self.threshold)

    def _classifying(self, texts: Sequence[str], *, collect: bool = False) -> Flow[list[ClassifierResult]]:
        texts = listed_texts(texts)
        found = list((yield from results_of(self.cheap, texts)))
        for place, (text, result) in enumerate(zip(texts, found, strict=True)):
            if _is_sure(result, self.threshold):
                found[place] = result.model_copy(update={"sent_up": False})
                continue
            try:
                answer = yield from either(self.expensive.run, self.expensive.arun, text)
            except Exception as error:  # what the others cost is paid: their answers must not be lost for this one
                if not collect:
                    raise
                raise_hopeless(error)
                answer = failed_result(text, f"{type(error).__name__}: {error}")
            found[place] = _with_cheap(answer, result)
        return found

    def __repr__(self) -> str:
        return f"Cascade({self.cheap!r}, {self.expensive!r}, threshold={self.threshold!r})"


@dataclass(frozen=True, slots=True)
class Savings:
    """What a cascade spared: of `rows` results, `sent_up` were asked of the expensive classifier.

    `spent` is what all cost, in US dollars, `alone` what the expensive classifier would have cost for all (what it took for those
    that went up, on average, for each row); None where prices are not known.

    >>> print(Savings(1000, 150, Decimal("0.30"), Decimal("2.00")))
    150 of 1,000 rows (15.0%) went up; $0.30 spent, $1.70 of $2.00 saved (85%)
    """

    rows: int
    sent_up: int
    spent: Decimal | None
    alone: Decimal | None

    @property
    def saved(self) -> Decimal | None:
        """US dollars that were not spent; None where prices are not known."""
        return None if self.spent is None or self.alone is None else self.alone - self.spent

    def __str__(self) -> str:
        told = f"{self.sent_up:,} of {self.rows:,} rows ({self.sent_up / max(1, self.rows):.1%}) went up"
        if self.saved is None or self.spent is None or not self.alone:
            return f"{told}; what was saved is not known, since a price is not"
        return f"{told}; ${self.spent:.2f} spent, ${self.saved:.2f} of ${self.alone:.2f} saved ({self.saved / self.alone:.0%})"


def savings(results: Sequence[ClassifierResult]) -> Savings:
    """What a cascade spared with these results of it."""
    up, kept = [one.cost for one in results if one.sent_up], [one.cost for one in results if not one.sent_up]
    spent, both, cheap, alone = _sum([*up, *kept]), _sum(up), _sum(kept), None
    if both is not None and cheap is not None and up:
        # Those that went up paid for both classifiers; what the cheap one takes of it is told by those that did not.
        alone = (both / len(up) - cheap / max(1, len(kept))) * len(results)
    return Savings(len(results), len(up), spent, alone)


def threshold_of(pairs: Sequence[tuple[float, bool]], target: float, confidence: float, among: Among) -> CascadeFit:
    """The lowest threshold that reaches the target, from pairs of a cheap confidence and whether both classifiers agreed."""
    rows = sorted(pairs, key=lambda pair: -pair[0])
    each = 1 - (1 - confidence) / _STEPS
    best = CascadeFit(None, len(rows), 0, 0, 1.0, target, among)
    for step in range(1, _STEPS + 1):
        last = max(1, len(rows) * step // _STEPS)
        threshold = rows[last - 1][0]
        kept = [agreed for sure, agreed in rows if sure >= threshold]
        good, count = (sum(kept), len(kept)) if among == "kept" else (len(rows) - len(kept) + sum(kept), len(rows))
        bound = lower_bound(good, count, each)
        if bound >= target:
            best = CascadeFit(threshold, len(rows), len(kept), sum(kept), bound, target, among)
    return best


def _told(cascade: CascadeType) -> CascadeType:
    """`cascade`, after a warning where no threshold was good enough."""
    if cascade.threshold is None:
        warnings.warn(str(cascade.fitted), CalibrationWarning, stacklevel=callers_level())
    return cascade


def _both(
    cheap: TextClassifier, expensive: TextClassifier, texts: Sequence[str], concurrency: int
) -> Flow[list[tuple[float, bool]]]:
    wish = RowsWish(concurrency)
    first = yield from classifying_rows(cheap, Run(texts, wish))
    second = yield from classifying_rows(expensive, Run(texts, wish))
    pairs = [
        (-1.0 if one.top_confidence is None or not _is_sure(one, 0.0) else one.top_confidence, one.first == other.first)
        for one, other in zip(first, second, strict=True)
        if one.error is None and other.error is None
    ]
    if not any(sure >= 0 for sure, _ in pairs):
        why = next((one.error for one in (*first, *second) if one.error), "the cheap one tells no confidence")
        msg = f"No text is left to fit a cascade on: {why}."
        raise UsageError(msg)
    return [(sure, agreed) for sure, agreed in pairs if sure >= 0]


def _is_sure(result: ClassifierResult, threshold: float | None) -> bool:
    if threshold is None or result.error is not None or result.out_of_scope or result.uncertain:
        return False
    return result.top_confidence is not None and result.top_confidence >= threshold


def _with_cheap(answer: ClassifierResult, cheap: ClassifierResult) -> ClassifierResult:
    """The expensive answer, with what both took."""
    usage = ClassifierUsage(
        input_tokens=answer.usage.input_tokens + cheap.usage.input_tokens,
        output_tokens=answer.usage.output_tokens + cheap.usage.output_tokens,
        retry_count=answer.usage.retry_count + cheap.usage.retry_count,
    )
    return answer.model_copy(update={"sent_up": True, "usage": usage, "cost": _sum([answer.cost, cheap.cost])})


def _sum(costs: Sequence[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _check(target: float, confidence: float, among: str) -> None:
    if not 0 < target < 1 or not 0 < confidence < 1 or among not in ("kept", "all"):
        msg = (
            'target_agreement and confidence lie between 0 and 1, and among is "kept" or "all"; '
            f"got {target!r}, {confidence!r} and {among!r}."
        )
        raise UsageError(msg)
