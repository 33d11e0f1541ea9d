"""A router: the first of some models, the cheapest first, whose limit covers the score of a question. Kind: flow."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, update_wrapper
from inspect import isawaitable, iscoroutine
from itertools import pairwise
from numbers import Real
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from racto_nb.exceptions import (
    ContextOverflowError,
    RactoGatewayError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    ReplayMissError,
    UsageError,
    WrongTypeError,
)
from racto_nb.flow.effects import Emit, Flow, Stream, call
from racto_nb.kits.middleware import Answer, Ask, Onward
from racto_nb.models.chat import ChatConfig
from racto_nb.models.route import AUTO, Passed, Route
from racto_nb.models.stream import StreamChunk
from racto_nb.prompts.fields import refuse_unknown_fields
from racto_nb.routing.scoring import complexity, complexity_of

MOST = 100
Scorer = Callable[[str], float] | Callable[[ChatConfig], float] | Callable[[Any], Any]
"""Gives a score from 0 to 100; it may be async where the kit is asked with `achat` or `astream`."""
_OVERLOADED = (RactoGatewayRateLimitError, RactoGatewayServerError, ReplayMissError)
"""What the next tier may do better at. A recording does not have the overload that once made way for the next tier."""


class RoutingTier(BaseModel):
    """A `model` and the highest score of the questions that it gets, from 0 to 100 and included; give the last tier 100.

    >>> RoutingTier(model="gpt-6-luna", max_score=30).max_score
    30.0
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1)
    max_score: float = Field(default=100.0, ge=0, le=100)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    @field_validator("model")
    @classmethod
    def _is_a_model(cls, model: str) -> str:
        if not model.strip() or model == AUTO:
            msg = f"{model!r} is no model. Write the name of one, such as 'gpt-6-luna'"
            raise ValueError(msg)
        return model


class CostAwareRouter:
    """Chooses the model of each question of a kit with `model="auto"`: the first tier whose `max_score` covers its score.

    `tiers` ascend in `max_score`, the cheapest model first; a score above all of them goes to the last. The score, 0 to 100, is
    `complexity_of` the question: up to 60 points for its length, up to 40 for words such as "analyze". `scorer` takes its place:
    a function of the message's text, or of the whole ChatConfig with `reads="config"`; it may be async in async calls.

    A model that is overloaded (HTTP 429 or 5xx, after the kit's own tries), or whose window is too small for the prompt, gives
    way to the next tier, unless `fallback=False`: never after a part of the answer was given, or a tool was called. What was
    tried stands in `response.route`, and in the notes of the error where no tier could answer. All tiers are models of the kit's
    own provider. A kit with a model's name is left alone.

    Raises UsageError for no tiers or tiers that do not ascend, WrongTypeError for what is no tier.

    >>> router = CostAwareRouter([RoutingTier(model="small", max_score=30), RoutingTier(model="large")])
    >>> router.route("What is 2+2?"), router.route("Analyze and compare both designs.")
    ('small', 'large')
    """

    def __init__(
        self,
        tiers: Sequence[RoutingTier],
        *,
        scorer: Scorer | None = None,
        reads: Literal["text", "config"] = "text",
        fallback: bool = True,
    ) -> None:
        self._tiers = _checked_tiers(tiers)
        if scorer is not None and not callable(scorer):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass numbers)
            raise WrongTypeError(f"scorer is a function that gives a score from 0 to 100, not {type(scorer).__name__}.")
        if reads not in ("text", "config"):
            raise UsageError(f"reads is 'text' or 'config', what the scorer is given; not {reads!r}.")
        self._scorer = cast("Callable[[Any], Any] | None", scorer)
        self._reads = reads
        self._fallback = fallback

    @property
    def tiers(self) -> tuple[RoutingTier, ...]:
        """The tiers, the cheapest first."""
        return self._tiers

    @property
    def models(self) -> tuple[str, ...]:
        """The models of the tiers, each once."""
        return tuple(dict.fromkeys(tier.model for tier in self._tiers))

    @property
    def routes(self) -> str:
        """The tiers and the scorer's name as text: routers with the same text choose alike."""
        scorer = "" if self._scorer is None else f"{self._scorer_name}({self._reads})"
        return json.dumps([[[tier.model, tier.max_score] for tier in self._tiers], scorer, self._fallback])

    def score(self, text: str) -> int:
        """The score of `text`, 0 to 100, by the router's scorer.

        Raises UsageError for an async scorer, which only a kit's async methods can wait for, and for a score out of its range.
        """
        if self._scorer is None:
            return complexity(text)
        return self.score_of(ChatConfig(user_message=text)) if self._reads == "config" else _checked_score(self._scorer(text))

    def score_of(self, config: ChatConfig) -> int:
        """The score of a whole question, with its history, tools and files."""
        if self._scorer is None:
            return complexity_of(config)
        return _checked_score(self._scorer(self._read(config)))

    def route(self, text: str) -> str:
        """The name of the model that `text` goes to. Nothing is sent.

        >>> CostAwareRouter([RoutingTier(model="the-only-one")]).route("Hi")
        'the-only-one'
        """
        return self._tiers[self._place(self.score(text))].model

    def around(self, ask: Ask, onward: Onward) -> Stream[StreamChunk, Answer]:
        """The answer of the tier that `ask` is routed to, or of the next one that can give it."""
        if ask.model != AUTO:
            return (yield from onward(ask))
        score = yield from self._scored(ask.config)
        tiers = self._tiers_for(ask, score)
        passed: list[Passed] = []
        for tier in tiers:
            given = _Given()
            try:
                answer = yield from given.watching(onward(_on(ask, tier.model)))
            except RactoGatewayError as error:
                error.model = error.model or tier.model
                if not self._fallback or tier is tiers[-1] or given.some or not _may_pass(error):
                    _note(error, passed)
                    raise
                passed.append(Passed(tier.model, str(error)))
            else:
                route = Route(tier.model, score, tuple(passed))
                return replace(answer, response=answer.response.model_copy(update={"route": route}))
        raise AssertionError(tiers)  # the last tier has answered, or raised

    def __repr__(self) -> str:
        tiers = ", ".join(f"{tier.model} up to {tier.max_score:g}" for tier in self._tiers)
        return f"CostAwareRouter({tiers})"

    @property
    def _scorer_name(self) -> str:
        of = self._scorer if hasattr(self._scorer, "__qualname__") else type(self._scorer)
        return f"{of.__module__}.{getattr(of, '__qualname__', '')}"

    def _read(self, config: ChatConfig) -> str | ChatConfig:
        return config if self._reads == "config" else config.user_message

    def _scored(self, config: ChatConfig) -> Flow[int]:
        if self._scorer is None:
            return complexity_of(config)
        scorer = update_wrapper(partial(self._scorer, self._read(config)), self._scorer)
        return _checked_score((yield from call(scorer)))

    def _tiers_for(self, ask: Ask, score: int) -> tuple[RoutingTier, ...]:
        """The tiers to ask, one after the other: those from the score's own on that a step before has left to choose from."""
        left = {spec.name for spec in ask.specs} or set(self.models)
        wanted = self._tiers[self._place(score) :]
        able = tuple(tier for tier in wanted if tier.model in left)
        return able or tuple(tier for tier in self._tiers if tier.model in left)[-1:] or wanted

    def _place(self, score: int) -> int:
        return next((place for place, tier in enumerate(self._tiers) if score <= tier.max_score), len(self._tiers) - 1)


class _Given:
    """Whether a part of an answer was given to the caller already."""

    def __init__(self) -> None:
        self.some = False

    def watching(self, stream: Stream[StreamChunk, Answer]) -> Stream[StreamChunk, Answer]:
        """`stream` as it is, looked at."""
        try:
            step = next(stream)
            while True:
                self.some = self.some or isinstance(step, Emit)
                try:
                    reply = yield step
                except GeneratorExit:
                    stream.close()
                    raise
                except BaseException as error:  # noqa: BLE001  (handed to the flow, which decides)
                    step = stream.throw(error)
                else:
                    step = stream.send(reply)
        except StopIteration as end:
            return end.value


def _on(ask: Ask, model: str) -> Ask:
    """`ask`, of this model."""
    return replace(ask, model=model, specs=tuple(spec for spec in ask.specs if spec.name == model))


def _may_pass(error: RactoGatewayError) -> bool:
    """Whether the next tier may do better, with nothing done yet that it would do again."""
    if error.tool_runs:
        return False
    return isinstance(error, _OVERLOADED) or (isinstance(error, ContextOverflowError) and error.response is None)


def _note(error: RactoGatewayError, passed: Sequence[Passed]) -> None:
    for each in passed:
        error.add_note(f"Before this, {each.model} was asked: {each.reason}")


def _checked_tiers(tiers: object) -> tuple[RoutingTier, ...]:
    if not isinstance(tiers, list | tuple):
        raise WrongTypeError(f"tiers is a list of RoutingTiers, not {type(tiers).__name__}.")
    listed = tuple(cast("Sequence[object]", tiers))
    for place, tier in enumerate(listed):
        if not isinstance(tier, RoutingTier):
            raise WrongTypeError(f"tiers[{place}] is {tier!r:.80}. Write: RoutingTier(model=..., max_score=...).")
    found = cast("tuple[RoutingTier, ...]", listed)
    if not found:
        raise UsageError("There are no tiers: give at least one RoutingTier(model=...).")
    for lower, higher in pairwise(found):
        if lower.max_score >= higher.max_score:
            message = (
                f"Tiers ascend in max_score, the cheapest first: {higher.model!r} ({higher.max_score:g}) comes after "
                f"{lower.model!r} ({lower.max_score:g}) and would never be chosen."
            )
            raise UsageError(message)
    return found


def _checked_score(score: object) -> int:
    if isawaitable(score):
        if iscoroutine(score):
            score.close()
        raise UsageError("The scorer is async: only achat and astream can wait for it. Give a plain function.")
    if isinstance(score, bool) or not isinstance(score, Real):
        raise WrongTypeError(f"The scorer gives a number from 0 to {MOST}, not {score!r:.80}.")
    number = float(score)
    if not (math.isfinite(number) and 0 <= number <= MOST):
        raise UsageError(f"The scorer gives a number from 0 to {MOST}, not {score!r}.")
    return round(number)
