"""Sets of labels that hold the true one as often as was asked for. Pure, on NumPy.

    sets = ConformalSets.fit(results, gold, coverage=0.9)
    sets.prediction_set(result)

Split conformal prediction (Vovk et al., "Algorithmic Learning in a Random World", 2005): on rows whose truth is known, and which
the classifier was not fitted on, it is measured how strange each true label looked; a set has all labels that look no stranger
than the ceil((n + 1) * coverage)-th least strange of the n. If new rows come from where these came from, the true label is in
the set with at least that probability, and at most 1 / (n + 1) more where no two rows are equally strange. Nothing is assumed of
the classifier: a poor one has large sets.

"lac" measures 1 - score of the true label (Sadinle, Lei and Wasserman, 2019): the smallest sets. "aps" sums the scores from the
best label down to the true one (Romano, Sesia and Candès, 2020), so that hard texts get larger sets; "raps" adds a fine for
labels far down the list (Angelopoulos et al., 2021). Where the last label of a sum falls is drawn, by a number that the scores
and `seed` decide: the same row has the same set always.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
import orjson

from racto_nb._warnings import CalibrationWarning
from racto_nb.exceptions import UsageError
from racto_nb.pipelines.list_classifier.measuring import Floats
from racto_nb.pipelines.list_classifier.results import ClassifierResult

Scores = Mapping[str, float]
Strangeness = Literal["lac", "aps", "raps"]
_FORM = 1
_FREE, _FINE = 5, 0.01
"""RAPS: so many labels are free, and what each further one costs."""


@dataclass(frozen=True, slots=True)
class ConformalSets:
    """Says which labels a text may have, with a chosen coverage. Make one with `fit`.

    `limits` has how strange a label may be: one for all under the name None, or one for each label. `rows` it was fitted on.
    """

    method: Strangeness
    coverage: float
    limits: Mapping[str | None, float]
    rows: int
    seed: int = 0

    @classmethod
    def fit(
        cls,
        scores: Sequence[Scores] | Sequence[ClassifierResult],
        labels: Sequence[str],
        *,
        coverage: float = 0.9,
        method: Strangeness = "lac",
        by_label: bool = False,
        seed: int = 0,
    ) -> ConformalSets:
        """Fit on the scores of rows (or their results, with `all_scores`) and their true labels.

        With `by_label` each label has a limit of its own, so that the coverage holds for the texts of each label and not only for
        all together; that takes rows of each. Results with an error are left out. Too few rows for the coverage (fewer than
        coverage / (1 - coverage)) put every label into every set, and a CalibrationWarning says so.

        Raises UsageError for a coverage that is none, for a row whose true label has no score, and where no row is left.
        """
        if not 0 < coverage < 1 or method not in ("lac", "aps", "raps"):
            msg = f'coverage lies between 0 and 1 and method is "lac", "aps" or "raps", not {coverage!r} and {method!r}.'
            raise UsageError(msg)
        if len(scores) != len(labels) or not len(scores):
            msg = f"{len(scores)} rows of scores and {len(labels)} true labels: one for each, and at least one."
            raise UsageError(msg)
        pairs = [pair for pair in zip(scores, labels, strict=True) if not _is_error(pair[0])]
        if not pairs:
            msg = f"All {len(scores)} results have an error; there is nothing to fit on."
            raise UsageError(msg)
        strange: dict[str | None, list[float]] = {}
        for given, truth in pairs:
            row = scores_of(given)
            if truth not in row:
                msg = f"The true label {truth!r} has no score in its row. The labels with scores are {list(row)!r:.200}."
                raise UsageError(msg)
            found = _strangeness(row, method, seed)[truth]
            strange.setdefault(truth if by_label else None, []).append(found)
            if by_label:
                for label in row:
                    strange.setdefault(label, [])
        limits = {name: _limit(found, coverage) for name, found in strange.items()}
        _warn_of_few(limits, len(pairs), coverage)
        return cls(method, coverage, limits, len(pairs), seed)

    def prediction_set(self, scores: Scores | ClassifierResult) -> list[str]:
        """The labels that are not too strange, the likeliest first. It may be empty: then none is likely enough."""
        row = scores_of(scores)
        strange = _strangeness(row, self.method, self.seed)
        shared = self.limits.get(None)
        limit = {label: shared if shared is not None else self.limits.get(label, math.inf) for label in row}
        return [label for label in sorted(row, key=lambda label: -row[label]) if strange[label] <= limit[label]]

    def with_set(self, result: ClassifierResult) -> ClassifierResult:
        """A copy of `result` with its `prediction_set`; an error stays as it is."""
        if result.error is not None:
            return result
        return result.model_copy(update={"prediction_set": self.prediction_set(result)})

    def to_json(self) -> str:
        """All of it as JSON, for `from_json`."""
        limits = [[label, None if math.isinf(limit) else limit] for label, limit in self.limits.items()]
        kept = {
            "form": _FORM,
            "method": self.method,
            "coverage": self.coverage,
            "limits": limits,
            "rows": self.rows,
            "seed": self.seed,
        }
        return orjson.dumps(kept).decode()

    @classmethod
    def from_json(cls, text: str) -> ConformalSets:
        """The sets that `to_json` wrote. Raises UsageError for any other text."""
        try:
            kept = orjson.loads(text)
            if kept["form"] != _FORM or kept["method"] not in ("lac", "aps", "raps"):
                raise ValueError(kept)  # noqa: TRY301  (all that is wrong is told in one place)
            limits = {label: math.inf if limit is None else float(limit) for label, limit in kept["limits"]}
            return cls(kept["method"], float(kept["coverage"]), limits, int(kept["rows"]), int(kept["seed"]))
        except (ValueError, KeyError, TypeError) as error:
            msg = "These are no sets that to_json() of this version wrote. Fit them again."
            raise UsageError(msg) from error


@dataclass(frozen=True, slots=True)
class Coverage:
    """How sets did on rows whose truth is known: the share that held it, their mean size, and the shares of sizes 1 and 0."""

    share: float
    size: float
    single: float
    empty: float
    rows: int

    def __str__(self) -> str:
        return (
            f"{self.share:.1%} of {self.rows:,} sets hold the true label; {self.size:.2f} labels on average, "
            f"{self.single:.1%} just one, {self.empty:.1%} none"
        )


def coverage_of(sets: Sequence[Sequence[str]], labels: Sequence[str]) -> Coverage:
    """How often the true label was in its set, and how large the sets were.

    >>> print(coverage_of([["a"], ["a", "b"]], ["a", "c"]))
    50.0% of 2 sets hold the true label; 1.50 labels on average, 50.0% just one, 0.0% none
    """
    if len(sets) != len(labels) or not len(sets):
        msg = f"{len(sets)} sets and {len(labels)} true labels: one for each, and at least one."
        raise UsageError(msg)
    sizes = np.array([len(each) for each in sets])
    held = np.array([truth in each for each, truth in zip(sets, labels, strict=True)])
    return Coverage(float(held.mean()), float(sizes.mean()), float((sizes == 1).mean()), float((sizes == 0).mean()), len(sets))


def scores_of(row: Scores | ClassifierResult) -> Scores:
    """The scores of a row. UsageError for a result without any, and for one that is NaN or infinite."""
    found = row.all_scores if isinstance(row, ClassifierResult) else row
    if not found:
        msg = "Prediction sets need the scores of all options, and this row has none: ask the classifier for all scores."
        raise UsageError(msg)
    if not all(map(math.isfinite, found.values())):
        msg = f"Scores are numbers, and one here is NaN or infinite: {dict(found)!r:.200}."
        raise UsageError(msg)
    return found


def _is_error(row: Scores | ClassifierResult) -> bool:
    return isinstance(row, ClassifierResult) and row.error is not None


def _limit(strange: Sequence[float], coverage: float) -> float:
    """The ceil((n + 1) * coverage)-th least; infinite where there are fewer."""
    place = math.ceil((len(strange) + 1) * coverage - 1e-9)  # 0.9 * 10 is a little more than 9 in floats
    return math.inf if place > len(strange) else sorted(strange)[place - 1]


def _strangeness(row: Scores, method: Strangeness, seed: int) -> dict[str, float]:
    labels = list(row)
    scores = np.array([row[label] for label in labels], dtype=np.float64)
    if method == "lac":
        return dict(zip(labels, (1 - scores).tolist(), strict=True))
    order = np.argsort(-scores, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(scores[order])[:-1]])
    found: Floats = before + _drawn(scores, seed) * scores[order]
    if method == "raps":
        found = found + _FINE * np.maximum(0, np.arange(1, len(labels) + 1) - _FREE)
    return {labels[place]: float(value) for place, value in zip(order, found, strict=True)}


def _drawn(scores: Floats, seed: int) -> float:
    """A number from 0 to 1 that looks drawn, and is the same for the same scores and seed."""
    digest = blake2b(scores.tobytes(), digest_size=8, salt=seed.to_bytes(8, "little", signed=True)).digest()
    return int.from_bytes(digest, "little") / 2**64


def _warn_of_few(limits: Mapping[str | None, float], rows: int, coverage: float) -> None:
    few = [name for name, limit in limits.items() if math.isinf(limit)]
    if not few:
        return
    of = "" if few == [None] else f" for {len(few)} of {len(limits)} labels, such as {few[0]!r}"
    which, needed = "these labels" if of else "every label", math.ceil(coverage / (1 - coverage))
    msg = f"{rows} rows are too few{of} for a coverage of {coverage:.0%}: every set holds {which}. "
    msg += f"Give {needed} or more{' of each' if of else ''}."
    warnings.warn(msg, CalibrationWarning, stacklevel=3)
