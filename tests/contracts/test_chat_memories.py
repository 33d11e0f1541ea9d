"""What every chat memory holds to, in this process and on a server, in both colours."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from colours import run_unblocked
from server_clock import in_time

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.models import ChatConfig, Message, ToolCallResult
from racto_nb.prompts.files import RactoFile
from racto_nb.redis import RedisChatMemory
from racto_nb.remembering import ChatMemory, ChatMemoryConfig, Memory
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry


class Face:
    """A memory in one colour: `face.append(...)` is `append` or `await aappend`. `later(seconds)` lets time pass."""

    def __init__(self, memory: Memory, colour: str, later: Callable[[float], None]) -> None:
        self.memory, self._colour, self.later = memory, colour, later

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if self._colour == "sync":
            return getattr(self.memory, name)
        return lambda *args, **options: run_unblocked(getattr(self.memory, f"a{name}")(*args, **options))


Make = Callable[..., Face]


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, place: str) -> Iterator[Make]:
    made: list[Memory] = []

    def build(**settings: Any) -> Face:
        config = ChatMemoryConfig(key_prefix=f"test:{secrets.token_hex(6)}", **settings)
        if place == "process":
            clock = [1000.0]
            made.append(ChatMemory(config, clock=lambda: clock[0]))
            return Face(made[-1], request.param, lambda seconds: clock.__setitem__(0, clock[0] + seconds))
        made.append(RedisChatMemory(url=request.getfixturevalue("valkey").url(), config=config))
        return Face(made[-1], request.param, time.sleep)

    yield build
    for memory in made:
        memory.close()


@pytest.fixture(params=["process", "redis"])
def place(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def memory(make: Make) -> Face:
    return make()


def said(*texts: str) -> list[Message]:
    """A conversation in letters: "u…" is the user, "a…" the assistant, "c…" one that calls a tool, "t…" its result, "s…" the system."""
    roles = {"u": "user", "a": "assistant", "c": "assistant", "t": "tool", "s": "system"}
    return [
        Message(
            role=roles[text[0]],
            content=text,
            tool_calls=[ToolCallResult(id=f"call_{text}", name="look", arguments={"at": 1})] if text[0] == "c" else [],
            tool_call_id=f"call_{text.replace('t', 'c')}" if text[0] == "t" else "",
            name="look" if text[0] == "t" else "",
        )
        for text in texts
    ]


def texts(memory: Face, conversation: str = "c") -> list[str]:
    return [message.content for message in memory.get_messages(conversation)]


def test_what_was_said_comes_back_in_its_order(memory: Face):
    memory.append("c", "user", "What is the capital of France?")
    memory.append("c", "assistant", "The capital of France is Paris.")
    memory.append("c", "user", "And what is its population?")
    history = memory.get_history("c")
    assert history == [
        {"role": "user", "content": "What is the capital of France?"},
        {"role": "assistant", "content": "The capital of France is Paris."},
        {"role": "user", "content": "And what is its population?"},
    ]
    assert [Message(**turn) for turn in history] == memory.get_messages("c")
    assert memory.count("c") == 3


def test_a_conversation_nobody_knows_is_empty(memory: Face):
    assert (memory.get_history("c"), memory.get_messages("c"), memory.count("c")) == ([], [], 0)
    memory.clear("c")


NAMES = ("*", "a", "a:b", "[a]", "a\\", "ü{x}", "a%3Ab", "\udc80")


def test_names_of_any_characters_are_conversations_of_their_own(memory: Face):
    for name in NAMES:
        memory.append(name, "user", f"I am {name.encode(errors='replace')}")
    memory.clear("*")
    assert [memory.count(name) for name in NAMES] == [0, *[1] * (len(NAMES) - 1)]
    assert memory.get_history("a:b") == [{"role": "user", "content": "I am b'a:b'"}]


@pytest.mark.parametrize("wrong", ["", None, 42])
def test_a_conversation_has_a_name(memory: Face, wrong: Any):
    for ask in (lambda: memory.append(wrong, "user", "Hi"), lambda: memory.get_history(wrong), lambda: memory.clear(wrong)):
        with pytest.raises(UsageError, match="conversation_id"):
            ask()


def test_only_the_last_turns_are_kept(make: Make):
    memory = make(max_turns=2)
    for text in said("u1", "a1", "u2", "a2", "u3"):
        memory.add("c", text)
    assert texts(memory) == ["u2", "a2", "u3"]
    memory.append("c", "assistant", "a3")
    assert texts(memory) == ["u2", "a2", "u3", "a3"]


def test_a_turn_goes_as_a_whole_with_its_calls_and_their_results(make: Make):
    memory = make(max_turns=1)
    memory.add("c", *said("u1", "c1", "t1", "c2", "t2", "a1"))
    assert texts(memory) == ["u1", "c1", "t1", "c2", "t2", "a1"]
    memory.add("c", *said("u2", "c3", "t3"))
    assert texts(memory) == ["u2", "c3", "t3"]
    memory.add("c", *said("a2"))
    assert texts(memory) == ["u2", "c3", "t3", "a2"]


def test_what_follows_a_complete_answer_is_a_turn_of_its_own(make: Make):
    """Else a conversation of answers alone would never be shortened. A result that comes late belongs to its call."""
    memory = make(max_turns=2)
    memory.add("c", *said("a1", "a2", "a3", "s4", "u5"))
    assert texts(memory) == ["s4", "u5"]
    memory.add("d", *said("u1", "a1", "t1", "u2"))
    assert texts(memory, "d") == ["u1", "a1", "t1", "u2"]


def test_all_parts_of_a_message_come_back(memory: Face):
    picture = RactoFile(bytes(range(256)), "image/png", name="dots.png")
    call = ToolCallResult(id="call_1", name="look", arguments={"a": [1, None], "b": "ü\n"})
    memory.append("c", "user", "Look at\nthis: ü 😀", attachments=[picture])
    memory.append("c", "assistant", "", tool_calls=[call])
    memory.append("c", "tool", "nothing\n", tool_call_id="call_1", name="look", is_error=True)
    memory.add("c", Message(role="assistant", content="Well.", own={"openai:m": [{"id": "r1"}]}))
    first, second, third, fourth = memory.get_messages("c")
    assert first == Message(role="user", content="Look at\nthis: ü 😀", attachments=[picture])
    assert second.tool_calls == [call]
    assert (third.tool_call_id, third.name, third.is_error, third.content) == ("call_1", "look", True, "nothing\n")
    assert fourth.own == {"openai:m": [{"id": "r1"}]}
    assert [Message(**turn) for turn in memory.get_history("c")] == [first, second, third, fourth]
    assert memory.get_history("c")[2] == {
        "role": "tool", "content": "nothing\n", "tool_call_id": "call_1", "name": "look", "is_error": True,
    }  # fmt: skip


def test_a_kit_goes_on_from_what_is_remembered(memory: Face):
    kit = FakeKit(["Paris.", "About two million."])
    for question in ("What is the capital of France?", "How many people live there?"):
        answer = kit.chat(ChatConfig(user_message=question, history=memory.get_messages("c")))
        memory.add("c", Message(role="user", content=question), *answer.messages)
    assert [message["content"] for message in kit.calls[1]["messages"]] == [
        "What is the capital of France?", "Paris.", "How many people live there?",
    ]  # fmt: skip
    assert memory.count("c") == 4


def look() -> str:
    """Look outside."""
    return "sun"


def test_a_turn_with_tools_is_remembered_as_the_kit_gives_it(memory: Face):
    call = ToolCallResult(id="call_1", name="look", arguments={})
    from racto_nb.models import FinishReason
    from racto_nb.testing import FakeReply

    kit = FakeKit([FakeReply(("",), finish_reason=FinishReason.TOOL_CALL, tool_calls=(call,)), "It is sunny."])
    question = ChatConfig(user_message="How is it outside?", tools=ToolRegistry([look]), auto_execute_tools=True)
    answer = kit.chat(question)
    memory.add("c", Message(role="user", content=question.user_message), *answer.messages)
    assert [message.role.value for message in memory.get_messages("c")] == ["user", "assistant", "tool", "assistant"]
    assert memory.get_messages("c")[1:] == answer.messages


def test_what_is_given_and_what_is_got_are_copies(memory: Face):
    message = Message(role="user", content="Hi")
    memory.add("c", message)
    message.content = "changed"
    memory.get_messages("c")[0].content = "changed too"
    assert texts(memory) == ["Hi"]


def test_a_conversation_is_forgotten_after_its_time_also_after_parts_of_a_second(make: Make):
    memory = make(ttl_seconds=0.4)

    def attempt(name: str) -> tuple[str, int, int]:
        memory.append(name, "user", "Hi")
        memory.later(0.25)
        before = memory.count(name)
        memory.append(name, "assistant", "Hello")
        memory.later(0.25)
        return name, before, memory.count(name)

    name, before, after = in_time(0.65, attempt)
    assert (before, after) == (1, 2)  # the last message began its time anew
    memory.later(0.4)
    assert memory.count(name) == 0


def test_a_time_below_a_millisecond_is_one(make: Make):
    memory = make(ttl_seconds=0.0001)
    memory.append("c", "user", "Hi")
    memory.later(0.01)
    assert memory.get_history("c") == []


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (("robot", "Hi"), UsageError, "role of a message"),
        (("user", 42), WrongTypeError, "content"),
        (("user", None), WrongTypeError, "content"),
    ],
)
def test_what_is_no_message_is_refused(memory: Face, wrong: Any, error: type[Exception], words: str):
    with pytest.raises(error, match=words):
        memory.append("c", *wrong)
    for nothing, what in (((), UsageError), (({"role": "user", "content": "Hi"},), WrongTypeError)):
        with pytest.raises(what, match=r"Write: memory\.add"):
            memory.add("c", *nothing)
    assert memory.count("c") == 0


def test_several_that_add_at_once_do_not_come_between_each_other(memory: Face):
    def add(name: str) -> None:
        for number in range(10):
            memory.memory.add("c", *said(f"u{name}{number}", f"a{name}{number}"))

    threads = [threading.Thread(target=add, args=(name,)) for name in "pqr"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = texts(memory)
    assert len(kept) == 20
    assert all(one[0] == "u" and other == f"a{one[1:]}" for one, other in zip(kept[::2], kept[1::2], strict=True))


def test_a_memory_is_closed_and_goes_on_when_it_is_used(memory: Face):
    with memory.memory as same:
        same.append("c", "user", "Hi")

    async def main() -> int:
        async with memory.memory as same:
            return await same.acount("c")

    assert run_unblocked(main()) == memory.count("c") == 1


def test_it_is_said_how_much_is_kept(make: Make):
    assert "10 turns, for ever" in repr(make().memory)
    assert "3 turns, for 60 s" in repr(make(max_turns=3, ttl_seconds=60).memory)


@pytest.mark.parametrize("wrong", [{"max_turns": 0}, {"ttl_seconds": 0}, {"ttl_seconds": float("nan")}, {"max_turn": 3}])
def test_settings_out_of_their_range_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ChatMemoryConfig(**wrong)
