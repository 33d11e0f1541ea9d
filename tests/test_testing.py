"""The fake kit and the fence against the network: users test with them, so they are tested like the rest."""

from __future__ import annotations

import asyncio
import http.server
import math
import socket
import threading
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import (
    NetworkForbiddenError,
    RactoGatewayTimeoutError,
    StreamInterruptedError,
    UnsupportedError,
    UsageError,
)
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason, LLMResponse, ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeKit, FakeReply, forbid_network

ASK = ChatConfig(user_message="Capital of France?")
ELSEWHERE = "192.0.2.1"  # an address for documentation: nobody has it


def test_each_call_takes_the_next_answer():
    kit = FakeKit(["one", "two"])
    assert [kit.chat(ASK).content, kit.chat(ASK).content] == ["one", "two"]


def test_when_the_script_has_ended_a_call_says_so():
    kit = FakeKit(["one"])
    kit.chat(ASK)
    with pytest.raises(UsageError, match="script has ended: this is call number 2"):
        kit.chat(ASK)


def test_the_last_answer_can_be_repeated():
    kit = FakeKit(["one", "last"], repeat_last=True)
    assert [kit.chat(ASK).content for _ in range(4)] == ["one", "last", "last", "last"]


def test_the_calls_are_what_was_sent():
    kit = FakeKit(["a"])
    kit.chat(ChatConfig(user_message="Hi", temperature=0.5, max_tokens=7, extra={"seed": 1}))
    assert kit.calls == [
        {
            "messages": [{"role": "user", "content": "Hi"}],
            "temperature": 0.5,
            "max_tokens": 7,
            "extra": {"seed": 1},
            "attachments": [],
            "tools": [],
            "thinking": None,
            "response_model": None,
        }
    ]


def test_a_scripted_error_is_raised_as_it_is():
    error = LookupError("scripted")
    with pytest.raises(LookupError) as caught:
        FakeKit([error]).chat(ASK)
    assert caught.value is error


def test_a_scripted_connection_error_is_tried_again_where_the_kit_may():
    kit = FakeKit([ConnectionError(), "answer"], retry=RetryPolicy(retries=1, first_delay=0.0))
    assert kit.chat(ASK).content == "answer"
    assert len(kit.calls) == 2


def test_a_scripted_response_keeps_all_its_parts():
    call = ToolCallResult(id="1", name="search", arguments={"q": "x"})
    scripted = LLMResponse(
        content="text", thinking="hmm", tool_calls=[call], finish_reason=FinishReason.TOOL_CALL, usage={"prompt_tokens": 3}
    )
    answer = FakeKit([scripted]).chat(ASK)
    assert (answer.content, answer.thinking, answer.tool_calls) == ("text", "hmm", [call])
    assert (answer.finish_reason, answer.usage) == (FinishReason.TOOL_CALL, {"prompt_tokens": 3})


@given(st.text())
def test_the_pieces_of_a_text_are_the_whole_text(text: str):
    assert "".join(FakeReply.of(text).pieces) == text


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), min_size=1))
def test_a_piece_is_a_word(words: list[str]):
    assert [piece.strip() for piece in FakeReply.of(" ".join(words)).pieces] == words


def test_an_answer_that_is_cut_breaks_the_stream():
    kit = FakeKit([FakeReply(("Par", "is"), cut_after=1)])
    with pytest.raises(StreamInterruptedError) as caught:
        kit.chat(ASK)
    assert caught.value.partial == "Par"


@pytest.mark.parametrize("whole", [True, False], ids=["chat", "stream"])
def test_an_answer_that_takes_longer_than_the_timeout_is_a_timeout(whole: bool):
    kit = FakeKit([FakeReply(("a", "b", "c"), delay=0.01)], timeout=0.025)
    with pytest.raises(RactoGatewayTimeoutError, match="fake:fake-model gave no complete answer in time"):
        kit.chat(ASK) if whole else list(kit.stream(ASK))


async def test_an_answer_that_takes_longer_than_the_timeout_is_a_timeout_for_async_callers_too():
    with pytest.raises(RactoGatewayTimeoutError):
        await FakeKit([FakeReply(("a", "b"), delay=0.01)], timeout=0.015).achat(ASK)


def test_open_streams_are_counted():
    kit = FakeKit(["a b c"])
    running = kit.stream(ASK)
    next(running)
    assert kit.open_streams == 1
    running.close()
    assert kit.open_streams == 0


def test_a_prompt_can_be_required():
    with pytest.raises(UsageError, match="No prompt"):
        FakeKit(["a"], require_prompt=True).chat(ASK)


def test_the_default_prompt_is_sent():
    prompt = RactoPrompt(role="You are a poet.", aim="Rhyme.", constraints="", tone="", output_format="text")
    kit = FakeKit(["a"], default_prompt=prompt)
    kit.chat(ASK)
    assert kit.calls[0]["messages"][0]["content"].startswith("[ROLE]\nYou are a poet.")


def test_an_unknown_extra_is_refused_and_nothing_is_taken_from_the_script():
    kit = FakeKit(["a"])
    with pytest.raises(UnsupportedError, match="Did you mean 'seed'"):
        kit.chat(ChatConfig(user_message="Hi", extra={"sead": 1}))
    assert kit.calls == []
    assert kit.chat(ASK).content == "a"


def test_vectors_have_the_wanted_size_and_length_one_and_say_which_texts_are_alike():
    vectors = FakeKit(dimensions=32).embed(EmbeddingConfig(texts=["red apple", "a red apple", "tax law"])).vectors
    apple, same, other = (vector.embedding for vector in vectors)
    assert len(apple) == 32
    assert math.isclose(sum(number * number for number in apple), 1)
    assert likeness(apple, same) > likeness(apple, other)


def likeness(left: list[float], right: list[float]) -> float:
    return sum(one * other for one, other in zip(left, right, strict=True))


def test_vectors_are_the_same_in_every_process():
    assert FakeKit(dimensions=8).embed(EmbeddingConfig(texts=["word"])).vectors[0].embedding.index(1.0) == 5


@pytest.fixture
def server() -> int:
    """The port of a server on this machine."""
    handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {"do_GET": answer, "log_message": lambda *_: None})
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running.server_address[1]
    running.shutdown()
    running.server_close()
    thread.join()


def answer(self: http.server.BaseHTTPRequestHandler) -> None:
    self.send_response(200)
    self.send_header("Content-Length", "2")
    self.end_headers()
    self.wfile.write(b"ok")


def fetched(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as reply:
        return reply.read()


def connected(host: str, port: int) -> None:
    with socket.socket() as plain:
        plain.settimeout(5)
        plain.connect((host, port))


FORBIDDEN = {
    "connect": lambda: connected(ELSEWHERE, 80),
    "create_connection": lambda: socket.create_connection((ELSEWHERE, 80), 5),
    "getaddrinfo": lambda: socket.getaddrinfo("example.org", 80),
    "gethostbyname": lambda: socket.gethostbyname("example.org"),
    "urlopen": lambda: urllib.request.urlopen(f"http://{ELSEWHERE}/"),
}


@pytest.mark.parametrize("way", FORBIDDEN.values(), ids=FORBIDDEN)
def test_every_way_to_another_machine_is_closed(way):
    with forbid_network(), pytest.raises(NetworkForbiddenError, match="was tried while the network is forbidden"):
        way()


def test_connect_ex_is_closed_too():
    with forbid_network(), socket.socket() as plain, pytest.raises(NetworkForbiddenError):
        plain.connect_ex((ELSEWHERE, 80))


async def test_the_event_loop_is_behind_the_fence():
    with forbid_network():
        for host in (ELSEWHERE, "example.org"):
            with pytest.raises(NetworkForbiddenError):
                await asyncio.open_connection(host, 80)


def test_other_threads_are_behind_the_fence():
    errors = []

    def elsewhere() -> None:
        try:
            connected(ELSEWHERE, 80)
        except NetworkForbiddenError as error:
            errors.append(error)

    with forbid_network():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert len(errors) == 1


def test_this_machine_can_be_reached(server: int):
    with forbid_network():
        assert fetched(server) == b"ok"


def test_this_machine_can_be_forbidden_too(server: int):
    with forbid_network(allow_loopback=False), pytest.raises(NetworkForbiddenError):
        fetched(server)


def test_after_the_block_everything_is_as_before(server: int):
    before = socket.socket.connect, socket.getaddrinfo, socket.gethostbyname
    with pytest.raises(ZeroDivisionError), forbid_network(allow_loopback=False):
        raise ZeroDivisionError
    assert (socket.socket.connect, socket.getaddrinfo, socket.gethostbyname) == before
    assert fetched(server) == b"ok"


def test_fences_may_be_nested(server: int):
    with forbid_network():
        with forbid_network(allow_loopback=False), pytest.raises(NetworkForbiddenError):
            fetched(server)
        assert fetched(server) == b"ok"
