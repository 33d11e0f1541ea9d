"""What goes on when the server does not: a cut line, a server that is stopped, or that never answers; entries that are damaged."""

from __future__ import annotations

import secrets
import socket
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import valkey_server
from cut_line import CutLine
from hypothesis import given
from hypothesis import strategies as st
from services.redis.conftest import Did
from valkey_server import ValkeyServer

from racto_nb.cache import CacheWarning
from racto_nb.exceptions import ServiceError, ServiceWarning
from racto_nb.limiting import RateLimitConfig
from racto_nb.models import ChatConfig, LLMResponse, Message
from racto_nb.redis import RedisChatMemory, RedisExactCache, RedisRateLimiter
from racto_nb.redis.connecting import Command
from racto_nb.redis.pausing import Pause
from racto_nb.remembering import ChatMemoryConfig
from racto_nb.testing import FakeKit

ASK = ChatConfig(user_message="Hi", max_tokens=10)
ANSWER = LLMResponse(content="Hello")


@contextmanager
def said_once(kind: type[Warning], *words: str) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        yield
    assert [warning.category for warning in heard] == [kind], [str(warning.message) for warning in heard]
    for word in words:
        assert word in str(heard[0].message)


def url_of(line: CutLine) -> str:
    return f"redis://127.0.0.1:{line.port}/2"


@pytest.mark.parametrize("on_outage", ["allow", "deny"])
def test_a_limiter_decides_as_it_was_told_and_says_so_once_for_an_outage(line: CutLine, prefix: str, did: Did, on_outage: Any):
    config = RateLimitConfig(max_tokens_per_minute=100, key_prefix=prefix)
    with RedisRateLimiter(url=url_of(line), config=config, on_outage=on_outage) as limiter:
        held = did(limiter, "reserve", "u", 40)
        for _ in range(2):
            line.cut()
            with said_once(ServiceWarning, f"127.0.0.1:{line.port}", "once for an outage"):
                assert did(limiter, "check_and_consume", "u", 30) is (on_outage == "allow")
                assert did(limiter, "get_remaining", "u") == (100 if on_outage == "allow" else 0)
                granted = did(limiter, "reserve", "u", 30)
                did(granted, "settle", 1)
            with pytest.raises(ServiceError, match="Redis at redis://127"):
                did(limiter, "reset", "u")
            line.mend()
            assert did(limiter, "get_remaining", "u") == 60
        did(held, "settle", 10)
        assert did(limiter, "get_remaining", "u") == 90


def test_a_kit_goes_on_without_its_limiter_and_its_cache(line: CutLine, prefix: str):
    kit = FakeKit(["one", "two", "three"])
    with RedisExactCache(url=url_of(line), key_prefix=prefix) as cache, RedisRateLimiter(url=url_of(line)) as limiter:
        line.cut()
        asking = kit.with_exact_cache(cache).with_rate_limiter(limiter)
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            assert [asking.chat(ASK).content, next(iter(asking.stream(ASK))).accumulated_text] == ["one", "two"]
        assert sorted(warning.category.__name__ for warning in heard) == ["CacheWarning", "ServiceWarning"]
        line.mend()
        assert [asking.chat(ASK).content for _ in range(2)] == ["three", "three"]


def test_a_cache_by_hand_knows_nothing_and_only_what_must_be_sure_is_an_error(line: CutLine, prefix: str, did: Did):
    with RedisExactCache(url=url_of(line), key_prefix=prefix) as cache:
        did(cache, "put", "k", ANSWER)
        line.cut()
        with said_once(CacheWarning, "look an answer up", "ServiceError"):
            assert did(cache, "get", "k") is None
            did(cache, "put", "other", ANSWER)
            assert "k" not in cache
        for method, values in (("clear", ()), ("invalidate", ("k",))):
            with pytest.raises(ServiceError):
                did(cache, method, *values)
        with pytest.raises(ServiceError):
            len(cache)
        line.mend()
        assert did(cache, "get", "k") == ANSWER


def test_a_conversation_goes_on_in_the_process_and_is_told_to_the_server_later(line: CutLine, prefix: str, did: Did):
    config = ChatMemoryConfig(max_turns=3, key_prefix=prefix)
    with RedisChatMemory(url=url_of(line), config=config) as memory, RedisChatMemory(url=url_of(line), config=config) as other:
        did(memory, "append", "c", "user", "one")
        did(memory, "append", "c", "assistant", "1")
        line.cut()
        with said_once(ServiceWarning, "go on in this process"):
            did(memory, "append", "c", "user", "two")
            did(memory, "append", "c", "assistant", "2")
            did(memory, "append", "d", "user", "another")
            assert [message.content for message in did(memory, "get_messages", "c")] == ["one", "1", "two", "2"]
            assert did(memory, "count", "d") == 1
        line.mend()
        assert did(other, "count", "c") == 2
        assert did(memory, "count", "c") == 4
        did(memory, "append", "d", "assistant", "answer")
        assert [message.content for message in did(other, "get_messages", "c")] == ["one", "1", "two", "2"]
        assert [message.content for message in did(other, "get_messages", "d")] == ["another", "answer"]


def test_of_a_long_outage_the_last_turns_are_told(line: CutLine, prefix: str):
    with RedisChatMemory(url=url_of(line), config=ChatMemoryConfig(max_turns=2, key_prefix=prefix)) as memory:
        line.cut()
        with said_once(ServiceWarning):
            for number in range(5):
                memory.add("c", Message(role="user", content=f"u{number}"), Message(role="assistant", content=f"a{number}"))
        line.mend()
        assert [message.content for message in memory.get_messages("c")] == ["u3", "a3", "u4", "a4"]


def test_a_conversation_that_cannot_be_cleared_is_an_error(line: CutLine, prefix: str, did: Did):
    with RedisChatMemory(url=url_of(line), config=ChatMemoryConfig(key_prefix=prefix)) as memory:
        did(memory, "append", "c", "user", "secret")
        line.cut()
        with pytest.raises(ServiceError):
            did(memory, "clear", "c")
        line.mend()
        did(memory, "clear", "c")
        assert did(memory, "count", "c") == 0


def test_a_message_whose_arrival_is_unknown_is_there_once(valkey: ValkeyServer, prefix: str, monkeypatch: pytest.MonkeyPatch):
    with RedisChatMemory(url=valkey.url(), config=ChatMemoryConfig(key_prefix=prefix)) as memory:
        plain = type(memory._way).send

        def lost(way: Any, request: Any) -> Any:
            plain(way, request)
            raise ServiceError("the reply was lost")

        monkeypatch.setattr(type(memory._way), "send", lost)
        with said_once(ServiceWarning, "the reply was lost"):
            memory.append("c", "user", "once")
        monkeypatch.undo()
        memory.append("c", "assistant", "answer")
        assert [message.content for message in memory.get_messages("c")] == ["once", "answer"]


def test_a_server_that_is_stopped_and_started_is_used_again(tmp_path: Path, prefix: str):
    """It has lost the scripts and what it kept: the memory tells it what the process still has to tell, and nothing else."""
    with ExitStack() as closing:
        server = valkey_server.started(tmp_path, closing, "--appendonly", "yes", "--appendfsync", "always")
        memory = closing.enter_context(RedisChatMemory(url=server.url(), config=ChatMemoryConfig(key_prefix=prefix)))
        limiter = closing.enter_context(RedisRateLimiter(url=server.url(), config=RateLimitConfig(key_prefix=prefix)))
        memory.append("c", "user", "before")
        limiter.check_and_consume("u", 100)
        server.stop()
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            memory.append("c", "assistant", "meanwhile")
            assert limiter.check_and_consume("u", 100) is True
        assert [warning.category for warning in heard] == [ServiceWarning, ServiceWarning]
        server.start()
        assert [message.content for message in memory.get_messages("c")] == ["before", "meanwhile"]
        assert limiter.get_remaining("u") == 9_900  # the file remembers; what was allowed meanwhile was not counted


def test_a_server_that_never_answers_is_not_waited_for(did: Did, prefix: str):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with RedisRateLimiter(url=url, timeout_s=0.05) as limiter, said_once(ServiceWarning, "Timeout"):
            assert did(limiter, "check_and_consume", "u") is True


def test_a_damaged_answer_is_none_and_is_written_anew(valkey: ValkeyServer, prefix: str, did: Did):
    with RedisExactCache(url=valkey.url(), key_prefix=prefix) as cache:
        kit = FakeKit(["one", "two"]).with_exact_cache(cache)
        did(kit, "chat", ASK)
        (key,) = cache._store.way.send(Command(("KEYS", f"{prefix}:*")))
        for wrong in (b"", b"garbage", b"1.5 {}", b"nan [1]", b"\xff\xfe"):
            cache._store.way.send(Command(("SET", key, wrong)))
            cache._has_warned = False
            name = key.decode().rpartition(":")[2]
            if not wrong:
                assert did(cache, "get", name) is None
                continue
            with said_once(CacheWarning, "look an answer up"):
                assert did(cache, "get", name) is None
        cache._has_warned = False
        with said_once(CacheWarning):
            assert did(kit, "chat", ASK).content == "two"
        assert did(kit, "chat", ASK).content == "two"


def test_entries_that_are_no_messages_are_left_out_counted_and_told_once(valkey: ValkeyServer, prefix: str, did: Did):
    with RedisChatMemory(url=valkey.url(), config=ChatMemoryConfig(key_prefix=prefix)) as memory:
        did(memory, "append", "c", "user", "Hi")
        for wrong in ("garbage", "", '{"role": "robot", "content": "x"}', "d0123456789abcdef{}", b"\xff"):
            memory._way.send(Command(("RPUSH", f"{prefix}:c", wrong)))
        memory._way.send(Command(("RPUSH", f"{prefix}:c", '{"role": "assistant", "content": "of another program"}')))
        with said_once(ServiceWarning, "conversation 'c'", "5 entries are no messages"):
            for _ in range(2):
                assert [message.content for message in did(memory, "get_messages", "c")] == ["Hi", "of another program"]
        assert memory.unreadable == 5
        did(memory, "append", "c", "user", "And now?")
        assert did(memory, "count", "c") == 3


def test_a_key_that_holds_something_else_is_an_error_and_nothing_waits(valkey: ValkeyServer, prefix: str, did: Did):
    with RedisChatMemory(url=valkey.url(), config=ChatMemoryConfig(key_prefix=prefix)) as memory:
        memory._way.send(Command(("SET", f"{prefix}:c", "a text")))
        for call in (("append", "c", "user", "Hi"), ("get_messages", "c")):
            with pytest.raises(ServiceError, match="WRONGTYPE") as caught:
                did(memory, *call)
            assert caught.value.refused
        memory._way.send(Command(("DEL", f"{prefix}:c")))
        did(memory, "append", "c", "user", "Hi again")
        assert [message.content for message in did(memory, "get_messages", "c")] == ["Hi again"]


PASSWORD = "geheim-9f3!"


@pytest.fixture
def user(valkey: ValkeyServer) -> Iterator[str]:
    """A user of the server who may touch keys of one prefix only."""
    name = f"racto{secrets.token_hex(4)}"
    with RedisExactCache(url=valkey.url()) as admin:
        admin._way.send(Command(("ACL", "SETUSER", name, "on", f">{PASSWORD}", "~mine:*", "+@all", "-flushall")))
        yield name
        admin._way.send(Command(("ACL", "DELUSER", name)))


def test_a_user_with_a_password_is_let_in_and_the_password_is_shown_nowhere(valkey: ValkeyServer, user: str, did: Did):
    def url(password: str) -> str:
        return f"redis://{user}:{password}@127.0.0.1:{valkey.port}/0"

    config = ChatMemoryConfig(key_prefix=f"mine:{secrets.token_hex(4)}")
    with RedisChatMemory(url=url("geheim-9f3%21"), config=config) as memory:
        did(memory, "append", "c", "user", "Hi")
        assert did(memory, "count", "c") == 1
        shown = [repr(memory), repr(memory._way), repr(memory._way._server.pool), str(vars(memory))]
    with RedisChatMemory(url=url(PASSWORD + "x"), config=config) as wrong:
        with pytest.raises(ServiceError, match="AuthenticationError") as caught:
            did(wrong, "append", "c", "user", "Hi")
        shown.append(str(caught.value))
    with RedisChatMemory(url=url("geheim-9f3%21")) as elsewhere:
        with pytest.raises(ServiceError, match="NoPermissionError") as caught:
            did(elsewhere, "clear", "c")
        shown += [str(caught.value), repr(caught.value), str(caught.value.place)]
    assert not any("geheim" in text for text in shown)


@pytest.mark.parametrize("on_outage", ["allow", "deny"])
def test_a_server_that_refuses_is_no_outage_for_a_limiter(valkey: ValkeyServer, user: str, did: Did, on_outage: Any):
    """Else a wrong password would let everybody through for ever."""
    at = f"127.0.0.1:{valkey.port}/0"
    mine, kind = f"mine:{secrets.token_hex(4)}", {"on_outage": on_outage}
    with RedisRateLimiter(url=valkey.url(), config=RateLimitConfig(key_prefix=mine), **kind) as limiter:
        limiter._way.send(Command(("SET", limiter._key("text"), "a text")))
        refused = [(limiter, "text", "WRONGTYPE")]
        wrong = RedisRateLimiter(url=f"redis://{user}:geheim-wrong@{at}", **kind)
        elsewhere = RedisRateLimiter(url=f"redis://{user}:geheim-9f3%21@{at}", **kind)
        refused += [(wrong, "u", "AuthenticationError"), (elsewhere, "u", "NoPermissionError")]
        for each, name, words in refused:
            for method, tokens in (("reserve", (1,)), ("check_and_consume", ()), ("get_remaining", ())):
                with pytest.raises(ServiceError, match=words) as caught:
                    did(each, method, name, *tokens)
                assert caught.value.refused
                assert "geheim" not in f"{caught.value!r} {caught.value}"
        for each in (wrong, elsewhere):
            did(each, "close")


def test_a_server_that_cannot_write_now_is_an_outage(tmp_path: Path, prefix: str):
    with ExitStack() as closing:
        server = valkey_server.started(tmp_path, closing, "--min-replicas-to-write", "1")
        limiter = closing.enter_context(RedisRateLimiter(url=server.url(), config=RateLimitConfig(key_prefix=prefix)))
        with said_once(ServiceWarning, "failed"):
            assert limiter.check_and_consume("u")


def test_each_outage_is_heard_of_under_the_filter_that_python_has(line: CutLine, prefix: str):
    with RedisRateLimiter(url=url_of(line), config=RateLimitConfig(key_prefix=prefix)) as limiter:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("default")
            for _ in range(3):
                assert limiter.get_remaining("u") == 10_000
                line.cut()
                for _ in range(2):
                    limiter.check_and_consume("u")
                line.mend()
        assert ["1st" in str(heard[0].message), "2nd" in str(heard[1].message), len(heard)] == [True, True, 3]


def test_a_server_that_does_not_answer_is_waited_for_once_and_left_alone_for_a_moment(did: Did):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0.05)
        known = {"url": f"redis://127.0.0.1:{silent.getsockname()[1]}/0", "timeout_s": 0.1, "pause_s": 600}
        cache, limiter, memory = (made(**known) for made in (RedisExactCache, RedisRateLimiter, RedisChatMemory))
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            for _ in range(3):
                assert did(cache, "get", "k") is None
                assert did(limiter, "check_and_consume", "u") is True
                did(memory, "append", "c", "user", "Hi")
            assert did(memory, "count", "c") == 3
        assert len(heard) == 3
        with pytest.raises(ServiceError, match="pause_s"):
            did(limiter, "reset", "u")
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):  # no second one came
            silent.accept()
        with said_once(ServiceWarning, "3 messages of 1 conversation", "pause_s"):
            for each in (cache, limiter, memory):
                did(each, "close")


@given(st.floats(0, 10), st.lists(st.tuples(st.sampled_from(["ask", "silent", "answered"]), st.floats(0, 5)), max_size=30))
def test_a_pause_is_never_longer_than_was_said(seconds: float, steps: list[tuple[str, float]]):
    now, last = 0.0, float("-inf")
    pause = Pause(seconds, lambda: now)
    for what, later in steps:
        now += later
        if what == "silent":
            pause.begin()
            last = now
        elif what == "answered":
            pause.end()
            last = float("-inf")
        else:
            try:
                pause.check("here")
            except ServiceError:
                assert now < last + seconds
            else:
                assert now >= last + seconds
                last = now if last > float("-inf") else last
