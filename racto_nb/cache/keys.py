"""The key of five parts that the documents write, and the checks of a cache's settings. Pure."""

from __future__ import annotations

import hashlib
import math
from numbers import Real

from racto_nb.exceptions import UsageError, WrongTypeError


def key_of(
    user_message: str | None,
    system_prompt: str | None = None,
    model: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    *,
    key: str | None = None,
) -> str:
    """A key that was given as it is, or the one of five parts, each with its length, so that no part runs into the next.

    Raises WrongTypeError for some of the five parts, or none at all.
    """
    if system_prompt is None and model is None and temperature is None and max_tokens is None:
        found = user_message if key is None else key
        if isinstance(found, str) and (key is None or user_message is None):
            return found
    elif None not in (user_message, system_prompt, model, temperature, max_tokens) and key is None:
        # 1 and 1.0 are the same temperature for who looks an answer up by hand.
        parts = (str(user_message), str(system_prompt), str(model), str(float(temperature or 0)), str(max_tokens))
        text = "".join([f"{len(part)}:{part}" for part in parts])
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    msg = "A cache is asked with one key, or with user_message, system_prompt, model, temperature and max_tokens together."
    raise WrongTypeError(msg)


def checked_size(size: object) -> int:
    """`size` itself: the most answers that are kept, a whole number, 0 for no limit."""
    if isinstance(size, bool) or not isinstance(size, int):
        msg = f"max_size is a whole number, 0 for no limit; got {size!r}."
        raise WrongTypeError(msg)
    if size < 0:
        msg = f"max_size is 0 (no limit) or more, not {size}."
        raise UsageError(msg)
    return size


def checked_seconds(seconds: object) -> float | None:
    """`seconds` itself: how long an answer is kept, more than 0, or None for ever."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        msg = f"ttl_seconds is a number of seconds, or None for ever; got {seconds!r}."
        raise WrongTypeError(msg)
    if not math.isfinite(seconds) or seconds <= 0:
        msg = f"ttl_seconds is more than 0, or None for ever; got {seconds!r}."
        raise UsageError(msg)
    return float(seconds)
