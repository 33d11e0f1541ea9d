"""How a request goes out over HTTP: its body, and how long is waited for an answer. Pure."""

from __future__ import annotations

import msgspec

from racto_nb.exceptions import UsageError
from racto_nb.providers.wire import Request

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 600.0
"""How long a server without a timeout of the caller's may say nothing."""


def patience(request: Request) -> tuple[float, float]:
    """For how many seconds the server may say nothing, and how many connecting to it may take."""
    longest = SILENCE_SECONDS if request.timeout is None else request.timeout
    return longest, min(longest, CONNECT_SECONDS)


def encoded(request: Request) -> bytes:
    """The body of `request`. Raises UsageError: only `extra`, tool schemas and file names can hold what JSON cannot."""
    if request.content is not None:
        return request.content
    try:
        return msgspec.json.encode(request.arguments)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        where = "Look at `extra`, the tools and the names of files. Nothing was sent."
        message = f"This request cannot be written as JSON ({error}). {where}"
        raise UsageError(message) from None
