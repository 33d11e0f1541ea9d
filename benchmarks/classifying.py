"""How well texts are sorted without any chat model, and whether what is said of the results comes true: on Banking77.

Banking77 (Casanueva et al., 2020): 77 labels, 10,003 texts to learn from and 3,080 to be tested on, from the shared material. The
vectors are those of the embedded model, each text embedded once in a run. Accuracy is measured with the names of the labels
alone, with some examples of each label, and with all. Some tested texts are also among those to learn from: the last figure is
given without them too.

Calibration and prediction sets are fitted on one half of the tested texts and measured on the other, both ways round, so that
each of the 3,080 is measured once, by what did not see it. The goals: prediction sets hold the true label as often as they
should, within 2 points; calibrated confidences are off by 3 points at most (ECE; perfect ones are by about 2 here, by chance);
examples help.
"""

from __future__ import annotations

import csv
import random
import re
import sys
import time
from collections.abc import Mapping, Sequence

from contenders.shared import MISSING, shared_folder
from contenders.telling import absent, figure

from racto_nb import embedded_developer_kit as embedded
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.pipelines.list_classifier import (
    Calibrator,
    ClassifierResult,
    ConformalSets,
    EmbeddingClassifier,
    Evaluation,
    compare,
    coverage_of,
    evaluate,
    evaluation_of,
)

SHARED = shared_folder("data", "banking77")
EXAMPLES: tuple[int | None, ...] = (0, 1, 3, 5, 10, 20, None)
"""Examples of each label: none, so many, all."""
COVERAGES = (0.9, 0.95)
POINTS, ECE = 0.02, 0.03


class Remembering:
    """The embedded model, which embeds no text twice in a run."""

    def __init__(self) -> None:
        self._kit = embedded.Chat()
        self._known: dict[str, list[float]] = {}

    def embed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        new = [text for text in dict.fromkeys(config.texts) if text not in self._known]
        if new:
            answer = self._kit.embed(EmbeddingConfig(texts=new))
            self._known.update(zip(new, [vector.embedding for vector in answer.vectors], strict=True))
        rows = [EmbeddingVector(index=place, text=text, embedding=self._known[text]) for place, text in enumerate(config.texts)]
        return EmbeddingResponse(vectors=rows, model="remembered")

    async def aembed(self, config: EmbeddingConfig) -> EmbeddingResponse:
        return self.embed(config)


def rows_of(part: str) -> list[tuple[str, str]]:
    """The texts and labels of "train" or "test"."""
    with (SHARED / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def examples_of(train: Sequence[tuple[str, str]], count: int | None) -> dict[str, list[str]]:
    """The first `count` texts of each label, in an order that chance has made once; all of them for None."""
    mixed = list(train)
    random.Random(0).shuffle(mixed)
    found: dict[str, list[str]] = {label: [] for label in sorted({label for _, label in train})}
    for text, label in mixed:
        if count is None or len(found[label]) < count:
            found[label].append(text)
    return found


def classifier_of(kit: Remembering, examples: Mapping[str, Sequence[str]]) -> EmbeddingClassifier:
    known = {label: texts for label, texts in examples.items() if texts}
    return EmbeddingClassifier(list(examples), examples=known, kit=kit)


def leaked(train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]) -> list[bool]:
    """Which of the tested texts are among those to learn from: the same letters and digits."""
    known = {_bare(text) for text, _ in train}
    return [_bare(text) in known for text, _ in test]


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def halves(rows: int) -> list[tuple[list[int], list[int]]]:
    """Two halves that chance has made once: one to fit on and one to measure, both ways round."""
    places = list(range(rows))
    random.Random(1).shuffle(places)
    one, other = places[: rows // 2], places[rows // 2 :]
    return [(one, other), (other, one)]


def calibrated(found: Evaluation) -> Evaluation:
    """The same results with calibrated confidences, each by the half that it is not in."""
    results: list[ClassifierResult] = list(found.results)
    for fit, measure in halves(len(results)):
        calibrator = Calibrator.fit([found.results[place] for place in fit], [found.gold[place] for place in fit])
        for place in measure:
            results[place] = calibrator.calibrated(found.results[place])
    return evaluation_of(results, found.gold)


def sets_of(found: Evaluation, coverage: float, method: str) -> list[list[str]]:
    """The prediction set of each result, by the half that it is not in."""
    sets: list[list[str]] = [[] for _ in found.results]
    for fit, measure in halves(len(sets)):
        made = ConformalSets.fit(
            [found.results[place] for place in fit], [found.gold[place] for place in fit], coverage=coverage, method=method
        )
        for place in measure:
            sets[place] = made.prediction_set(found.results[place])
    return sets


def main() -> int:
    if not SHARED:
        absent("Banking77", MISSING)
        return 1
    train, test, kit, missed = rows_of("train"), rows_of("test"), Remembering(), 0
    texts, gold = [text for text, _ in test], [label for _, label in test]
    found: dict[int | None, Evaluation] = {}
    print(f"{len(train):,} texts to learn from, {len(test):,} to be tested on, 77 labels")
    print("\nexamples of each   accuracy  macro-F1    ECE  calibrated   seconds")
    for count in EXAMPLES:
        began = time.perf_counter()
        found[count] = one = evaluate(classifier_of(kit, examples_of(train, count)), texts, gold)
        after = calibrated(one)
        taken = time.perf_counter() - began
        name = "all" if count is None else str(count) if count else "none, names only"
        print(f"{name:18}{one.accuracy:9.1%}{one.macro_f1:10.3f}{one.ece:7.3f}{after.ece:12.3f}{taken:10.1f}")
        figure(f"examples of each label {name}: accuracy", one.accuracy, "share", told=f"macro-F1 {one.macro_f1:.3f}")
        missed += figure(f"examples of each label {name}: calibrated error (ECE)", after.ece, "share", at_most=ECE)
    missed += told_of_leaks(found, leaked(train, test))
    for count in (0, EXAMPLES[-1]):
        missed += told_of_sets("names only" if count == 0 else "all examples", found[count])
    print(f"\nAbstention, calibrated, all examples\n{calibrated(found[EXAMPLES[-1]]).abstention()}")
    print(f"\n{compare(found[0], found[EXAMPLES[-1]], names=('names only', 'all examples'))}")
    more = found[EXAMPLES[-1]].accuracy - found[0].accuracy
    missed += figure("accuracy that all examples add to names", more, "share", at_least=0.001)
    print("\nmissed goals:", missed)
    return int(missed > 0)


def told_of_leaks(found: Mapping[int | None, Evaluation], known: Sequence[bool]) -> int:
    last = found[EXAMPLES[-1]]
    kept = [place for place, leak in enumerate(known) if not leak]
    without = evaluation_of([last.results[place] for place in kept], [last.gold[place] for place in kept])
    print(f"\n{sum(known)} tested texts are among those to learn from; without them, all examples: {without.accuracy:.2%}")
    print(f"with them: {last.accuracy:.2%}")
    return 0


def told_of_sets(name: str, found: Evaluation) -> int:
    missed = 0
    print(f"\nPrediction sets, {name}")
    for method in ("lac", "aps", "raps"):
        for coverage in COVERAGES:
            told = coverage_of(sets_of(found, coverage, method), found.gold)
            what = f"prediction sets, {name}, {method} {coverage:.0%}: coverage"
            bad = figure(what, told.share, "share", at_least=coverage - POINTS, at_most=coverage + POINTS)
            missed += bad
            print(f"  {method:5}{coverage:.0%}: {told}{'  missed' * bad}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
