"""From a text to the reading of an answer: asked, read, and asked again where the answer did not fit. Kind: flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from racto_nb.exceptions import (
    ClassificationError,
    MalformedAnswerError,
    ResponseModelValidationError,
    UsageError,
    WrongTypeError,
)
from racto_nb.flow.effects import Flow, call, together
from racto_nb.kits.asking import asked
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.likelihoods import tokens_of
from racto_nb.kits.pricing import price_in_dollars
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message, MessageRole
from racto_nb.models.response import FRESH, FinishReason, LLMResponse
from racto_nb.models.stream import joined_halves
from racto_nb.models.usage import Spent
from racto_nb.pipelines.asking import question
from racto_nb.pipelines.list_classifier.chances import chances_of
from racto_nb.pipelines.list_classifier.deciding import result_of, voted
from racto_nb.pipelines.list_classifier.forms import message_for, prompt_for
from racto_nb.pipelines.list_classifier.labels import NONE_FITS
from racto_nb.pipelines.list_classifier.reading import MisfitError, Reading, reading_of
from racto_nb.pipelines.list_classifier.results import ClassifierResult, ClassifierUsage
from racto_nb.pipelines.list_classifier.settings import Task

_SHOWN = 200
_CACHES = frozenset({"exact", "semantic"})


@dataclass(slots=True)
class Spending:
    """What the requests for one text have used so far. `known` says whether every answer told what it used."""

    usage: ClassifierUsage = field(default_factory=ClassifierUsage)
    spent: list[Spent] = field(default_factory=list[Spent])
    known: bool = True
    cache_hit: str | None = None

    def add(self, response: LLMResponse) -> None:
        """Count one answer. One that a kit's own cache gave took no tokens."""
        self.spent += response.spent
        if response.origin in _CACHES:
            self.cache_hit = response.origin
            return
        self.known = self.known and (bool(response.spent) or response.origin != FRESH)
        self.usage.input_tokens += response.usage.get("prompt_tokens", 0)
        self.usage.output_tokens += response.usage.get("completion_tokens", 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result, and the error that stands in the place of its labels where there is one."""

    result: ClassifierResult
    error: Exception | None = None


def classified(task: Task, text: str, history: Sequence[Message]) -> Flow[Outcome]:
    """The result for `text`, or the error with all that was spent on it."""
    spending = Spending()
    try:
        reading = yield from _decided(task, text, history, spending)
        result = result_of(task, text, reading)
        error = None
    except Exception as failure:  # noqa: BLE001  (handed on, with what was spent)
        result, error = failed(text, task.form.labels.options, failure), failure
    cost: Decimal | None = (yield from call(partial(price_in_dollars, spending.spent))) if spending.known else None
    return Outcome(result.model_copy(update={"usage": spending.usage, "cost": cost, "cache_hit": spending.cache_hit}), error)


def asked_of(task: Task, text: str) -> ChatConfig:
    """What is asked about `text` where somebody else does the asking, as a batch does."""
    return _config(task, (), message_for(task.form, text))


def result_from(task: Task, text: str, response: LLMResponse) -> ClassifierResult:
    """The result of one answer to that. Raises ClassificationError for an answer that names no label: it is not asked again."""
    spending = Spending()
    spending.add(response)
    try:
        reading = reading_of(task.form, response.content or "", fuzzy=task.settings.fuzzy_fallback)
    except MisfitError as misfit:
        raise _unreadable(task, response, misfit, spending) from misfit
    return result_of(task, text, _with_chances(task, reading, response)).model_copy(update={"usage": spending.usage})


def failed(text: object, options: Sequence[str], error: Exception) -> ClassifierResult:
    """A result without labels that says what went wrong."""
    told = str(error) or type(error).__name__
    return ClassifierResult(user_query=text if isinstance(text, str) else repr(text), options_provided=list(options), error=told)


def checked_text(text: object) -> str:
    """`text` itself; WrongTypeError for what is none, UsageError for a blank one or half a character."""
    if not isinstance(text, str):
        msg = f"A classifier sorts texts, not {text!r:.80} ({type(text).__name__})."
        raise WrongTypeError(msg)
    if not text.strip():
        msg = "The text to classify is blank."
        raise UsageError(msg)
    if any("\ud800" <= char <= "\udfff" for char in text):
        msg = f"The text to classify holds half a character, which no model can read: {text!r:.80}. Decode it again."
        raise UsageError(msg)
    return text


def _decided(task: Task, text: str, history: Sequence[Message], spending: Spending) -> Flow[Reading]:
    """The reading of the one answer, or what most of the votes say."""
    votes = task.settings.votes
    if votes == 1:
        return (yield from _read(task, text, history, spending))
    if isinstance(task.kit, DeveloperKit):  # a cache of the kit would give one and the same vote again and again
        task = replace(task, kit=task.kit.asking_anew())
    tallies = [Spending() for _ in range(votes)]
    try:
        found = yield from together([_vote(task, text, history, tally) for tally in tallies])
    finally:  # where one vote fails, the others are paid all the same
        for tally in tallies:
            _join(spending, tally)
    readings = [each for each in found if isinstance(each, Reading)]
    if not readings:
        raise next(each for each in found if isinstance(each, ClassificationError))
    return voted(task.form, readings, votes)


def _join(spending: Spending, more: Spending) -> None:
    spending.spent += more.spent
    spending.known = spending.known and more.known
    spending.usage = ClassifierUsage(
        input_tokens=spending.usage.input_tokens + more.usage.input_tokens,
        output_tokens=spending.usage.output_tokens + more.usage.output_tokens,
        retry_count=spending.usage.retry_count + more.usage.retry_count,
    )


def _vote(task: Task, text: str, history: Sequence[Message], spending: Spending) -> Flow[Reading | ClassificationError]:
    """One vote; an answer that does not fit after all retries takes nothing from the others."""
    try:
        return (yield from _read(task, text, history, spending))
    except ClassificationError as error:
        return error


def _read(task: Task, text: str, history: Sequence[Message], spending: Spending) -> Flow[Reading]:
    """The reading of an answer, asked for again in the same conversation until it fits, or ClassificationError."""
    said, message = list(history), message_for(task.form, text)
    while True:
        response = yield from _answered(task, _config(task, said, message), spending)
        content = response.content or ""
        try:
            reading = reading_of(task.form, content, fuzzy=task.settings.fuzzy_fallback)
        except MisfitError as misfit:
            if _is_final(response) or spending.usage.retry_count >= task.settings.max_retries:
                raise _unreadable(task, response, misfit, spending) from misfit
            spending.usage.retry_count += 1
            bad = joined_halves(content) or "(empty)"
            said += [Message(role=MessageRole.USER, content=message), Message(role=MessageRole.ASSISTANT, content=bad)]
            message = f"Your last answer does not fit: {misfit}. Answer again, in the form that was asked for and nothing else."
        else:
            return _with_chances(task, reading, response)


def _config(task: Task, said: Sequence[Message], message: str) -> ChatConfig:
    form, settings = task.form, task.settings
    config = question(
        message,
        prompt_for(form, settings.prompt),
        temperature=task.temperature,
        max_tokens=settings.max_tokens,
        history=said,
        response_model=task.answer,
    )
    # The answer is read, and asked for again, here: a kit that did the same would do it twice.
    return config.model_copy(update={"extra": dict(task.extra), "max_validation_retries": 0})


def _answered(task: Task, config: ChatConfig, spending: Spending) -> Flow[LLMResponse]:
    """What the kit answers, also where it does not fit the schema: what it says may be read all the same."""
    try:
        response = yield from asked(task.kit, config)
    except (ResponseModelValidationError, MalformedAnswerError) as error:
        if not isinstance(error.response, LLMResponse):
            raise
        response = error.response
    except Exception as error:
        if isinstance(brought := getattr(error, "response", None), LLMResponse):
            spending.add(brought)
        raise
    spending.add(response)
    return response


def _with_chances(task: Task, reading: Reading, response: LLMResponse) -> Reading:
    """`reading` with the likelihoods of its label and of others as far as the provider told them."""
    if task.source != "logprobs":
        return reading
    chosen = reading.selected[0][0] if reading.selected else NONE_FITS
    tokens = tokens_of(response)
    chances = None if tokens is None else chances_of(task.form, chosen, response.content or "", tokens)
    if chances is None:
        return reading
    scores = {option: chance for option, chance in chances.items() if option != NONE_FITS}
    selected = tuple((label, chances.get(label)) for label, _ in reading.selected)
    return replace(reading, selected=selected, scores=scores)


def _is_final(response: LLMResponse) -> bool:
    """Whether the answer was cut or withheld: the next one would end the same way."""
    return response.finish_reason in {FinishReason.LENGTH, FinishReason.CONTENT_FILTER}


def _unreadable(task: Task, response: LLMResponse, misfit: MisfitError, spending: Spending) -> ClassificationError:
    answer = response.content or ""
    shown = answer if len(answer) <= _SHOWN else f"{answer[:_SHOWN]}…"
    match response.finish_reason:
        case FinishReason.LENGTH:
            why = f"The answer was cut: raise max_tokens (now {task.settings.max_tokens})."
        case FinishReason.CONTENT_FILTER:
            why = "The answer was withheld by the provider's content filter."
        case _:
            count = spending.usage.retry_count + 1
            why = f"The model named no label in {count} answer{'s' if count > 1 else ''}: {misfit}."
    msg = f"{why} It wrote last: {shown!r}. All of it is in .answer."
    return ClassificationError(msg, answer=answer)
