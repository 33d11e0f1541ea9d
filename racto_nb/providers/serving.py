"""What providers behind HTTP have in common: failures become our errors, and say whether trying again may help. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import shorten

from racto_nb.exceptions import (
    ContextOverflowError,
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
    RactoGatewayTimeoutError,
    RefusedAnswerError,
    StreamInterruptedError,
)
from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Refused, Unreachable, Unreadable
from racto_nb.providers.wire import ModelSpec

WRONG_REQUEST = 400
UNAUTHORISED = 401
NOT_FOUND = 404
SERVER_ERRORS = 500
TOO_MANY = 429
LONGEST_BODY = 20_000
MAY_PASS = frozenset({408, 409, TOO_MANY})
"""Statuses below 500 that may be gone at the next try."""


@dataclass(frozen=True, slots=True)
class Account:
    """How the user reaches a provider: where the key is looked for, and the provider's own words for some errors.

    `nearest` answers the known model names most like another one, `redacted` a text without the key: errors quote what a server
    said, and some quote the key. `key_codes` are words for a wrong key where the HTTP status does not tell of one.
    """

    key_advice: str
    nearest: Callable[[str], Sequence[str]]
    overflow_codes: frozenset[str] = frozenset()
    overflow_words: tuple[str, ...] = ()
    exhausted_codes: frozenset[str] = frozenset()
    model_codes: frozenset[str] = frozenset()
    refusal_codes: frozenset[str] = frozenset()
    key_codes: frozenset[str] = frozenset()
    redacted: Callable[[str], str] = str


def error_of(failure: Exception, spec: ModelSpec, account: Account) -> Exception:
    """Our error for a failure, which forgets what the server said; anything else comes back unchanged."""
    if not isinstance(failure, HttpFailure):
        return failure
    ours = _error_of(failure, spec, account)
    if isinstance(ours, RactoGatewayError):
        ours.provider, ours.model = spec.provider, spec.name
        if isinstance(failure, Refused):
            ours.status_code, ours.request_id, ours.body = failure.status, failure.request_id, _body(failure, account)
    failure.forget()
    return ours


def _error_of(failure: HttpFailure, spec: ModelSpec, account: Account) -> Exception:
    name = f"{spec.provider}:{spec.name}"
    match failure:
        case Refused():
            return _refusal(failure, spec, account)
        case Unreachable():
            message = (
                f"{name}: no connection to {failure.host} ({failure}). Check the address (base_url=), the network and the proxy."
            )
            return RactoGatewayConnectionError(message)
        case OutOfTime(sent=False):
            return RactoGatewayTimeoutError(f"{name}: {failure.host} accepted no connection in time. Nothing was sent.")
        case OutOfTime():
            message = f"{name} gave no complete answer in time. Allow more time (timeout=) or ask for fewer tokens."
            return RactoGatewayTimeoutError(message)
        case Dropped(answering=False):
            kept = " It may have read the question all the same, so it was not sent again." if failure.sent else ""
            return RactoGatewayConnectionError(
                f"{name}: {failure.host} closed the connection without an answer.{kept} Ask again."
            )
        case Dropped():
            return StreamInterruptedError(f"{name}: the connection broke before the answer was complete. Ask again.")
        case Unreadable():
            return _unreadable(failure, name, account)
        case _:
            return failure


def advice_of(failure: Exception, account: Account) -> float | None:
    """Seconds to wait before trying again (0: our choice), None where it will not help or where the answer had begun.

    A call that ran out of time is not tried again, nor one whose connection was closed after it had been handed over: either may
    have been accepted, and be paid for.
    """
    match failure:
        case Refused(status=None):
            return None
        case Refused(retry=False):
            return None
        case Refused(code=code) if code in account.exhausted_codes:
            return None
        case Refused(status=status, retry=retry) if retry or status in MAY_PASS or (status or 0) >= SERVER_ERRORS:
            return failure.retry_after or 0.0
        case Unreachable() | OutOfTime(sent=False) | Dropped(answering=False, sent=False):
            return 0.0
        case _:
            return None


def _refusal(failure: Refused, spec: ModelSpec, account: Account) -> Exception:
    name, said = f"{spec.provider}:{spec.name}", _said(failure, account)
    if _is_overflow(failure, account):
        message = f"The prompt is too long for {name}: {said} Nothing was cut or answered. Shorten the prompt or the history."
        return ContextOverflowError(message, window=spec.abilities.window)
    if failure.status is None:
        return StreamInterruptedError(f"{name} ended the answer with an error: {said} Ask again.")
    if failure.status == NOT_FOUND and failure.code in account.model_codes:
        return _no_model(spec, said, account)
    if failure.status == UNAUTHORISED or failure.code in account.key_codes:
        return RactoGatewayAuthError(f"{failure.host} refused the key for {name} (HTTP {failure.status}). {account.key_advice}")
    match failure.status:
        case 403:
            message = f"{failure.host} does not allow this key to use {name} (HTTP 403): {said} {account.key_advice}"
            return RactoGatewayAuthError(message)
        case _:
            return _answered(failure, f"{name} answered with HTTP {failure.status}: {said}{_advice(failure, account)}", account)


def _answered(failure: Refused, message: str, account: Account) -> Exception:
    status = failure.status or 0
    if failure.code in account.refusal_codes:
        return RefusedAnswerError(message)
    if status == TOO_MANY:
        kind: type[RactoGatewayAPIError] = RactoGatewayRateLimitError
    elif status >= SERVER_ERRORS:
        kind = RactoGatewayServerError
    else:
        kind = RactoGatewayAPIError if status in MAY_PASS else RactoGatewayBadRequestError
    return kind(message, status_code=status, retry_after=failure.retry_after)


def _body(failure: Refused, account: Account) -> object:
    """What the server said: the JSON that it is, or the text. Of a very long one the beginning."""
    text = account.redacted(failure.body[:LONGEST_BODY])
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def _is_overflow(failure: Refused, account: Account) -> bool:
    if failure.code in account.overflow_codes:
        return True
    said = failure.text.casefold()
    return failure.status == WRONG_REQUEST and any(words in said for words in account.overflow_words)


def _unreadable(failure: Unreadable, name: str, account: Account) -> Exception:
    said = account.redacted(str(failure))
    if failure.answering:
        return StreamInterruptedError(f"{name}: the stream holds what is no event of its protocol ({said}). Ask again.")
    where = failure.host or "the server"
    return RactoGatewayAPIError(
        f"{name}: {where} sent something that is not its protocol ({said}). Is this address such a service?"
    )


def _no_model(spec: ModelSpec, said: str, account: Account) -> ModelNotFoundError:
    names = list(account.nearest(spec.name))
    hint = f" Did you mean {' or '.join(repr(name) for name in names)}?" if names else ""
    message = f"{spec.provider} knows no model {spec.name!r}, or this key may not use it: {said}{hint}"
    return ModelNotFoundError(message, name=spec.name, suggestions=names)


def _said(failure: Refused, account: Account) -> str:
    text = shorten(account.redacted(failure.text), 400, placeholder=" …") or failure.code or "no reason was given"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _advice(failure: Refused, account: Account) -> str:
    if failure.code in account.exhausted_codes:
        return " The account has no credit left: trying again does not help."
    if failure.retry_after is not None:
        return f" It asks to wait {failure.retry_after:g} seconds."
    if failure.status in MAY_PASS or (failure.status or 0) >= SERVER_ERRORS:
        return " Ask again later."
    if failure.status == NOT_FOUND:
        return " Check the address: most servers want /v1 at the end of base_url= ."
    return ""
