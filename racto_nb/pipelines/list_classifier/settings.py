"""How a classifier works, checked when it is made and when a call changes it; and what one question then needs. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, get_args

from pydantic import BaseModel

from racto_nb.exceptions import UnsupportedError, UsageError, WrongTypeError, did_you_mean
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.likelihoods import wish_for_logprobs
from racto_nb.models.asking import AnsweringKit
from racto_nb.pipelines.list_classifier.forms import Form, answer_class
from racto_nb.pipelines.list_classifier.labels import Labels
from racto_nb.pipelines.list_classifier.results import ConfidenceKind
from racto_nb.prompts.engine import RactoPrompt

SelectionMode: TypeAlias = Literal["single", "multiple"]
OutputFormat: TypeAlias = Literal["string", "dict", "pydantic"]
ConfidenceSource: TypeAlias = Literal["auto", "logprobs", "votes", "stated"]
"""Where confidences shall come from; "auto" takes what is measured where it can be had, else what the model states."""

VOTING_TEMPERATURE = 0.7
"""The temperature of votes where none is set: at 0 all votes would be the same."""
_HOTTEST = 2.0
_KINDS: Mapping[str, ConfidenceKind] = {"logprobs": "logprobs", "votes": "agreement", "stated": "stated"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a classifier was made with; a call may replace some of it. Raises UsageError for what is out of range."""

    selection_mode: SelectionMode = "single"
    output_format: OutputFormat = "pydantic"
    prompt: RactoPrompt | None = None
    temperature: float = 0.0
    max_tokens: int = 512
    max_retries: int = 2
    include_confidence: bool = True
    include_reasoning: bool = False
    score_all: bool = False
    fuzzy_fallback: bool = False
    uncertain_label: str | None = None
    confidence_threshold: float | None = None
    votes: int = 1
    confidence_from: ConfidenceSource | None = "auto"
    abstain_below: float | None = None
    detect_out_of_scope: bool = False

    def __post_init__(self) -> None:
        _one_of("selection_mode", self.selection_mode, get_args(SelectionMode))
        _one_of("output_format", self.output_format, get_args(OutputFormat))
        if self.confidence_from is not None:
            _one_of("confidence_from", self.confidence_from, get_args(ConfidenceSource))
        _number("temperature", self.temperature, 0, _HOTTEST)
        _whole("max_tokens", self.max_tokens, 1)
        _whole("max_retries", self.max_retries, 0)
        _whole("votes", self.votes, 1)
        _share("confidence_threshold", self.confidence_threshold)
        _share("abstain_below", self.abstain_below)
        if self.prompt is not None and not isinstance(self.prompt, RactoPrompt):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"prompt is a RactoPrompt or None, not {type(self.prompt).__name__}."
            raise WrongTypeError(msg)
        if self.uncertain_label is not None and not isinstance(self.uncertain_label, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"uncertain_label is a text or None, not {self.uncertain_label!r:.80}."
            raise WrongTypeError(msg)
        if self.uncertain_label is not None and not self.uncertain_label.strip():
            msg = "uncertain_label is blank. Give it a name, such as 'Unclear', or leave it out."
            raise UsageError(msg)
        self._check_source()

    def _check_source(self) -> None:
        if self.confidence_from == "votes" and self.votes == 1:
            msg = "confidence_from='votes' counts how many of several answers agree: give votes=5, or another number above 1."
            raise UsageError(msg)
        if self.votes > 1 and self.confidence_from in {"logprobs", "stated"}:
            msg = (
                f"Of votes={self.votes} the confidence is the share of votes: leave out confidence_from={self.confidence_from!r}."
            )
            raise UsageError(msg)
        needing = [name for name in ("abstain_below", "confidence_threshold") if getattr(self, name) is not None]
        if needing and (not self.include_confidence or self.confidence_from is None):
            msg = f"{needing[0]} needs confidences, and they are off: set include_confidence=True and confidence_from='auto'."
            raise UsageError(msg)
        if self.confidence_from == "logprobs" and self.selection_mode == "multiple":
            msg = "Probabilities of tokens tell how likely one label is. For selection_mode='multiple' use votes=5, or 'stated'."
            raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked about every text: whom, in which form, and what is made of the answers.

    `source` is where the confidences come from, None where there are none; `answer` is the class of the answers, None where they
    are bare labels; `extra` goes along with the question.
    """

    kit: AnsweringKit
    form: Form
    settings: Settings
    source: ConfidenceSource | None = None
    temperature: float = 0.0
    answer: type[BaseModel] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def kind(self) -> ConfidenceKind | None:
        """What kind of confidences these are."""
        return _KINDS.get(self.source or "")


def task_of(kit: AnsweringKit, labels: Labels, settings: Settings) -> Task:
    """What is to be asked of `kit`. Raises UnsupportedError for a source of confidences that its model does not have."""
    if (label := settings.uncertain_label) is not None:
        labels = labels if labels.named(label) is not None else labels.with_option(label)
        settings = replace(settings, uncertain_label=labels.named(label))
    source = _source(kit, settings)
    many = settings.selection_mode == "multiple"
    scored = settings.score_all and source in {"stated", None}
    stated = source == "stated"
    plain = not (many or stated or scored or settings.include_reasoning)
    form = Form(
        labels,
        many=many,
        stated=stated,
        scored=scored,
        reasoned=settings.include_reasoning,
        none_fits=settings.detect_out_of_scope,
        bare=plain and isinstance(kit, DeveloperKit) and "labels" in kit.spec.abilities.extras,
    )
    extra: dict[str, Any] = _logprobs(kit) if source == "logprobs" else {}
    if form.bare:
        extra["labels"] = [str(form.written(choice)) for choice in form.choices]
    answer = None if form.bare else answer_class(form)
    return Task(kit, form, settings, source, _temperature(kit, settings), answer, extra)


def _source(kit: AnsweringKit, settings: Settings) -> ConfidenceSource | None:
    wanted = settings.confidence_from
    if wanted is None or not (settings.include_confidence or settings.score_all):
        return None
    if settings.votes > 1:
        return "votes"
    if wanted == "logprobs":
        _refuse_silent(kit)
    if wanted != "auto":
        return wanted
    told = isinstance(kit, DeveloperKit) and kit.spec.abilities.logprobs is True
    return "logprobs" if told and settings.selection_mode == "single" else "stated"


def _refuse_silent(kit: AnsweringKit) -> None:
    if isinstance(kit, DeveloperKit) and (kit.spec.abilities.logprobs is False or not wish_for_logprobs(kit.spec.abilities)):
        spec = kit.spec
        msg = f"{spec.provider}:{spec.name} does not tell how likely its tokens were. Use votes=5, or confidence_from='stated'."
        raise UnsupportedError(msg, provider=spec.provider, wish="logprobs")


def _logprobs(kit: AnsweringKit) -> dict[str, Any]:
    if isinstance(kit, DeveloperKit):
        return wish_for_logprobs(kit.spec.abilities)
    return {"logprobs": True, "top_logprobs": 5}  # as most servers name it


def _temperature(kit: AnsweringKit, settings: Settings) -> float:
    """That of the settings; votes differ only with one, where the model takes any."""
    if settings.votes == 1 or settings.temperature:
        return settings.temperature
    takes = not isinstance(kit, DeveloperKit) or kit.spec.abilities.sampling is not False
    return VOTING_TEMPERATURE if takes else 0.0


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        words = ", ".join(map(repr, known))
        msg = f"{name} is one of {words}, not {value!r}.{did_you_mean(str(value), known)}"
        raise UsageError(msg)


def _whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        msg = f"{name} is a whole number, not {value!r}."
        raise WrongTypeError(msg)
    if value < least:
        msg = f"{name} is {least} or more, not {value}."
        raise UsageError(msg)


def _share(name: str, value: object) -> None:
    if value is not None:
        _number(name, value, 0, 1)


def _number(name: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"{name} is a number from {least:g} to {most:g}, not {value!r}."
        raise WrongTypeError(msg)
    if not (math.isfinite(value) and least <= value <= most):
        msg = f"{name} is a number from {least:g} to {most:g}, not {value!r}."
        raise UsageError(msg)
