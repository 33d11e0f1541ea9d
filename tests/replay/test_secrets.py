"""No key reaches a recording: neither one of the environment nor the kit's own, whole or in pieces."""

from __future__ import annotations

from pathlib import Path

import pytest
from contracts.served_table import KEY, SERVED, Asynchronous, Colour, Served, Sync

from racto_nb.exceptions import RactoGatewayAuthError, RactoGatewayBadRequestError
from racto_nb.models import ChatConfig
from racto_nb.replay import record, replay
from racto_nb.testing import FakeFault, FakeProvider, FakeReply

SECRET = 'tok"en-Zq8_4711-secret'
ASK = ChatConfig(user_message="What is the key?")
both = pytest.mark.parametrize("colour", [Sync(), Asynchronous()], ids=["sync", "async"])
all_served = pytest.mark.parametrize("served", SERVED, ids=lambda served: served.name)
pieces = pytest.mark.parametrize("size", [1, 3, 100])


@pytest.fixture(autouse=True)
def _a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", SECRET)


def echoing(size: int) -> FakeReply:
    text = f"It is {SECRET}, or **{KEY}** - 12345678 what else?"
    return FakeReply(tuple(text[start : start + size] for start in range(0, len(text), size)))


@all_served
@pieces
@both
def test_a_key_that_a_server_says_again_is_not_in_the_file(served: Served, size: int, colour: Colour, tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with FakeProvider([echoing(size), echoing(size)]) as server, record(tape):
        colour.stream(served.open(server), ASK)
        colour.chat(served.open(server), ASK)

    written = tape.read_text(encoding="utf-8")
    assert "4711" not in written
    if served.takes_key:
        assert KEY not in written
        assert KEY[-12:] not in written
    with replay(tape):
        answer = colour.stream(served.at(server.base_url(served.wire)), ASK)[-1].response
    assert answer is not None
    assert str(answer.content).startswith("It is [SOME_TOKEN], or **")
    assert str(answer.content).endswith("- 12345678 what else?")


def test_the_headers_with_the_key_are_not_in_the_file(tmp_path: Path):
    served = SERVED[0]
    with FakeProvider(["a"]) as server, record(tmp_path / "t.jsonl"):
        served.open(server).chat(ASK)

    assert KEY not in (tmp_path / "t.jsonl").read_text()


def test_a_secret_in_a_question_is_not_in_the_file_and_the_question_is_found_all_the_same(tmp_path: Path):
    served, tape = SERVED[0], tmp_path / "t.jsonl"
    question = ChatConfig(user_message=f"Is {SECRET} safe?")
    with FakeProvider(["No."]) as server, record(tape):
        served.open(server).chat(question)

    assert "4711" not in tape.read_text()
    with replay(tape):
        assert served.open(server).chat(question).content == "No."


def test_a_refusal_that_quotes_the_key_is_recorded_without_it(tmp_path: Path):
    served, tape = SERVED[0], tmp_path / "t.jsonl"
    fault = FakeFault(status=400, message=f"Bad {KEY} and {SECRET}.")
    with FakeProvider([fault]) as server, record(tape), pytest.raises(RactoGatewayBadRequestError, match="Bad"):
        served.open(server).chat(ASK)

    written = tape.read_text()
    assert '"failure"' in written
    assert KEY not in written
    assert "4711" not in written


def test_a_refused_key_is_not_recorded(tmp_path: Path):
    served = SERVED[0]
    tape = tmp_path / "t.jsonl"
    with FakeProvider(["a"], keys=["sk-another-one"]) as server, record(tape), pytest.raises(RactoGatewayAuthError):
        served.open(server).chat(ASK)

    assert not tape.exists()
