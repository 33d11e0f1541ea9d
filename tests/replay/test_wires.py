"""Every provider's answers, recorded from a server and replayed when it is gone: the same pieces, and nobody is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from contracts.served_table import ASK, SERVED, Asynchronous, Colour, Served, Sync

from racto_nb.exceptions import ContextOverflowError, ReplayMissError, StreamInterruptedError
from racto_nb.models import ChatConfig, EmbeddingConfig, ToolCallResult
from racto_nb.replay import record, replay
from racto_nb.testing import FakeFault, FakeProvider, FakeReply, forbid_network
from racto_nb.tools import ToolRegistry

TEXTS = EmbeddingConfig(texts=["an index", "a table"])
both = pytest.mark.parametrize("colour", [Sync(), Asynchronous()], ids=["sync", "async"])
all_served = pytest.mark.parametrize("served", SERVED, ids=lambda served: served.name)


@all_served
@both
def test_a_stream_comes_again_piece_by_piece_when_the_server_is_gone(served: Served, colour: Colour, tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with FakeProvider([FakeReply.of("Hé, 你好! How are you?")]) as server, record(tape):
        address = server.base_url(served.wire)
        live = colour.stream(served.at(address), ASK)
        asked = len(server.requests)

    with replay(tape), forbid_network(allow_loopback=False):
        again = colour.stream(served.at(address), ASK)

    assert asked == 1
    assert [(chunk, chunk.raw) for chunk in again] == [(chunk, chunk.raw) for chunk in live]
    assert again[-1].response is not None
    assert live[-1].response is not None
    assert (live[-1].response.origin, again[-1].response.origin) == ("fresh", "replay")


@all_served
@both
def test_a_whole_answer_comes_again(served: Served, colour: Colour, tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with FakeProvider(["Hello."]) as server, record(tape):
        live = colour.chat(served.open(server), ASK)

    with replay(tape), forbid_network(allow_loopback=False):
        again = colour.chat(served.at(server.base_url(served.wire)), ASK)

    spent = tuple(replace(each, origin="replay") for each in live.spent)
    assert again == live.model_copy(update={"origin": "replay", "spent": spent})
    assert again.raw == live.raw


@pytest.mark.parametrize("served", [served for served in SERVED if served.embeds], ids=lambda served: served.name)
def test_vectors_come_again_to_the_last_bit(served: Served, tmp_path: Path):
    with FakeProvider() as server, record(tmp_path / "t.jsonl"):
        live = served.open(server).embed(TEXTS)

    with replay(tmp_path / "t.jsonl"):
        again = served.at(server.base_url(served.wire)).embed(TEXTS)

    assert [vector.embedding for vector in again.vectors] == [vector.embedding for vector in live.vectors]


@all_served
@both
def test_a_refusal_comes_again_as_the_same_error(served: Served, colour: Colour, tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with FakeProvider([FakeFault(**served.overflow)]) as server, record(tape), pytest.raises(ContextOverflowError) as live:
        colour.stream(served.open(server), ASK)

    with replay(tape), pytest.raises(ContextOverflowError) as again:
        colour.stream(served.at(server.base_url(served.wire)), ASK)

    assert str(again.value) == str(live.value)
    assert again.value.body == live.value.body


@both
def test_what_may_be_gone_at_the_next_try_is_not_recorded(colour: Colour, tmp_path: Path):
    served = SERVED[0]
    with FakeProvider([FakeFault(status=429, retry_after_ms=1), "Rome"]) as server, record(tmp_path / "t.jsonl") as tape:
        live = colour.chat(served.open(server), ASK)

    assert (live.content, tape.recorded) == ("Rome", 1)
    with replay(tmp_path / "t.jsonl"):
        assert colour.chat(served.at("http://127.0.0.1:9/v1"), ASK).content == "Rome"


@both
def test_a_stream_that_broke_or_was_left_is_not_recorded(colour: Colour, tmp_path: Path):
    served = SERVED[0]
    broken = FakeFault(FakeReply.of("one two three"), error_after=1)
    with FakeProvider([broken, "one two three"]) as server, record(tmp_path / "t.jsonl") as tape:
        with pytest.raises(StreamInterruptedError):
            colour.stream(served.open(server), ASK)
        with pytest.raises(ZeroDivisionError):
            colour.stream(served.open(server), ASK, seen=lambda _: 1 // 0)

    assert tape.recorded == 0


@both
def test_tools_run_for_real_in_a_replay(colour: Colour, tmp_path: Path):
    served = SERVED[0]
    rolled: list[int] = []

    def roll(sides: int) -> str:
        """Roll a die."""
        rolled.append(sides)
        return "4"

    registry = ToolRegistry()
    registry.register(roll)
    question = ChatConfig(user_message="Roll!", tools=registry, auto_execute_tools=True)
    calls = FakeReply(("",), tool_calls=(ToolCallResult(id="c1", name="roll", arguments={"sides": 6}),))
    with FakeProvider([calls, "You rolled a 4."]) as server, record(tmp_path / "t.jsonl"):
        live = colour.chat(served.open(server), question)

    with replay(tmp_path / "t.jsonl"):
        again = colour.chat(served.at(server.base_url(served.wire)), question)

    assert again.content == live.content == "You rolled a 4."
    assert rolled == [6, 6]


@both
def test_another_question_is_a_miss_that_says_what_differs(colour: Colour, tmp_path: Path):
    served = SERVED[0]
    with FakeProvider(["Hello."]) as server, record(tmp_path / "t.jsonl"):
        colour.chat(served.open(server), ChatConfig(user_message="Who wrote Faust?"))
        asked = len(server.requests)
        with replay(tmp_path / "t.jsonl"), pytest.raises(ReplayMissError, match=r"Who wrote \[Faust\? → Hamlet\?\]"):
            colour.chat(served.open(server), ChatConfig(user_message="Who wrote Hamlet?"))

        assert len(server.requests) == asked
