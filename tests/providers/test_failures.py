"""Failures as plain data."""

from __future__ import annotations

import pytest

from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Refused, Unreachable, Unreadable

FAILURES = [
    Refused("slow down", status=429, host="api"),
    Unreachable("refused", host="api"),
    OutOfTime("late", sent=True, host="api"),
    Dropped("reset", answering=False, host="api"),
    Unreadable("html", host="api"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_every_failure_has_a_text_and_a_host(failure: HttpFailure):
    assert isinstance(failure, HttpFailure)
    assert str(failure) == failure.args[0]
    assert failure.host == "api"


def test_a_refusal_says_nothing_that_the_provider_did_not_say():
    refused = Refused("no", status=None)
    assert (refused.text, refused.code, refused.retry_after, refused.retry) == ("no", "", None, None)


def test_what_is_not_known_to_have_begun_had_not():
    assert Unreadable("html").answering is False


def test_what_was_made_into_an_error_forgets_what_the_server_said():
    for failure in (Refused("a key", status=400, host="api"), Dropped("a key", answering=True, host="api")):
        failure.forget()
        assert "a key" not in str(failure) + repr(failure) + repr(vars(failure))
        assert failure.host == "api"
