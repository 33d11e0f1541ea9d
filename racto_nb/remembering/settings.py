"""The settings of chat memories."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from racto_nb.prompts.fields import refuse_unknown_fields


class ChatMemoryConfig(BaseModel):
    """How much of a conversation is kept: its last `max_turns` turns. A misspelt field is an error that names the nearest one.

    `ttl_seconds` after the last message a conversation is forgotten (None: never); parts of a second count. `key_prefix` is where
    a server keeps conversations.

    >>> ChatMemoryConfig().max_turns
    10
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_turns: int = Field(default=10, gt=0)
    ttl_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    key_prefix: str = "racto_nb:memory"

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)
