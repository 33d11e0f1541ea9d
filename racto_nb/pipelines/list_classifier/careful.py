"""A classifier whose results are calibrated, get prediction sets, and abstain where they are not sure. Kind: flow."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.exceptions import UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.pipelines.list_classifier.abstaining import checked_threshold
from racto_nb.pipelines.list_classifier.calibrating import Calibrator
from racto_nb.pipelines.list_classifier.conformal import ConformalSets
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
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier


class CarefulClassifier:
    """Another classifier, with what was learned on rows whose truth is known put to use.

    `sets` add the prediction set of the classifier's own scores, then `calibrator` makes confidences true. A result is
    `uncertain` where it was before, where its calibrated confidence is under `threshold` or not known, where its prediction set
    does not hold exactly one label, or where it is out of scope. The label stays, so that you see what was not sure.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        calibrator: Calibrator | None = None,
        sets: ConformalSets | None = None,
        threshold: float | None = None,
    ) -> None:
        if calibrator is None and sets is None and threshold is None:
            msg = "A CarefulClassifier has a calibrator, sets, a threshold, or several of them; none was given."
            raise UsageError(msg)
        self.classifier: TextClassifier = plain(classifier)
        self._calibrator, self._sets, self._threshold = calibrator, sets, checked_threshold(threshold)

    def run(self, user_query: str) -> ClassifierResult:
        """The label of one text."""
        return self.made_careful(self.classifier.run(user_query))

    async def arun(self, user_query: str) -> ClassifierResult:
        """The label of one text."""
        return self.made_careful(await self.classifier.arun(user_query))

    def batch_run(self, queries: Sequence[str]) -> list[ClassifierResult]:
        """The labels of many texts, in their order."""
        return SyncDriver().run(self._many(queries))

    async def abatch_run(self, queries: Sequence[str]) -> list[ClassifierResult]:
        """The labels of many texts, in their order."""
        return await AsyncDriver().run(self._many(queries))

    def prepare(self) -> None:
        """Do now what comes before the first text."""
        SyncDriver().run(prepared(self.classifier))

    async def aprepare(self) -> None:
        """Do now what comes before the first text."""
        await AsyncDriver().run(prepared(self.classifier))

    def made_careful(self, result: ClassifierResult) -> ClassifierResult:
        """A result of the classifier with all of this done to it. An error stays as it is."""
        if result.error is not None:
            return result
        found = result if self._sets is None else self._sets.with_set(result)
        found = found if self._calibrator is None else self._calibrator.calibrated(found)
        unsure = found.uncertain or found.out_of_scope or (found.prediction_set is not None and len(found.prediction_set) != 1)
        if self._threshold is not None and (found.top_confidence is None or found.top_confidence < self._threshold):
            unsure = True
        return found.model_copy(update={"uncertain": unsure})

    @property
    def texts_at_once(self) -> int:
        """How many texts it takes best in one call of `batch_run`."""
        return room_of(self.classifier)

    @property
    def selection_mode(self) -> str:
        """Whether a text has a "single" label, or "multiple" ones."""
        return getattr(self.classifier, "selection_mode", "single")

    @property
    def identity(self) -> str:
        """Names all that decides about results."""
        sets = None if self._sets is None else self._sets.to_json()
        calibrator = None if self._calibrator is None else self._calibrator.to_json()
        return wrapped_identity("careful", identity_of(self.classifier), calibrator, sets, self._threshold)

    def _many(self, texts: Sequence[str]) -> Flow[list[ClassifierResult]]:
        found = yield from results_of(self.classifier, listed_texts(texts))
        return [self.made_careful(result) for result in found]
