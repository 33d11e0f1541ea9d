"""What goes wrong with a server, in our errors: what was being done, with which server, and what its program said last. Pure."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import cast

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import (
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
)
from racto_nb.mcp.secrecy import shown_text

REFUSED = frozenset({401, 403})
"""What HTTP answers to who has no token, or a wrong one."""
_GONE, _BROKEN = 404, 500
_UNSAID = "Server returned an error response"
"""What the library says of an answer over HTTP without words of its own."""
_CLOSED, _LATE = -32000, -32001  # the protocol's numbers


@dataclass(slots=True)
class Watch:
    """What is seen on the way of a session: whether its stream has `ended`, and the `status` of the last answer over HTTP."""

    ended: bool = False
    status: int = 0


def translated(
    error: BaseException, server: str, doing: str, *, secrets: Secrets, status: int = 0, said: str = ""
) -> RactoGatewayError:
    """Ours for an `error` of the library while `doing` something with `server`. `said` is the end of its stderr.

    None of `secrets` is in it: the library quotes whole addresses.
    """
    first = _first(error)
    if isinstance(first, RactoGatewayError):
        return first
    whom, end = f"The MCP server {server!r}", f" Its stderr ends: {said}" if said else ""
    code: object = getattr(first, "code", None)
    short = _short(first, secrets)
    if status in REFUSED:
        return RactoGatewayAuthError(f"{whom} wants another token for {doing} (HTTP {status}): MCPClientConfig(token=…).")
    if isinstance(first, TimeoutError) or code == _LATE:
        return RactoGatewayTimeoutError(f"{whom} did not answer {doing} in time. MCPClientConfig(timeout=…) allows more.{end}")
    if isinstance(first, ValueError | RuntimeError):
        return RactoGatewayServerError(f"{whom} answered {doing} with what is no result: {short}.{end}")
    lost = status == _GONE or status >= _BROKEN
    if code is None or code == _CLOSED or lost:
        reason = f"HTTP {status}" if lost else short
        return RactoGatewayConnectionError(f"{whom} cannot be reached for {doing}: {reason}.{end}")
    return RactoGatewayBadRequestError(f"{whom} refused {doing}: {f'HTTP {status}' if short == _UNSAID else short}.")


def _first(error: BaseException) -> BaseException:
    if isinstance(error, BaseExceptionGroup):
        return _first(cast("BaseExceptionGroup[BaseException]", error).exceptions[0])
    return error


def shown_cause(error: BaseException, secrets: Secrets) -> BaseException | None:
    """`error` as the cause of ours; None where a traceback would show a secret with it."""
    return error if secrets.held_by("".join(traceback.format_exception(error))) is None else None


def _short(error: BaseException, secrets: Secrets) -> str:
    text = shown_text(" ".join(str(error).split()), secrets) or type(error).__name__
    return "".join(each for each in text if each.isprintable())[:400].rstrip(".")
