"""How a conversation is shortened, as a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from racto_nb.exceptions import WrongTypeError
from racto_nb.models.chat import ChatConfig
from racto_nb.models.usage import estimated_tokens
from racto_nb.prompts.fields import refuse_unknown_fields
from racto_nb.truncation.limits import DEFAULT_CONTEXT_LIMIT, window_by_name

_SHARE_OF_ANSWERS, _SHARE_OF_MARGINS = 2, 8


class TruncationConfig(BaseModel):
    """How a `TokenTruncator` shortens conversations. A misspelt field is an error that names the nearest one.

    `max_context_tokens` is the window (None: the model's own, 8,192 for a model that nobody knows). `keep_first_n` and
    `keep_last_n` messages of the history stay as long as there is room for them, in whole exchanges. `token_counter` gives the
    tokens of a text (None: an estimate, one for four bytes of UTF-8, four letters of English). `safety_margin` are tokens that
    stay free beside the room for the answer.

    >>> TruncationConfig().resolve_limit("gpt-4o")
    128000
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_context_tokens: int | None = Field(default=None, gt=0)
    keep_first_n: int = Field(default=2, ge=0)
    keep_last_n: int = Field(default=6, ge=0)
    token_counter: Callable[[str], int] | None = None
    safety_margin: int = Field(default=512, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)

    def resolve_limit(self, model: str) -> int:
        """The window in tokens: `max_context_tokens`, or what the catalogue or the family of `model` says, or 8,192."""
        return self.max_context_tokens or window_by_name(model) or DEFAULT_CONTEXT_LIMIT

    def count(self, text: str) -> int:
        """The tokens of `text` by the counter. Raises WrongTypeError for a counter that gives no whole number."""
        if self.token_counter is None:
            return estimated_tokens(text)
        tokens = cast("object", self.token_counter(text))
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise WrongTypeError(f"token_counter gives a whole number of tokens, not {tokens!r:.80}.")
        return tokens

    def room_of(self, config: ChatConfig, window: int, output_limit: int | None) -> int:
        """The tokens that are kept for the answer: `max_tokens`, and `thinking_budget` for a model that thinks first.

        A default that nobody has set takes no more than half of a small window.
        """
        thinks = config.native_thinking
        wanted = config.max_tokens + (config.thinking_budget if thinks else 0)
        wanted = min(wanted, output_limit or wanted)
        if "max_tokens" in config.model_fields_set or (thinks and "thinking_budget" in config.model_fields_set):
            return wanted
        return min(wanted, window // _SHARE_OF_ANSWERS)

    def margin_of(self, window: int) -> int:
        """The tokens that stay free: `safety_margin`, of which the default takes no more than an eighth of a small window."""
        told = "safety_margin" in self.model_fields_set
        return self.safety_margin if told else min(self.safety_margin, window // _SHARE_OF_MARGINS)
