"""What a chat memory keeps in an outage, for how long, and that nothing of it is told twice."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from cut_line import CutLine
from services.redis.conftest import Did
from valkey_server import ValkeyServer

from racto_nb.exceptions import ServiceError, ServiceWarning
from racto_nb.models import Message
from racto_nb.redis import RedisChatMemory
from racto_nb.redis.meanwhile import MOST_SEEN, Meanwhile, Sent
from racto_nb.remembering import ChatMemoryConfig


@contextmanager
def quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ServiceWarning)
        yield


@contextmanager
def lost_replies(memory: RedisChatMemory, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server carries requests out, and nobody hears of it."""
    plain = type(memory._way).send

    def lost(way: Any, request: Any) -> Any:
        plain(way, request)
        raise ServiceError("the reply was lost")

    with patch.context() as patched, quietly():
        patched.setattr(type(memory._way), "send", lost)
        yield


def sent(*texts: str, role: str = "user") -> list[Sent]:
    return [Sent.of(Message(role=role, content=text), f"{text:.>16}") for text in texts]


def contents(messages: Sequence[Message | Sent]) -> list[str]:
    return [each.content if isinstance(each, Message) else each.message.content for each in messages]


def test_of_no_conversation_that_waits_is_sight_lost():
    meanwhile = Meanwhile(ChatMemoryConfig())
    names = [f"c{number}" for number in range(MOST_SEEN + 20)]
    for name in names:
        meanwhile.kept(name, sent(name))
    assert all(contents(meanwhile.known(name)) == [name] for name in names)
    for name in names:
        meanwhile.delivered(name, meanwhile.waiting(name))
    assert [bool(meanwhile.known(name)) for name in names] == [False] * 20 + [True] * MOST_SEEN


def test_what_waits_is_forgotten_when_its_conversation_is():
    now = [0.0]
    meanwhile = Meanwhile(ChatMemoryConfig(ttl_seconds=10), clock=lambda: now[0])
    meanwhile.kept("c", sent("one"))
    now[0] = 9
    meanwhile.kept("c", sent("two"))
    now[0] = 18
    assert (contents(meanwhile.waiting("c")), meanwhile.rest("c")) == (["one", "two"], 1)
    now[0] = 20
    assert (meanwhile.waiting("c"), meanwhile.known("c")) == ([], [])
    meanwhile.kept("c", sent("three"))
    assert contents(meanwhile.waiting("c")) == ["three"]


def test_what_is_seen_again_is_not_younger():
    now = [0.0]
    meanwhile = Meanwhile(ChatMemoryConfig(ttl_seconds=10), clock=lambda: now[0])
    for now[0] in (0, 9):
        meanwhile.seen("c", [Message(role="user", content="Hi")])
    assert contents(meanwhile.known("c")) == ["Hi"]
    now[0] = 11
    assert meanwhile.known("c") == []


def test_answers_without_a_question_wait_no_longer_than_their_turns():
    meanwhile = Meanwhile(ChatMemoryConfig(max_turns=2))
    for number in range(50):
        meanwhile.kept("c", sent(f"a{number}", role="assistant"))
    assert contents(meanwhile.waiting("c")) == ["a48", "a49"]


def test_a_message_that_has_expired_in_an_outage_does_not_come_back(line: CutLine, prefix: str, did: Did):
    config = ChatMemoryConfig(key_prefix=prefix, ttl_seconds=60)
    now = [0.0]
    with RedisChatMemory(url=f"redis://127.0.0.1:{line.port}/2", config=config) as memory:
        memory._meanwhile = Meanwhile(config, clock=lambda: now[0])
        line.cut()
        with quietly():
            did(memory, "append", "c", "user", "of an hour ago")
            did(memory, "append", "d", "user", "new")
        line.mend()
        now[0] = 50
        assert did(memory, "count", "d") == 1
        now[0] = 61
        did(memory, "append", "c", "user", "now")
        assert contents(did(memory, "get_messages", "c")) == ["now"]


def test_a_lost_reply_is_not_doubled_once_its_turn_was_dropped(
    valkey: ValkeyServer, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    config = ChatMemoryConfig(key_prefix=prefix, max_turns=2)
    with RedisChatMemory(url=valkey.url(), config=config) as memory, RedisChatMemory(url=valkey.url(), config=config) as other:
        with lost_replies(memory, monkeypatch):
            memory.append("c", "user", "old")
        for text in ("one", "two", "three"):
            other.append("c", "user", text)
        assert contents(memory.get_messages("c")) == ["two", "three"]
        with lost_replies(memory, monkeypatch):
            memory.append("c", "assistant", "3")
        other.clear("c")
        assert memory.count("c") == 0
        memory.append("c", "user", "anew")
        assert contents(other.get_messages("c")) == ["anew"]


def test_of_the_names_of_messages_the_last_are_known_and_not_for_ever(valkey: ValkeyServer, prefix: str):
    from racto_nb.redis.connecting import Command

    with RedisChatMemory(url=valkey.url(), config=ChatMemoryConfig(key_prefix=prefix, max_turns=1)) as memory:
        memory.add("c", *(Message(role="user", content=f"{number}") for number in range(130)))
        (ids,) = set(memory._way.send(Command(("KEYS", f"{prefix}:*")))) - {f"{prefix}:c".encode()}
        assert memory._way.send(Command(("ZCARD", ids))) == 100
        assert 0 < memory._way.send(Command(("TTL", ids))) <= 86_400
        assert memory._way.send(Command(("TTL", f"{prefix}:c"))) == -1


def test_what_waits_when_the_memory_is_closed_is_told_then(line: CutLine, valkey: ValkeyServer, prefix: str, did: Did):
    config = ChatMemoryConfig(key_prefix=prefix)
    memory = RedisChatMemory(url=f"redis://127.0.0.1:{line.port}/2", config=config)
    did(memory, "append", "c", "user", "q")
    line.cut()
    with quietly():
        did(memory, "append", "c", "assistant", "a")
        did(memory, "append", "d", "user", "another")
    line.mend()
    did(memory, "close")
    with RedisChatMemory(url=f"redis://127.0.0.1:{valkey.port}/2", config=config) as other:
        assert (contents(other.get_messages("c")), contents(other.get_messages("d"))) == (["q", "a"], ["another"])
    did(memory, "append", "c", "user", "and again")
    assert contents(did(memory, "get_messages", "c")) == ["q", "a", "and again"]
    did(memory, "close")


def test_what_cannot_be_told_when_the_memory_is_closed_is_counted(line: CutLine, prefix: str, did: Did):
    memory = RedisChatMemory(url=f"redis://127.0.0.1:{line.port}/2", config=ChatMemoryConfig(key_prefix=prefix))
    line.cut()
    with quietly():
        did(memory, "append", "c", "user", "one")
        did(memory, "append", "c", "assistant", "two")
        did(memory, "append", "d", "user", "three")
    with pytest.warns(ServiceWarning, match=r"3 messages of 2 conversations could not be told .* before close\(\): Redis at"):
        did(memory, "close")
    line.mend()
    did(memory, "close")
    assert contents(did(memory, "get_messages", "d")) == ["three"]
    did(memory, "close")


def test_a_conversation_that_is_refused_at_the_end_keeps_no_other_from_being_told(line: CutLine, prefix: str, did: Did):
    from racto_nb.redis.connecting import Command

    config = ChatMemoryConfig(key_prefix=prefix)
    memory = RedisChatMemory(url=f"redis://127.0.0.1:{line.port}/2", config=config)
    line.cut()
    with quietly():
        did(memory, "append", "c", "user", "one")
        did(memory, "append", "d", "user", "two")
    line.mend()
    memory._way.send(Command(("SET", f"{prefix}:c", "a text")))
    with pytest.warns(ServiceWarning, match=r"1 message of 1 conversation could not be told .*WRONGTYPE"):
        did(memory, "close")
    with RedisChatMemory(url=f"redis://127.0.0.1:{line.port}/2", config=config) as other:
        assert contents(other.get_messages("d")) == ["two"]
        memory._meanwhile.forgotten("c")
