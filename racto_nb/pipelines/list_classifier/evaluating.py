"""How good a classifier is, on texts whose label is known, and how two of them differ. Kind: flow.

result = evaluate(classifier, texts, gold)
compare(result, evaluate(other, texts, gold))
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.pipelines.list_classifier.gathering import Classifier, listed_texts, plain
from racto_nb.pipelines.list_classifier.judging import Evaluation
from racto_nb.pipelines.list_classifier.reporting import Told
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.rows import (
    RowsWish,
    Run,
    checkpoint_of,
    classifying_rows,
    kept_after_interrupt,
    kept_when_cancelled,
)


def evaluate(
    classifier: Classifier,
    texts: Sequence[str],
    gold: Sequence[str],
    *,
    concurrency: int = 8,
    checkpoint: str | os.PathLike[str] | None = None,
    on_progress: Told | None = None,
) -> Evaluation:
    """What a classifier makes of texts whose true label is known: one label each.

    `texts` and `gold` are lists, or columns of a frame. Equal texts are asked once, `concurrency` at a time; `checkpoint` and
    `on_progress` are as in `classify_frame`. A text that fails counts as wrong.
    """
    classifier, texts = plain(classifier), listed_texts(texts)
    truths = _truths(gold, texts)
    run = Run(texts, RowsWish(concurrency, None, checkpoint_of(checkpoint, classifier), on_progress))
    try:
        results = SyncDriver().run(classifying_rows(classifier, run))
    except KeyboardInterrupt:
        kept_after_interrupt(run)
        raise
    return Evaluation(truths, results)


async def aevaluate(
    classifier: Classifier,
    texts: Sequence[str],
    gold: Sequence[str],
    *,
    concurrency: int = 8,
    checkpoint: str | os.PathLike[str] | None = None,
    on_progress: Told | None = None,
) -> Evaluation:
    """What a classifier makes of texts whose true label is known: one label each."""
    classifier, texts = plain(classifier), listed_texts(texts)
    truths = _truths(gold, texts)
    run = Run(texts, RowsWish(concurrency, None, checkpoint_of(checkpoint, classifier), on_progress))
    try:
        results = await AsyncDriver().run(classifying_rows(classifier, run))
    except BaseException:
        kept_when_cancelled(run)
        raise
    return Evaluation(truths, results)


def evaluation_of(results: Sequence[ClassifierResult], gold: Sequence[str]) -> Evaluation:
    """The evaluation of results that are there already."""
    return Evaluation(_truths(gold, results), list(results))


def _truths(gold: Sequence[str], texts: Sequence[object]) -> list[str]:
    truths = list(gold)
    if isinstance(gold, str) or len(truths) != len(texts) or not truths:
        msg = f"texts and gold are two lists, with one true label for each text; got {len(truths)} labels for {texts!r:.80}."
        raise UsageError(msg)
    if not all(isinstance(truth, str) for truth in truths):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = "gold has one label a text, as a text. Classifications with several labels a text are not judged here."
        raise WrongTypeError(msg)
    return truths
