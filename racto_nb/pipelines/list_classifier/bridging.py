"""A ListClassifierPipeline as frames, evaluations and cascades ask it: whole results, whatever its output format. Kind: flow."""

from __future__ import annotations

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.pipelines.list_classifier.answering import Outcome, asked_of, result_from
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.running import Classifying
from racto_nb.pipelines.list_classifier.settings import Task
from racto_nb.pipelines.list_classifier.surrounding import question_as_kept


class WholeResults:
    """The classifier behind a pipeline, with its options and settings as they are when a text comes. Errors are raised."""

    def __init__(self, pipeline: Classifying) -> None:
        self._pipeline = pipeline

    def run(self, user_query: str) -> ClassifierResult:
        """Sort one text."""
        return _result(SyncDriver().run(self._pipeline.one(user_query)))

    async def arun(self, user_query: str) -> ClassifierResult:
        """Sort one text."""
        return _result(await AsyncDriver().run(self._pipeline.one(user_query)))

    @property
    def selection_mode(self) -> str:
        """Whether a text has a "single" label, or "multiple" ones."""
        return self._task.settings.selection_mode

    @property
    def options(self) -> list[str]:
        """The labels, in their order."""
        return list(self._task.form.labels.options)

    @property
    def descriptions(self) -> dict[str, str]:
        """What is said of labels; those without a description are left out."""
        return dict(self._task.form.labels.descriptions)

    @property
    def asks(self) -> str:
        """Who is asked, as `provider:model`; the name of its class where it is no kit."""
        kit = self._task.kit
        return f"{kit.provider}:{kit.model}" if isinstance(kit, DeveloperKit) else type(kit).__name__

    @property
    def identity(self) -> str:
        """Names all that decides about results: kit, options, prompt, settings. WrongTypeError for a kit without a name."""
        if not isinstance(self._task.kit, DeveloperKit):
            kit = type(self._task.kit).__name__
            msg = f"A {kit} has no identity that another session would know, so that no checkpoint can belong to it. Use a kit."
            raise WrongTypeError(msg)
        return f"pipeline:{fingerprint(question_as_kept(self._pipeline.around, self._task), message=False)[:32]}"

    def question_of(self, user_query: str) -> ChatConfig:
        """What is asked about a text in a batch. UsageError for votes, which are several answers to one text."""
        task = self._task
        if task.settings.votes > 1:
            msg = f"A batch asks once about each text, and this classifier takes votes={task.settings.votes}. Leave one out."
            raise UsageError(msg)
        return asked_of(task, user_query)

    def result_of(self, user_query: str, response: LLMResponse) -> ClassifierResult:
        """What an answer of a batch says. Raises ClassificationError where it names no option."""
        return result_from(self._task, user_query, response)

    @property
    def _task(self) -> Task:
        return self._pipeline.task()


def _result(outcome: Outcome) -> ClassifierResult:
    if outcome.error is not None:
        raise outcome.error
    return outcome.result
