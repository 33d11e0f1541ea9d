"""Failures as our errors, and whether trying again may help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from racto_nb.exceptions import (
    ContextOverflowError,
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayError,
    RactoGatewayTimeoutError,
    StreamInterruptedError,
)
from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Refused, Unreachable, Unreadable
from racto_nb.providers.serving import Account, advice_of, error_of
from racto_nb.providers.wire import Abilities, ModelSpec

SPEC = ModelSpec("maker", "small", Abilities(window=100))
ACCOUNT = Account(
    key_advice="Look at MAKER_KEY.",
    nearest=lambda name: [name.removesuffix("x")] if name.endswith("x") else [],
    overflow_codes=frozenset({"too_long"}),
    exhausted_codes=frozenset({"no_money"}),
    model_codes=frozenset({"no_model"}),
)

ADVICE: list[tuple[HttpFailure, float | None]] = [
    (Refused("", status=400), None),
    (Refused("", status=401), None),
    (Refused("", status=403), None),
    (Refused("", status=404), None),
    (Refused("", status=408), 0.0),
    (Refused("", status=409), 0.0),
    (Refused("", status=413), None),
    (Refused("", status=422), None),
    (Refused("", status=429), 0.0),
    (Refused("", status=429, retry_after=3.5), 3.5),
    (Refused("", status=429, retry_after=0.0), 0.0),
    (Refused("", status=429, code="no_money"), None),
    (Refused("", status=429, code="no_money", retry=True), None),
    (Refused("", status=429, retry=False), None),
    (Refused("", status=500), 0.0),
    (Refused("", status=503, retry_after=60.0), 60.0),
    (Refused("", status=529), 0.0),
    (Refused("", status=500, retry=False), None),
    (Refused("", status=400, retry=True), 0.0),
    (Refused("", status=302), None),
    (Refused("", status=None), None),
    (Refused("", status=None, retry=True), None),
    (Unreachable(""), 0.0),
    (OutOfTime("", sent=False), 0.0),
    (OutOfTime("", sent=True), None),
    (Dropped("", answering=False, sent=False), 0.0),
    (Dropped("", answering=False), None),
    (Dropped("", answering=True), None),
    (Unreadable(""), None),
    (Unreadable("", answering=True), None),
]


@pytest.mark.parametrize(("failure", "wait"), ADVICE, ids=lambda item: repr(getattr(item, "__dict__", item)))
def test_nothing_is_asked_again_that_was_accepted(failure: HttpFailure, wait: float | None):
    assert advice_of(failure, ACCOUNT) == wait


def test_an_error_of_ours_is_no_reason_to_ask_again():
    assert advice_of(ValueError("x"), ACCOUNT) is None


ERRORS: list[tuple[HttpFailure, type[RactoGatewayError], str]] = [
    (Refused("bad", status=400), RactoGatewayAPIError, "maker:small answered with HTTP 400: bad."),
    (Refused("bad.", status=400), RactoGatewayAPIError, "maker:small answered with HTTP 400: bad."),
    (Refused("", status=422, code="odd_code"), RactoGatewayAPIError, "maker:small answered with HTTP 422: odd_code."),
    (Refused("", status=500), RactoGatewayAPIError, "HTTP 500: no reason was given. Ask again later."),
    (Refused("busy", status=503, retry_after=2), RactoGatewayAPIError, "HTTP 503: busy. It asks to wait 2 seconds."),
    (Refused("empty", status=429, code="no_money"), RactoGatewayAPIError, "empty. The account has no credit left"),
    (Refused("who?", status=401, host="api"), RactoGatewayAuthError, "api refused the key for maker:small (HTTP 401). Look at"),
    (
        Refused("no", status=403, host="api"),
        RactoGatewayAuthError,
        "api does not allow this key to use maker:small (HTTP 403): no.",
    ),
    (Refused("gone", status=404), RactoGatewayAPIError, "HTTP 404: gone."),
    (Refused("gone", status=404, code="no_model"), ModelNotFoundError, "maker knows no model 'small'"),
    (Refused("gone", status=400, code="no_model"), RactoGatewayAPIError, "HTTP 400: gone."),
    (Refused("long", status=400, code="too_long"), ContextOverflowError, "The prompt is too long for maker:small: long."),
    (Refused("long", status=None, code="too_long"), ContextOverflowError, "The prompt is too long for maker:small: long."),
    (Refused("boom", status=None), StreamInterruptedError, "maker:small ended the answer with an error: boom. Ask again."),
    (Unreachable("refused", host="api"), RactoGatewayAPIError, "no connection to api (refused)"),
    (OutOfTime("", sent=False, host="api"), RactoGatewayTimeoutError, "api accepted no connection in time. Nothing was sent."),
    (OutOfTime("", sent=True), RactoGatewayTimeoutError, "maker:small gave no complete answer in time"),
    (Dropped("", answering=False, host="api"), RactoGatewayAPIError, "api closed the connection without an answer"),
    (Dropped("", answering=True), StreamInterruptedError, "the connection broke before the answer was complete"),
    (Unreadable("html", host="api"), RactoGatewayAPIError, "api sent something that is not its protocol (html)"),
    (Unreadable("html"), RactoGatewayAPIError, "the server sent something that is not its protocol (html)"),
    (Unreadable("html", answering=True), StreamInterruptedError, "the stream holds what is no event of its protocol (html)"),
]


@pytest.mark.parametrize(("failure", "kind", "message"), ERRORS, ids=[message for _, _, message in ERRORS])
def test_a_failure_becomes_the_error_that_says_what_to_do(failure: HttpFailure, kind: type[RactoGatewayError], message: str):
    error = error_of(failure, SPEC, ACCOUNT)
    assert type(error) is kind
    assert message in str(error)
    assert "  " not in str(error)


def test_the_status_is_kept():
    error = error_of(Refused("bad", status=418), SPEC, ACCOUNT)
    assert isinstance(error, RactoGatewayAPIError)
    assert error.status_code == 418


def test_a_model_that_nobody_knows_is_told_with_the_nearest():
    error = error_of(Refused("gone", status=404, code="no_model"), replace(SPEC, name="smallx"), ACCOUNT)
    assert isinstance(error, ModelNotFoundError)
    assert (error.name, error.suggestions) == ("smallx", ["small"])
    assert str(error).endswith("Did you mean 'small'?")


def test_a_long_error_page_is_shortened():
    error = error_of(Refused("word " * 500, status=500), SPEC, ACCOUNT)
    assert len(str(error)) < 500


def test_an_overflow_says_how_large_the_window_is():
    error = error_of(Refused("long", status=400, code="too_long"), SPEC, ACCOUNT)
    assert isinstance(error, ContextOverflowError)
    assert error.window == 100


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("y"), RactoGatewayError("z")])
def test_an_error_that_is_no_failure_comes_back_as_it_is(error: Exception):
    assert error_of(error, SPEC, ACCOUNT) is error
