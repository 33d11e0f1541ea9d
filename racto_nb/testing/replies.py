"""An answer that a test has written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from racto_nb.exceptions import UsageError
from racto_nb.models.response import FinishReason, ToolCallResult


@dataclass(frozen=True, slots=True)
class FakeReply:
    """A scripted answer in `pieces`, with `delay` seconds before each.

    `cut_after` pieces the stream breaks without its terminator (None: it is whole). `usage` defaults to estimates. `thinking`
    and `tool_calls` arrive with the end of the answer. With `refusal` the text says why the model will not answer.
    `model` is who says to have answered (None: the model that was asked).
    """

    pieces: tuple[str, ...]
    delay: float = 0.0
    finish_reason: FinishReason = FinishReason.STOP
    usage: dict[str, int] | None = None
    cut_after: int | None = None
    thinking: str = ""
    tool_calls: tuple[ToolCallResult, ...] = ()
    refusal: bool = False
    model: str | None = None

    if TYPE_CHECKING:  # type checkers do not know that a reason is made of its name

        def __init__(  # noqa: PLR0917  (the fields, in their order)
            self,
            pieces: tuple[str, ...],
            delay: float = ...,
            finish_reason: FinishReason | Literal["stop", "tool_call", "length", "content_filter", "error"] = ...,
            usage: dict[str, int] | None = ...,
            cut_after: int | None = ...,
            thinking: str = ...,
            tool_calls: tuple[ToolCallResult, ...] = ...,
            refusal: bool = ...,  # noqa: FBT001  (a field)
            model: str | None = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "finish_reason", FinishReason(self.finish_reason))
        except ValueError:
            known = ", ".join(repr(reason.value) for reason in FinishReason)
            raise UsageError(f"finish_reason is one of {known}, not {self.finish_reason!r}.") from None

    @classmethod
    def of(cls, text: str, **options: Any) -> Self:
        """A reply whose pieces are the words of `text`, each with the space before it."""
        return cls(tuple(re.findall(r"\s*\S+\s*$|\s*\S+", text)) or (text,), **options)
