"""A cell that cannot lie: what went wrong fails the cell, in one clear line."""

from __future__ import annotations

import asyncio
import os
import re
from functools import partial
from typing import TypeVar

from racto_nb.exceptions import (
    AnswerError,
    MalformedAnswerError,
    RactoGatewayError,
    RefusedAnswerError,
    StreamInterruptedError,
    TruncatedAnswerError,
)
from racto_nb.models.messages import ToolStop
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.magics.secrecy import redacted
from racto_nb.notebook.magics.wording import clipped

E = TypeVar("E", bound=BaseException)
LONGEST_LINE = 600
_KEPT = re.compile(r"(?<![\w)\]])\.(?:raw_response|partial)\b")
"""How errors of kits call what had arrived."""


class Interrupted(KeyboardInterrupt):
    """The user stopped the cell. A KeyboardInterrupt, so that Run All stops too; shown as one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]


def in_one_line(error: E, *, place: str = "_racto") -> E:
    """`error`, shown by IPython as one line instead of a traceback through this library."""
    error.__dict__["_render_traceback_"] = partial(list, (line_of(error, place=place),))  # unlike a lambda, it can be pickled
    return error


def line_of(error: BaseException, *, place: str = "_racto") -> str:
    """What `error` says, in one line. `place` is the variable that keeps what had arrived.

    A provider's message may quote what a document says, in several lines, or even the key it refused.
    """
    # To who pressed stop, a cancelled task is a detail of how.
    name = "Interrupted" if isinstance(error, asyncio.CancelledError) else type(error).__name__
    text = " ".join(printable(f"{name}: {error}").split())
    text = _KEPT.sub(lambda _: f"{place}.text", text)
    if isinstance(error, StreamInterruptedError) and error.partial and f"{place}.text" not in text:
        text = f"{text} What had arrived is in {place}.text."
    return clipped(redacted(text, os.environ), LONGEST_LINE)


def is_ours(error: BaseException) -> bool:
    """Whether `error` was raised on purpose and its message says all there is to say."""
    return isinstance(error, RactoGatewayError)


def incomplete(response: LLMResponse, *, window: int | None, place: str = "_racto") -> RactoGatewayError | None:
    """The error for an answer that must not be taken for a whole one, or None for one that is whole.

    `window` is the model's context in tokens: an answer that filled it was not cut by `--max-tokens`. `place` is the variable
    that keeps what had arrived.
    """
    match response.finish_reason:
        case FinishReason.LENGTH:
            return TruncatedAnswerError(_cut(response.usage, window, place), response=response)
        case FinishReason.CONTENT_FILTER:
            return RefusedAnswerError(
                "The provider withheld the answer (content filter). Word the question differently.", response=response
            )
        case FinishReason.ERROR:
            return TruncatedAnswerError(
                f"The provider ended the answer with an error. The part is kept in {place}.text.", response=response
            )
        case FinishReason.TOOL_CALL:
            return AnswerError(_calls(response), response=response)
        case FinishReason.STOP if not (response.content or "").strip():
            message = "The model answered with nothing. Ask again, or word the question differently."
            return MalformedAnswerError(message, response=response)
        case _:
            return None


def _calls(response: LLMResponse) -> str:
    """Why an answer that is a call of a tool is no answer."""
    names = ", ".join(dict.fromkeys(call.name for call in response.tool_calls)) or "a tool"
    match response.tool_stop:
        case ToolStop.TURN_LIMIT:
            return (
                f"The model still asked for {names} when its rounds of calls were used up; these calls were not carried out. "
                "Raise --max-tool-turns (at most 10), or ask for less at once."
            )
        case ToolStop.NO_FUNCTION:
            return f"The model asked for {names}, which has no function to run, instead of answering."
        case _:
            return f"The model asked for {names} instead of answering. Give the cell its tools with --tools."


def _cut(usage: dict[str, int], window: int | None, place: str) -> str:
    written = usage.get("completion_tokens")
    kept = f"The answer was cut{f' after {written} tokens' if written else ''}. The part is kept in {place}.text."
    if window is not None and usage.get("total_tokens", 0) >= window:
        return f"{kept} The window of {window} tokens was full: shorten the prompt, or open the kit with a larger one."
    return f"{kept} Raise --max-tokens, or ask for less."
