"""A chat without a page: real work on its loop, with kits that answer from a script."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from controllers.recorded_comm import RecordedComm
from thinking_kit import ThinkingKit, thoughtful

from racto_nb.exceptions import UsageError
from racto_nb.models.chat import Message
from racto_nb.notebook.controllers.chat.events import Attached
from racto_nb.notebook.widgets.approving import REFUSED
from racto_nb.notebook.widgets.chat import Chat
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.wire import Abilities
from racto_nb.rag import RactoRAG
from racto_nb.testing import FakeKit, FakeReply
from racto_nb.tools import ToolRegistry

LONG = FakeReply(tuple(f"word{number} " for number in range(5000)), delay=0.01)
PROMPT = RactoPrompt(role="A cook.", aim="Cook.", constraints=["Be brief."], tone="Plain", output_format="text")


@pytest.fixture
def chats():
    """Makes chats that are closed at the end."""
    made = []

    def make(*kits, **more):
        chat = Chat(*kits, **more)
        chat.comm = RecordedComm()
        made.append(chat)
        return chat

    yield make
    for chat in made:
        chat.close()


def until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    assert condition()


def test_a_chat_needs_a_kit():
    with pytest.raises(UsageError, match=r"needs a kit"):
        Chat()


def test_what_was_said_goes_along_with_the_next_question(chats):
    kit = FakeKit(["One.", "Two."])
    chat = chats(kit, prompt=PROMPT, history=[Message(role="user", content="Hi")], max_tokens=50)
    chat.ask("First?")
    chat.wait(30)
    chat.ask("Second?")

    assert chat.wait(30).text == "Two."
    sent = kit.calls[-1]
    assert [message["content"] for message in sent["messages"][1:]] == ["Hi", "First?", "One.", "Second?"]
    assert sent["max_tokens"] == 50
    assert [message.content for message in chat.messages] == ["Hi", "First?", "One.", "Second?", "Two."]
    assert [message.role for message in chat.example().messages] == ["system", "user", "user", "assistant", "user", "assistant"]


def test_several_models_answer_side_by_side(chats):
    chat = chats(FakeKit(["a"], model="x"), FakeKit(["b"], model="y"), FakeKit(["c"], model="x"))
    chat.ask("Which?")
    chat.wait(30)

    answers = chat.exchanges["q0"]["answers"]
    assert [(each["model"], each["text"]) for each in answers] == [("fake:x", "a"), ("fake:y", "b"), ("fake:x #2", "c")]


def test_stop_keeps_what_had_arrived_and_hangs_up(chats):
    kit = FakeKit([LONG])
    chat = chats(kit)
    chat.ask("Go")
    until(lambda: "a1" in chat.streams)
    chat.stop()

    assert chat.wait(30).text.startswith("word0")
    assert chat.exchanges["q0"]["answers"][0]["state"] == "stopped"
    assert chat.messages[-1].content.startswith("word0")
    assert kit.open_streams == 0
    assert chat.streams == {}


def test_a_wait_ends_after_its_time_and_the_answer_goes_on(chats):
    chat = chats(FakeKit([LONG]))
    chat.ask("Go")

    with pytest.raises(TimeoutError, match="still being written"):
        chat.wait(0.05)
    assert chat.busy


def test_a_failure_is_shown_below_its_answer(chats):
    chat = chats(FakeKit([FakeReply(("half ", "of it"), cut_after=1)]))
    chat.ask("Go")
    chat.wait(30)

    answer = chat.exchanges["q0"]["answers"][0]
    assert (answer["state"], answer["text"]) == ("failed", "half ")
    assert "StreamInterruptedError" in answer["warning"]


def test_thinking_is_folded_above_the_answer(chats):
    chat = chats(ThinkingKit([thoughtful(5, 3)], abilities=Abilities(thinking=True)), thinking=True)
    chat.ask("Go")

    assert chat.wait(30).thinking
    assert "racto-thought" in chat.exchanges["q0"]["answers"][0]["above"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_tool_runs_after_a_yes_only(chats, allowed):
    ran = []

    def weather(city: str) -> str:
        """The weather in a city."""
        ran.append((city, threading.current_thread().name))
        return "rain"

    kit = FakeKit([FakeReply("", tool_calls=[{"name": "weather", "arguments": {"city": "Oslo"}}]), "Take an umbrella."])
    chat = chats(kit, tools=ToolRegistry([weather]), approve=True)
    chat.ask("Weather?")
    until(lambda: chat.asking["waiting"])

    assert chat.asking["waiting"][0]["line"] == 'weather(city="Oslo")'
    assert ran == []
    chat.allow(allowed)
    result = chat.wait(30)
    assert result.text == "Take an umbrella."
    assert [city for city, _ in ran] == (["Oslo"] if allowed else [])
    assert (REFUSED in result.tool_runs[0].content) is not allowed
    assert [message.role.value for message in chat.messages] == ["user", "assistant", "tool", "assistant"]


def test_stop_while_a_tool_waits_for_a_yes(chats):
    kit = FakeKit([FakeReply("", tool_calls=[{"name": "_now", "arguments": {}}])])
    chat = chats(kit, tools=ToolRegistry([_now]), approve=True)
    chat.ask("Time?")
    until(lambda: chat.asking["waiting"])
    chat.stop()
    until(lambda: not chat.busy)

    assert chat.asking["waiting"] == []


def _now() -> str:
    """The time."""
    return "12:00"


def test_files_that_are_dropped_go_with_the_next_question(chats):
    kit = FakeKit(["Read."])
    chat = chats(kit)
    chat._heard(chat, {"do": "attach", "names": ["a.txt"], "types": ["text/plain"]}, [memoryview(b"hello")])

    assert chat.asking["files"] == [{"label": "a.txt", "size": 5}]
    chat.ask("What?")
    chat.wait(30)
    assert kit.calls[-1]["attachments"] == [("a.txt", "text/plain")]


def test_files_that_did_not_come_are_named(chats):
    chat = chats(FakeKit(["x"]))
    chat._heard(
        chat, {"do": "attach", "names": ["a.txt", "b.txt"], "types": ["text/plain", "text/plain"]}, [memoryview(b"hello")]
    )

    assert "2 files were announced and 1 came" in chat.fault["text"]
    assert chat.asking["files"] == []


def test_a_question_with_a_key_in_it_is_not_sent(chats, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdefgh")
    kit = FakeKit(["x"])
    chat = chats(kit)
    chat.ask("Is sk-1234567890abcdefgh my key?")
    until(lambda: not chat.busy)

    assert kit.calls == []
    assert "OPENAI_API_KEY" in chat.exchanges["q0"]["answers"][0]["warning"]


@pytest.mark.model
def test_an_answer_from_passages_cites_them(chats, tmp_path):
    (tmp_path / "terms.md").write_text("Refunds are paid within 14 days.")
    rag = RactoRAG()
    rag.ingest(tmp_path / "terms.md")
    chat = chats(FakeKit(["Within 14 days [1]."]), rag=rag)
    chat.ask("When are refunds paid?")

    assert chat.wait(30).rag.citations[0].number == 1
    answer = chat.exchanges["q0"]["answers"][0]
    assert "Refunds are paid within 14 days." in answer["html"]
    assert 'href="#racto-' in answer["html"]
    assert chat.messages[0].content == "When are refunds paid?"


class Slow:
    """A retriever that takes its time, or fails in a way of its own."""

    def __init__(self, error=None):
        self.error = error

    def retrieve(self, query, top_k=5, filters=None):
        raise AssertionError

    async def aretrieve(self, query, top_k=5, filters=None):
        if self.error is not None:
            raise self.error
        await asyncio.sleep(60)


def test_stop_while_passages_are_sought(chats):
    chat = chats(FakeKit(["x"]), rag=Slow())
    chat.ask("Why?")
    chat.stop()
    until(lambda: not chat.busy)

    assert chat.exchanges["q0"]["answers"][0]["state"] == "stopped"


def test_a_retriever_that_fails_in_its_own_way_ends_the_answer(chats):
    chat = chats(FakeKit(["x"]), rag=Slow(ValueError("the index is gone")))
    chat.ask("Why?")
    until(lambda: not chat.busy)

    assert "the index is gone" in chat.exchanges["q0"]["answers"][0]["warning"]
    until(lambda: chat.fault)


def test_a_call_that_waits_shows_no_secret(chats, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdefgh")
    kit = FakeKit([FakeReply("", tool_calls=[{"name": "look_up", "arguments": {"key": "sk-1234567890abcdefgh"}}]), "Done."])
    chat = chats(kit, tools=ToolRegistry([look_up]), approve=True)
    chat.ask("Look")
    until(lambda: chat.asking["waiting"])

    assert "sk-1234567890" not in chat.asking["waiting"][0]["line"]
    chat.allow(False)


def look_up(key: str) -> str:
    """Look something up."""
    return key


def test_a_closed_chat_is_not_asked(chats):
    chat = chats(FakeKit(["x"]))
    chat.close()

    with pytest.raises(UsageError, match="is closed"):
        chat.ask("Why?")


def test_too_many_bytes_are_refused_together(chats):
    chat = chats(FakeKit(["x"]))
    big = RactoFile.from_bytes(b"x" * 60_000_000, "text/plain", "a.txt")

    with pytest.raises(UsageError, match="at most"):
        chat.tell(Attached((big, big)))


def test_its_twin_is_what_is_saved(chats):
    chat = chats(FakeKit(["**Yes**"]))

    assert "nothing was asked" in chat._twin()["text/plain"]
    chat.ask("Why?")
    chat.wait(30)
    twin = chat._twin()
    assert "<strong>Yes</strong>" in twin["text/html"]
    assert twin["text/plain"].startswith("> Why?\n\n**Yes**")
