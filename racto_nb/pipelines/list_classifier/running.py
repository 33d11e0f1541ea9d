"""Sorting texts, one or many, in both colours. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Never, TypeAlias, Unpack, cast, get_args, overload

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, together
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.asking import AnsweringKit
from racto_nb.pipelines.list_classifier.answering import Outcome
from racto_nb.pipelines.list_classifier.calls import (
    UNSET,
    BatchOverrides,
    Output,
    Overrides,
    Unset,
    checked_concurrency,
    overridden,
    raise_first,
    shaped,
)
from racto_nb.pipelines.list_classifier.gathering import listed_texts
from racto_nb.pipelines.list_classifier.keeping import OptionKeeper
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.settings import OutputFormat, SelectionMode, Settings, Task, task_of
from racto_nb.pipelines.list_classifier.surrounding import Around, Caller, classification

Text: TypeAlias = Literal["string"]
Dict: TypeAlias = Literal["dict"]
Whole: TypeAlias = Literal["pydantic"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a call says otherwise than its classifier."""

    options: list[str] | Unset | None
    selection_mode: SelectionMode | None
    output_format: OutputFormat | None
    temperature: float | None
    max_tokens: int | None
    confidence_threshold: float | Unset | None
    session_id: str | None
    user_id: str | None

    @property
    def asks_the_same(self) -> bool:
        """Whether nothing is said that changes what is asked."""
        return replace(self, session_id=None, user_id=None) == _NOTHING_SAID


_NOTHING_SAID = Said(UNSET, None, None, None, None, UNSET, None, None)


class Classifying:
    """The calls of a classifier, over what it was made of."""

    def __init__(
        self,
        kit: AnsweringKit,
        options: OptionKeeper,
        settings: Settings,
        around: Around,
        *,
        safe_mode: bool,
        user_id: str | None,
    ) -> None:
        self._kit, self._options, self._settings, self._around = kit, options, settings, around
        self._safe_mode, self._user_id = safe_mode, user_id
        self._usual: tuple[object, Task] | None = None

    @overload
    def run(self, user_query: str, *, output_format: Text, **given: Unpack[Overrides]) -> str: ...
    @overload
    def run(self, user_query: str, *, output_format: Dict, **given: Unpack[Overrides]) -> dict[str, Any]: ...
    @overload
    def run(self, user_query: str, *, output_format: Whole | None = None, **given: Unpack[Overrides]) -> ClassifierResult: ...
    def run(
        self,
        user_query: str,
        *,
        options: list[str] | Unset | None = UNSET,
        selection_mode: SelectionMode | None = None,
        output_format: OutputFormat | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        confidence_threshold: float | Unset | None = UNSET,
        session_id: str | None = None,
        user_id: str | None = None,
    ) -> Output:
        """Sort one text. What is given here holds in place of what the classifier was made with, for this call.

        A ClassifierResult, or with `output_format` "string" its labels as one text, with "dict" a dict. Raises
        ClassificationError for answers that name none of the options after all retries, ClassifierRateLimitExceededError,
        UsageError, and what the kit raises; with `safe_mode` nothing.
        """
        said = Said(options, selection_mode, output_format, temperature, max_tokens, confidence_threshold, session_id, user_id)
        return self._given(SyncDriver().run(self._one(user_query, said)), said)

    @overload
    async def arun(self, user_query: str, *, output_format: Text, **given: Unpack[Overrides]) -> str: ...
    @overload
    async def arun(self, user_query: str, *, output_format: Dict, **given: Unpack[Overrides]) -> dict[str, Any]: ...
    @overload
    async def arun(
        self, user_query: str, *, output_format: Whole | None = None, **given: Unpack[Overrides]
    ) -> ClassifierResult: ...
    async def arun(
        self,
        user_query: str,
        *,
        options: list[str] | Unset | None = UNSET,
        selection_mode: SelectionMode | None = None,
        output_format: OutputFormat | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        confidence_threshold: float | Unset | None = UNSET,
        session_id: str | None = None,
        user_id: str | None = None,
    ) -> Output:
        """Sort one text. What is given here holds in place of what the classifier was made with, for this call."""
        said = Said(options, selection_mode, output_format, temperature, max_tokens, confidence_threshold, session_id, user_id)
        return self._given(await AsyncDriver().run(self._one(user_query, said)), said)

    @overload
    def batch_run(self, queries: Sequence[str], *, output_format: Text, **given: Unpack[BatchOverrides]) -> list[str]: ...
    @overload
    def batch_run(
        self, queries: Sequence[str], *, output_format: Dict, **given: Unpack[BatchOverrides]
    ) -> list[dict[str, Any]]: ...
    @overload
    def batch_run(
        self,
        queries: Sequence[str],
        *,
        output_format: Whole | None = None,
        max_concurrency: int | None = None,
        **given: Unpack[Overrides],
    ) -> list[ClassifierResult]: ...
    def batch_run(
        self,
        queries: Sequence[str],
        *,
        options: list[str] | Unset | None = UNSET,
        selection_mode: SelectionMode | None = None,
        output_format: OutputFormat | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        confidence_threshold: float | Unset | None = UNSET,
        session_id: str | None = None,
        user_id: str | None = None,
        max_concurrency: int | None = None,
    ) -> list[Any]:
        """Sort many texts: their results, in their order. `max_concurrency` of them are asked about at once, by default 8.

        One that fails takes nothing from the others: with `safe_mode` its result says so in `error`. Else the first error is
        raised when all are done; its `results` are those of all texts, with the errors in the places of theirs.
        """
        said = Said(options, selection_mode, output_format, temperature, max_tokens, confidence_threshold, session_id, user_id)
        return self._all_given(SyncDriver().run(self._many(queries, said, max_concurrency)), said)

    @overload
    async def abatch_run(self, queries: Sequence[str], *, output_format: Text, **given: Unpack[BatchOverrides]) -> list[str]: ...
    @overload
    async def abatch_run(
        self, queries: Sequence[str], *, output_format: Dict, **given: Unpack[BatchOverrides]
    ) -> list[dict[str, Any]]: ...
    @overload
    async def abatch_run(
        self,
        queries: Sequence[str],
        *,
        output_format: Whole | None = None,
        max_concurrency: int | None = None,
        **given: Unpack[Overrides],
    ) -> list[ClassifierResult]: ...
    async def abatch_run(
        self,
        queries: Sequence[str],
        *,
        options: list[str] | Unset | None = UNSET,
        selection_mode: SelectionMode | None = None,
        output_format: OutputFormat | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        confidence_threshold: float | Unset | None = UNSET,
        session_id: str | None = None,
        user_id: str | None = None,
        max_concurrency: int | None = None,
    ) -> list[Any]:
        """Sort many texts: their results, in their order. `max_concurrency` of them are asked about at once, by default 8."""
        said = Said(options, selection_mode, output_format, temperature, max_tokens, confidence_threshold, session_id, user_id)
        return self._all_given(await AsyncDriver().run(self._many(queries, said, max_concurrency)), said)

    @property
    def around(self) -> Around:
        """What stands around each classification."""
        return self._around

    def one(self, text: str) -> Flow[Outcome]:
        """The flow behind `run` and `arun`, with nothing said otherwise."""
        return self._one(text, _NOTHING_SAID)

    def task(self) -> Task:
        """What is asked about every text, as options and settings are now.

        It is made once for the same options: the class of the answers takes many times as long as the rest of a text's work.
        """
        version, usual = self._options.version, self._usual
        if usual is None or usual[0] is not version:
            usual = self._usual = (version, self._task(_NOTHING_SAID))
        return usual[1]

    def _one(self, text: str, said: Said) -> Flow[Outcome]:
        task = self.task if said.asks_the_same else partial(self._task, said)
        return classification(self._around, task, text, self._caller(said))

    def _many(self, texts: Iterable[str], said: Said, most: int | None) -> Flow[list[Outcome]]:
        listed, task = listed_texts(texts), self._task_once(said)
        flows = [classification(self._around, task, text, self._caller(said)) for text in listed]
        return (yield from together(flows, limit=checked_concurrency(most, len(listed))))

    def _task(self, said: Said) -> Task:
        """What is to be asked, as the options and settings are now."""
        settings = overridden(
            self._settings,
            selection_mode=said.selection_mode,
            output_format=said.output_format,
            temperature=said.temperature,
            max_tokens=said.max_tokens,
            confidence_threshold=said.confidence_threshold,
        )
        options = None if isinstance(said.options, Unset) else said.options
        return task_of(self._kit, self._options.labels(options), settings)

    def _task_once(self, said: Said) -> Callable[[], Task]:
        """The task of a batch, made once: options that are changed meanwhile are for the next one."""
        try:
            made = self._task(said)
        except Exception as error:  # noqa: BLE001  (the error of each text)
            return partial(_raise, error)
        return lambda: made

    def _caller(self, said: Said) -> Caller:
        return Caller(said.session_id, self._user_id if said.user_id is None else said.user_id)

    def _given(self, outcome: Outcome, said: Said) -> Output:
        if outcome.error is not None and not self._safe_mode:
            raise outcome.error
        return shaped(outcome.result, self._format(said))

    def _all_given(self, outcomes: list[Outcome], said: Said) -> list[Output]:
        shown = [shaped(outcome.result, self._format(said)) for outcome in outcomes]
        if not self._safe_mode:
            raise_first(outcomes, shown)
        return shown

    def _format(self, said: Said) -> OutputFormat:
        known = said.output_format in get_args(OutputFormat)  # another one is the error of the result
        return cast("OutputFormat", said.output_format) if known else self._settings.output_format


def _raise(error: Exception) -> Never:
    raise error
