"""Many texts as one batch of the provider's: handed in, waited for, read back. Kind: flow.

A batch that was handed in stands in the checkpoint, so that another session waits for it instead of paying for it twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast, runtime_checkable

from racto_nb.batch.processor import BatchProcessor
from racto_nb.batch.results import BatchResults
from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Flow, call, send
from racto_nb.flow.twins import either
from racto_nb.models.batches import BatchItem, BatchResult
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.pipelines.list_classifier.careful import CarefulClassifier
from racto_nb.pipelines.list_classifier.checkpointing import KeepJob, Kept, Known, key_of
from racto_nb.pipelines.list_classifier.reporting import Logged
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier
from racto_nb.pipelines.list_classifier.rows import Run, closing, failed_result, keeping


@runtime_checkable
class Batchable(TextClassifier, Protocol):
    """A classifier whose questions can be asked by somebody else: a pipeline over a chat model."""

    def question_of(self, user_query: str) -> ChatConfig:
        """What is asked about a text."""
        ...

    def result_of(self, user_query: str, response: LLMResponse) -> ClassifierResult:
        """What an answer says. Raises ClassificationError where it names no option."""
        ...


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who knows what to ask, and what is done to the results then."""

    classifier: Batchable
    careful: CarefulClassifier | None


def classifying_by_batch(classifier: TextClassifier, run: Run, processor: BatchProcessor) -> Flow[list[ClassifierResult]]:
    """The results of all cells of `run`, asked as one batch. Raises WrongTypeError for what has no batches."""
    return closing(run, _classifying(classifier, run, processor))


def _classifying(classifier: TextClassifier, run: Run, processor: BatchProcessor) -> Flow[None]:
    if not isinstance(processor, BatchProcessor):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"batch is a processor of racto_nb.batch, such as OpenAIBatchProcessor(model), not {processor!r:.80}."
        raise WrongTypeError(msg)
    asker = classifier.classifier if isinstance(classifier, CarefulClassifier) else classifier
    if not isinstance(asker, Batchable):
        msg = f"{type(asker).__name__} asks no chat model that has batches. Leave `batch` out."
        raise WrongTypeError(msg)
    asking = _Asking(asker, classifier if isinstance(classifier, CarefulClassifier) else None)
    told = partial(run.tell, run.wish.told or Logged())
    checkpoint = run.wish.checkpoint
    if checkpoint is not None:
        kept = cast("Kept", (yield from send(checkpoint, Known())))
        run.take(kept)
        yield from call(told)
        for job in kept.jobs:
            yield from _read(asking, run, processor, job, ())
    if texts := run.left():
        items = [_item(asker, text) for text in texts]
        info = yield from either(processor.submit_batch, processor.asubmit_batch, items)
        if checkpoint is not None:
            yield from send(checkpoint, KeepJob(info.job_id))
        yield from _read(asking, run, processor, info.job_id, items)
        for text in run.left():
            run.add(text, failed_result(text, "the batch has no answer for it"))
    yield from call(told)


def _item(classifier: Batchable, text: str) -> BatchItem:
    config = classifier.question_of(text)
    return BatchItem(custom_id=key_of(text), **{name: getattr(config, name) for name in config.model_fields_set})


def _read(asking: _Asking, run: Run, processor: BatchProcessor, job: str, items: Sequence[BatchItem]) -> Flow[None]:
    """Wait for a batch, and take its answers."""
    resume = cast("Callable[..., BatchResults]", processor.resume)
    aresume = cast("Callable[..., Awaitable[BatchResults]]", processor.aresume)
    given: dict[str, Any] = {"items": items} if items else {}
    answers = yield from either(resume, aresume, job, **given)
    texts = {key_of(text): text for text in run.left()}
    for answer in answers:
        if (text := texts.get(answer.custom_id)) is not None:
            run.add(text, _result(asking, text, answer))
    yield from keeping(run, list(texts.values()))
    if run.wish.checkpoint is not None:
        yield from send(run.wish.checkpoint, KeepJob(job, read=True))


def _result(asking: _Asking, text: str, answer: BatchResult) -> ClassifierResult:
    if answer.response is None:
        return failed_result(text, answer.error or "the batch has no answer")
    try:
        found = asking.classifier.result_of(text, answer.response)
        found = found if asking.careful is None else asking.careful.made_careful(found)
    except Exception as error:  # noqa: BLE001  (one bad row is one row's error)
        found = failed_result(text, f"{type(error).__name__}: {error}")
    return found.model_copy(update={"cost": answer.cost})
