"""Was the prompt cut? Ollama shortens what does not fit and says nothing. Pure, but for the warning.

What it tells is how many tokens it read (`prompt_eval_count`). A prompt that was cut in the model's runner is shortened to the
window or to half of it; of a conversation whole turns are dropped. So far fewer are read than we had sent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from racto_nb.exceptions import ContextTruncatedError, TruncatedContextWarning
from racto_nb.models.response import LLMResponse
from racto_nb.providers.ollama.facts import SMALLEST_WINDOW
from racto_nb.providers.ollama.request import estimated_prompt
from racto_nb.providers.wire import ModelSpec, Request

_KNOWN, _UNKNOWN = 1.5, 2.0
"""So many times what was read must our estimate be, with a window that is known and with one that is not: it is off by a quarter,
and by more on code."""


def examiner(on_truncation: str) -> Callable[[Request, LLMResponse, ModelSpec], None]:
    """What looks at each answer: with "raise" a cut prompt raises ContextTruncatedError, with "warn" it warns."""

    def examine(request: Request, response: LLMResponse, spec: ModelSpec) -> None:
        window = request.arguments["options"].get("num_ctx")
        sent, read = estimated_prompt(request.arguments), response.usage.get("prompt_tokens", 0)
        if not was_cut(sent, read, window):
            return
        message = _message(sent, read, window, spec)
        if on_truncation == "raise":
            raise ContextTruncatedError(message, tokens=sent, window=window, response=response)
        warnings.warn(message, TruncatedContextWarning, stacklevel=2)

    return examine


def was_cut(sent: int, read: int, window: int | None) -> bool:
    """Whether a prompt of about `sent` tokens was cut, when `read` were read in a `window` (None: not known).

    >>> was_cut(9_200, 2_051, 4_096), was_cut(3_900, 3_600, 4_096), was_cut(9_200, 8_900, None)
    (True, False, False)
    """
    if not read:
        return False
    if window is None:
        return sent > SMALLEST_WINDOW and sent > _UNKNOWN * read
    unlike = sent > SMALLEST_WINDOW and sent > _UNKNOWN * read  # a model may have less room than was asked for
    return read >= window or unlike or (sent > window and sent > _KNOWN * read)


def _message(sent: int, read: int, window: int | None, spec: ModelSpec) -> str:
    given = f"its context (num_ctx) is {window} tokens" if window else "its context (num_ctx) is too small"
    return (
        f"{spec.provider}:{spec.name} read {read} tokens of about {sent}: {given}, and Ollama cut the prompt without a word. "
        f"Give the kit more room, such as num_ctx={_room(sent)}, or shorten the prompt or the history."
    )


def _room(sent: int) -> int:
    """The next power of two with a quarter to spare."""
    return 1 << (sent + sent // 4).bit_length()
