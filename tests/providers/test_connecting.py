"""What goes wrong with connections: the libraries' own errors as failures, deadlines, waits and keys."""

from __future__ import annotations

import socket
import string
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import httpx2
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from racto_nb.providers.connecting import Deadline, asked_wait, failure_of, translated, until, without_key
from racto_nb.providers.failures import Dropped, OutOfTime, Refused, Unreachable, Unreadable

ERRORS = [
    ("ConnectError", Unreachable, {}),
    ("ProxyError", Unreachable, {}),
    ("UnsupportedProtocol", Unreachable, {}),
    ("ConnectTimeout", OutOfTime, {"sent": False}),
    ("PoolTimeout", OutOfTime, {"sent": False}),
    ("ReadTimeout", OutOfTime, {"sent": True}),
    ("WriteTimeout", OutOfTime, {"sent": True}),
    ("ReadError", Dropped, {"answering": True}),
    ("WriteError", Dropped, {"answering": True}),
    ("CloseError", Dropped, {"answering": True}),
    ("RemoteProtocolError", Dropped, {"answering": True}),
    ("DecodingError", Unreadable, {"answering": True}),
    ("TooManyRedirects", Unreadable, {"answering": True}),
]


@pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda library: library.__name__)
@pytest.mark.parametrize(("name", "kind", "facts"), ERRORS, ids=[name for name, _, _ in ERRORS])
def test_an_error_of_either_library_is_the_same_failure(library, name: str, kind: type, facts: dict[str, object]):
    failure = failure_of(getattr(library, name)("what happened"), host="api", answering=True)
    assert type(failure) is kind
    assert str(failure) == "what happened"
    assert failure.host == "api"
    assert {key: getattr(failure, key) for key in facts} == facts


def test_every_error_of_a_request_is_some_failure():
    def leaves(kind: type[Exception]) -> list[type[Exception]]:
        return [kind] if not kind.__subclasses__() else [leaf for inner in kind.__subclasses__() for leaf in leaves(inner)]

    for kind in leaves(httpx2.RequestError):
        assert failure_of(kind("x"), host="api", answering=False) is not None, kind


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_the_error_may_be_inside_another(link: str):
    outer, middle = RuntimeError("outer"), RuntimeError("middle")
    setattr(outer, link, middle)
    setattr(middle, link, httpx2.ConnectError("refused"))
    assert isinstance(failure_of(outer, host="api", answering=False), Unreachable)


def test_an_error_without_words_is_told_by_its_name():
    assert str(failure_of(httpx2.ReadError(""), host="api", answering=True)) == "ReadError"


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x")])
def test_an_error_that_is_none_of_the_connection_is_no_failure(error: Exception):
    assert failure_of(error, host="api", answering=False) is None


def test_inside_translated_a_failure_stays_and_an_error_of_ours_too():
    refused = Refused("x", status=400)
    with pytest.raises(Refused) as caught, translated("api", answering=False):
        raise refused
    assert caught.value is refused
    with pytest.raises(ValueError, match="ours"), translated("api", answering=False):
        raise ValueError("ours")
    with pytest.raises(Dropped) as dropped, translated("api", answering=True):
        raise httpx2.ReadError("reset")
    assert dropped.value.__cause__ is None


# --- how long to wait

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@given(st.integers(-100_000, 100_000))
def test_a_date_is_the_seconds_until_then_and_never_less_than_none(seconds: int):
    headers = {"retry-after": format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)}
    assert asked_wait(headers, now=NOW.timestamp) == max(0.0, seconds)


@given(st.floats(0, 1e6))
def test_seconds_and_milliseconds_are_read(number: float):
    assert asked_wait({"retry-after": repr(number)}) == number
    assert asked_wait({"retry-after-ms": repr(number)}) == number / 1000


@given(st.text(), st.text())
def test_whatever_a_server_says_is_a_number_of_seconds_or_nothing(one: str, other: str):
    for headers in ({"retry-after": one}, {"retry-after-ms": one}, {"retry-after": one, "retry-after-ms": other}):
        wait = asked_wait(headers, now=NOW.timestamp)
        assert wait is None or 0 <= wait < float("inf")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 31 Feb 2026 00:00:00 GMT"}, None),
        ({"retry-after": "Fri, 21 Nov 99999 08:00:00 GMT"}, None),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ],
)
def test_what_is_no_time_is_nothing(headers: dict[str, str], wait: float | None):
    assert asked_wait(headers, now=NOW.timestamp) == wait


# --- keys

keys = st.text(string.ascii_letters + string.digits + "-_", min_size=16, max_size=60)


@given(keys, st.lists(st.text(max_size=10), min_size=1, max_size=5))
def test_a_key_is_never_left_in_a_text(key: str, words: list[str]):
    assume(not any(key[:12] in word for word in words))
    clean = without_key(key.join(words), key)
    assert key not in clean


@given(keys, st.text(max_size=20), st.integers(12, 60))
def test_the_beginning_of_a_key_that_was_cut_off_is_not_left_either(key: str, before: str, length: int):
    assert key[:12] not in without_key(before + key[:length], key)


@given(st.text(), keys)
def test_a_text_without_the_key_and_without_masks_is_left_as_it_is(text: str, key: str):
    assume(key[:12] not in text and "***" not in text)
    assert without_key(text, key) == text


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_there_is_nothing_to_hide(key: str | None):
    assert without_key("all of it", key) == "all of it"


@pytest.mark.parametrize("masked", ["sk-ab***yz.", "'sk-***'", "***"])
def test_a_key_that_the_provider_masked_is_hidden_whole(masked: str):
    assert without_key(f"Incorrect key {masked} given", "sk-abcdefghijklmnopqrstuvwxyz") == "Incorrect key [key] given"


# --- deadlines


class Reply:
    """A response over a real pair of sockets."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.extensions = {"network_stream": self}

    def get_extra_info(self, name: str) -> object:
        return self.ours if name == "socket" else None

    def pieces(self):
        while piece := self.ours.recv(100):
            yield piece

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def reply():
    made = Reply()
    yield made
    made.close()


def test_a_deadline_ends_a_read_that_would_wait_for_ever(reply: Reply):
    reply.theirs.sendall(b"first")
    read: list[bytes] = []
    with pytest.raises(OutOfTime) as caught, Deadline(0.05, reply) as deadline:
        read.extend(until(deadline, reply.pieces(), "api"))
    assert read == [b"first"]
    assert (caught.value.sent, caught.value.host, deadline.over) == (True, "api", True)


def test_a_reply_within_the_deadline_is_whole(reply: Reply):
    reply.theirs.sendall(b"all")
    reply.theirs.shutdown(socket.SHUT_WR)
    with Deadline(60, reply) as deadline:
        assert b"".join(until(deadline, reply.pieces(), "api")) == b"all"
    assert not deadline.over


def test_without_a_limit_there_is_no_deadline(reply: Reply):
    reply.theirs.shutdown(socket.SHUT_WR)
    with Deadline(None, reply) as deadline:
        assert list(until(deadline, reply.pieces(), "api")) == []
    assert not deadline.over


def test_a_deadline_that_has_passed_already_strikes_at_once(reply: Reply):
    with pytest.raises(OutOfTime), Deadline(-1, reply) as deadline:
        list(until(deadline, reply.pieces(), "api"))


def test_a_reply_that_does_not_know_its_socket_is_still_out_of_time():
    class Bare:
        extensions: dict[str, object] = {}  # noqa: RUF012

    with Deadline(0, Bare()) as deadline:
        deadline._strike()
        with pytest.raises(OutOfTime):
            list(until(deadline, iter([b"late"]), "api"))


def test_an_error_before_the_deadline_is_the_error_itself(reply: Reply):
    def broken():
        yield b"one"
        raise httpx2.ReadError("reset")

    with pytest.raises(Dropped), Deadline(60, reply) as deadline:
        list(until(deadline, broken(), "api"))
