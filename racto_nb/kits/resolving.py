"""From what the user wrote and what the kit was given to one complete configuration. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.prompts.engine import RactoPrompt

STEP_BY_STEP = "Reason step by step: write down each step, then the conclusion."


@dataclass(frozen=True, slots=True)
class KitSettings:
    """What a kit was constructed with. `timeout` is the longest a call may take, in seconds (None: no limit)."""

    model: str
    embedding_model: str | None = None
    default_prompt: RactoPrompt | None = None
    require_prompt: bool = False
    timeout: float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)


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
        prompt = prompt.model_copy(update={"constraints": [*prompt.constraints, STEP_BY_STEP]})
    elif config.chain_of_thought:
        history = [Message(role=MessageRole.SYSTEM, content=STEP_BY_STEP), *history]
    model = config.response_model or (prompt.output_model if prompt is not None else None)
    return config.model_copy(update={"prompt": prompt, "history": history, "response_model": model})


def checked_embedding(config: EmbeddingConfig) -> EmbeddingConfig:
    """`config` itself; WrongTypeError for anything that is not an EmbeddingConfig."""
    if not isinstance(config, EmbeddingConfig):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass lists)
        msg = f"An EmbeddingConfig is expected, not {type(config).__name__}. Write: kit.embed(EmbeddingConfig(texts=[...]))."
        raise WrongTypeError(msg)
    return config
