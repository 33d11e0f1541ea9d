"""From what the user wrote and what the kit was given to one complete configuration. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from pydantic import BaseModel, RootModel

from racto_nb.budgets.budget import Budget, check_budget
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.middleware import Steps
from racto_nb.kits.sharing import Share
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.models.route import AUTO
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.schemas import schema_of

MOST_RETRIES = 20
STEP_BY_STEP = "Reason step by step: write down each step, then the conclusion."


@dataclass(frozen=True, slots=True)
class KitSettings:
    """What a kit was constructed with. `timeout` is the longest a call may take, in seconds (None: no limit).

    `steps` are what every question passes on its way to the provider. With `fresh` nothing that is known already answers it.
    `budget` is what all its requests together may cost, `share` whose tokens a limiter counts them as.
    """

    model: str
    embedding_model: str | None = None
    default_prompt: RactoPrompt | None = None
    require_prompt: bool = False
    timeout: float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    steps: Steps = field(default_factory=Steps)
    fresh: bool = False
    budget: Budget | None = None
    share: Share | None = None

    def __post_init__(self) -> None:
        _check_name("model", self.model)
        _check_router(self.model, self.steps)
        if self.embedding_model is not None:
            _check_name("embedding_model", self.embedding_model)
        check_default_prompt(self.default_prompt)
        _check_timeout(self.timeout)
        check_budget(self.budget)

    @property
    def models(self) -> tuple[str, ...]:
        """The chat models that may be asked: the kit's own, or those of its router where that is "auto"."""
        return self.steps.models if self.model == AUTO else (self.model,)


def retry_policy(max_retries: int) -> RetryPolicy:
    """The policy for `max_retries` tries after the first one: a whole number from 0 to 20."""
    if isinstance(max_retries, bool) or not isinstance(max_retries, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"max_retries is a whole number, 0 for none; got {max_retries!r}."
        raise WrongTypeError(msg)
    if not 0 <= max_retries <= MOST_RETRIES:
        msg = f"max_retries is between 0 and {MOST_RETRIES}, not {max_retries}."
        raise UsageError(msg)
    return RetryPolicy(retries=max_retries)


def resolved(config: ChatConfig, settings: KitSettings) -> ChatConfig:
    """`config` with the kit's default prompt, the response model that the prompt implies, and the chain of thought applied.

    Without any prompt the model gets no system text but the output rules that a response model needs; a kit made with
    `require_prompt=True` raises UsageError instead.
    """
    if not isinstance(config, ChatConfig):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass strings and dicts)
        msg = f"A ChatConfig is expected, not {type(config).__name__}. Write: kit.chat(ChatConfig(user_message=...))."
        raise WrongTypeError(msg)
    prompt, history = config.prompt or settings.default_prompt, config.history
    if prompt is None and settings.require_prompt:
        msg = "No prompt: give ChatConfig(prompt=...) or the kit a default_prompt, or make the kit without require_prompt."
        raise UsageError(msg)
    if config.chain_of_thought and prompt is not None:
        prompt = step_by_step(prompt)
    elif config.chain_of_thought:
        history = [Message(role=MessageRole.SYSTEM, content=STEP_BY_STEP), *history]
    update = {"prompt": prompt, "history": history, "response_model": implied_model(config, prompt)}
    return config.model_copy(update=update)


def implied_model(config: ChatConfig, prompt: RactoPrompt | None) -> type[BaseModel] | None:
    """The class that the answer is to fit: that of `config`, else the one that `prompt` has as its output format.

    Raises UsageError for a root model whose instances `parsed` cannot hold.
    """
    model = config.response_model or (prompt.output_model if prompt is not None else None)
    if model is not None:
        _refuse_bare_root(model)
    return model


def step_by_step(prompt: RactoPrompt) -> RactoPrompt:
    """`prompt` with the wish for a chain of thought as its last constraint. One that has it already comes back as it is."""
    if STEP_BY_STEP in prompt.constraints:
        return prompt
    return prompt.model_copy(update={"constraints": [*prompt.constraints, STEP_BY_STEP]})


def checked_embedding(config: EmbeddingConfig) -> EmbeddingConfig:
    """`config` itself; WrongTypeError for anything that is not an EmbeddingConfig."""
    if not isinstance(config, EmbeddingConfig):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass lists)
        msg = f"An EmbeddingConfig is expected, not {type(config).__name__}. Write: kit.embed(EmbeddingConfig(texts=[...]))."
        raise WrongTypeError(msg)
    return config


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str):
        msg = f"{what} is the name of a model, a text, not {type(name).__name__}."
        raise WrongTypeError(msg)


def _check_router(model: str, steps: Steps) -> None:
    if model == AUTO and steps.router is None:
        msg = (
            'model="auto" lets a router choose the model of each question, and there is none. Write: '
            'Chat(model="auto", router=CostAwareRouter(tiers=[RoutingTier(model=..., max_score=30), RoutingTier(model=...)])), '
            "or name a model."
        )
        raise UsageError(msg)


def check_default_prompt(prompt: object) -> None:
    """Raise WrongTypeError for a default prompt that is none."""
    if prompt is not None and not isinstance(prompt, RactoPrompt):
        msg = f"default_prompt is a RactoPrompt or None, not {type(prompt).__name__}. Write: RactoPrompt(role=..., aim=..., ...)."
        raise WrongTypeError(msg)


def _check_timeout(seconds: object) -> None:
    if seconds is None:
        return
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        msg = f"timeout is a number of seconds or None for no limit, not {type(seconds).__name__}."
        raise WrongTypeError(msg)
    if not math.isfinite(seconds) or seconds <= 0:
        msg = f"timeout is more than 0 seconds, or None for no limit; got {seconds!r}."
        raise UsageError(msg)


def _refuse_bare_root(model: type[BaseModel]) -> None:
    if RootModel not in model.__mro__:
        return
    schema = schema_of(model)
    if not _holds_more(schema, schema.get("$defs", {}), frozenset()):
        msg = (
            f"{model.__name__} is a root model of something else than an object or a list, so that `parsed` cannot hold it. "
            "Wrap it in a class with a field, such as: class Answer(BaseModel): value: int. Nothing was sent."
        )
        raise UsageError(msg)


def _holds_more(schema: Mapping[str, Any], definitions: Mapping[str, Any], seen: frozenset[str]) -> bool:
    """Whether everything that fits `schema` is an object or a list."""
    if kinds := schema.get("anyOf") or schema.get("oneOf"):
        return all(_holds_more(kind, definitions, seen) for kind in kinds)
    if name := str(schema.get("$ref", "")).rpartition("/")[2]:
        # What refers to itself alone has no other content than what was looked at already.
        return name in seen or _holds_more(definitions.get(name, {}), definitions, seen | {name})
    return schema.get("type") in {"object", "array"}
