"""The settings of limiters, and the checks of what they are asked. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.prompts.fields import refuse_unknown_fields

MICROSECONDS = 1_000_000


class RateLimitConfig(BaseModel):
    """How many tokens each user may take. A misspelt field is an error that names the nearest one.

    `max_tokens_per_minute` is the most in any window of `window_s` seconds (a minute, unless you set another). `kind` says how it
    is held: a "sliding" window never lets more than that through in any such span of time; a "bucket" holds so many tokens and
    fills up evenly within a window, so that a user who saved up takes up to twice as many in one span. `key_prefix` is where a
    server keeps the counts.

    >>> RateLimitConfig(max_tokens_per_minute=5_000).window_s
    60.0
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_tokens_per_minute: int = Field(default=10_000, gt=0)
    key_prefix: str = "racto_nb:ratelimit"
    window_s: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    kind: Literal["sliding", "bucket"] = "sliding"

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    @property
    def window(self) -> int:
        """The window in microseconds, at least one."""
        return max(1, round(self.window_s * MICROSECONDS))


def checked_tokens(tokens: object, *, least: int = 1, name: str = "tokens") -> int:
    """`tokens` itself: a whole number of at least `least`. Raises WrongTypeError or UsageError for anything else."""
    if isinstance(tokens, bool) or not isinstance(tokens, int):
        msg = f"{name} is a whole number of tokens, not {tokens!r:.80}."
        raise WrongTypeError(msg)
    if tokens < least:
        msg = f"{name} is at least {least}, not {tokens}: nothing is given back for negative numbers; settle() does that."
        raise UsageError(msg)
    return tokens


def checked_user(user_id: object) -> str:
    """`user_id` itself: a text that is not empty. Raises WrongTypeError or UsageError for anything else."""
    if not isinstance(user_id, str):
        msg = f"user_id is a text, not {user_id!r:.80}."
        raise WrongTypeError(msg)
    if not user_id:
        msg = "user_id is empty: all users without a name would share one limit. Name the user."
        raise UsageError(msg)
    return user_id
