"""The bodies of Google's refusals: what is read of them, whatever their shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from racto_nb.providers.failures import Refused
from racto_nb.providers.google.refusing import refused

KEY = "AIzaSyD-abcdefghijklmnopqrstuvwxyz01234"
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.5s"}
REASON = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}


def told(body: Any, *, status: int = 400, headers: dict[str, str] | None = None) -> Refused:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refused(status, headers or {}, content, key=KEY, address="http://h")


def error(**fields: Any) -> dict[str, Any]:
    return {"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT"} | fields}


def test_a_refusal_is_read_with_its_word():
    found = told(error())
    assert (found.text, found.status, found.code, found.retry_after, found.host) == ("No.", 400, "INVALID_ARGUMENT", None, "h")


def test_a_refused_stream_has_its_error_in_a_list():
    assert told([error()]).text == "No."


def test_the_wait_that_the_details_ask_for_is_followed_and_a_header_goes_before_it():
    body = error(status="RESOURCE_EXHAUSTED", details=[{"@type": "other"}, RETRY])
    assert told(body, status=429).retry_after == 2.5
    assert told(body, status=429, headers={"retry-after": "7"}).retry_after == 7.0


@pytest.mark.parametrize("delay", ["soon", "2", None, 5, "-1s", "infs", {"seconds": 5}])
def test_a_wait_that_is_none_is_passed_over(delay: Any):
    assert told(error(details=[RETRY | {"retryDelay": delay}])).retry_after is None


def test_a_wrong_key_is_told_by_the_reason_in_the_details():
    assert told(error(details=[REASON])).code == "API_KEY_INVALID"


def test_a_prompt_that_is_too_long_is_told_by_its_sentence():
    sentence = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    assert told(error(message=sentence)).code == "context_length_exceeded"


def test_other_reasons_leave_the_word_as_it_is():
    assert told(error(details=[REASON | {"reason": "RATE_LIMIT_EXCEEDED"}])).code == "INVALID_ARGUMENT"


def test_the_key_is_not_told():
    found = told(error(message=f"bad {KEY}", status=KEY))
    assert KEY not in found.text + found.code
    assert KEY not in told(f"<p {KEY}".encode()).text + told(KEY.encode()).text


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", ""),
        (b"<html>Bad Gateway</html>", "an HTML page"),
        (b"upstream is gone", "upstream is gone"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ({"error": "a text"}, "a text"),
        ({"error": None}, '{"error": null}'),
        ({"error": {"message": 5}}, '{"error": {"message": 5}}'),
        ([], "[]"),
        (error(details="none"), "No."),
        (error(details=[5]), "No."),
    ],
)
def test_bodies_of_any_shape_are_told(body: Any, says: str):
    assert told(body).text == says
