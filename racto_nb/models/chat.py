"""What to ask a model. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from racto_nb.models.messages import Message, MessageRole
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.fields import refuse_half_characters, refuse_unknown_fields
from racto_nb.prompts.files import RactoFile

__all__ = ["ChatConfig", "Message", "MessageRole", "OngoingChat"]


class ChatConfig(BaseModel):
    """The one input of `chat`, `achat`, `stream` and `astream`. Only `user_message` is required.

    A misspelt field is an error that names the nearest field, and so is a blank message or a value out of its range, also when
    it is assigned later. `temperature` lies in 0 to 2 (default 0), `max_tokens` is the
    most tokens the answer may have (default 4096); models that reason first may use `thinking_budget` tokens more. `extra` holds
    parameters that only some providers know, such as `seed`, `stop` and `top_p`; a provider that does not know one refuses it
    instead of dropping it.

    >>> ChatConfig(user_message="Explain Python generators.").temperature
    0.0
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", validate_assignment=True)

    user_message: str = Field(min_length=1)
    prompt: RactoPrompt | None = None
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int = Field(default=4096, gt=0)
    tools: ToolSource | None = None
    auto_execute_tools: bool = False
    max_tool_turns: int = Field(default=3, ge=1, le=10)
    response_model: type[BaseModel] | None = None
    max_validation_retries: int = Field(default=2, ge=0, le=5)
    history: list[Message] = Field(default_factory=list[Message])
    attachments: list[RactoFile] | None = None
    chain_of_thought: bool = False
    native_thinking: bool = False
    thinking_budget: int = Field(default=10000, gt=0)
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    @field_validator("user_message", mode="before")
    @classmethod
    def _says_something(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        if not text.strip():
            msg = "user_message is blank. Write what the model shall do, also when files are attached"
            raise ValueError(msg)
        return refuse_half_characters(text, "user_message")

    @field_validator("tools", mode="before")
    @classmethod
    def _are_in_a_registry(cls, tools: object) -> object:
        if tools is None or isinstance(tools, ToolSource):
            return tools
        kind = type(tools).__name__
        name = "..." if kind in {"list", "tuple"} else getattr(tools, "__name__", "...")
        msg = f"tools is a ToolRegistry, not {kind}. Write: tools=ToolRegistry([{name}])"
        raise ValueError(msg)

    @field_validator("history")
    @classmethod
    def _can_be_sent(cls, history: list[Message]) -> list[Message]:
        for place, message in enumerate(history):
            refuse_half_characters(message.content, f"history[{place}]")
        return history


class OngoingChat(ChatConfig):
    """A ChatConfig that knows what was said after its question: calls of tools and their results, answers that did not fit.

    Kits make it; a user writes a ChatConfig.
    """

    transcript: list[Message] = Field(default_factory=list[Message])

    @classmethod
    def after(cls, config: ChatConfig, messages: Sequence[Message]) -> OngoingChat:
        """`config` with `messages` after its question, and after what it knew to have been said there."""
        known = config.transcript if isinstance(config, OngoingChat) else []
        fields = {name: getattr(config, name) for name in ChatConfig.model_fields}
        return cls.model_construct(config.model_fields_set, **fields, transcript=[*known, *messages])
