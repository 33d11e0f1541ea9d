"""The OpenAI kit in a real kernel, by a server on this machine: cells, kits in cells, errors in one line, interrupts that hang up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_kernel import Cell, Kernel, running_kernel

from racto_nb.testing import FakeFault, FakeProvider, FakeReply

KEY = "sk-proj-Q7x2Lm9Rt4Vb8Nc3Zd6Kf1Hs5"
ASK = "%%racto --model openai:gpt-6-luna"
LONG = FakeReply(tuple(f"word{number} " for number in range(10_000)), delay=0.01)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeProvider]:
    with FakeProvider(["Hello **there**, friend"], repeat_last=True, unknown_models=["gpt-6-lunna"], keys=[KEY]) as running:
        yield running


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, server: FakeProvider) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("kernel")
    load = "%load_ext racto_nb\nfrom racto_nb import openai_developer_kit as gpt\nask = gpt.ChatConfig(user_message='Hi')"
    with running_kernel(folder, load=load, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=server.base_url("openai")) as running:
        yield running


def once(server: FakeProvider, *replies: FakeReply | FakeFault | str) -> None:
    """The next answers; after them the server answers as always."""
    server.route("POST /v1/chat/completions", *replies, repeat_last=False)


def one_line(cell: Cell) -> str:
    """The one line with which a cell failed."""
    assert cell.status == "error"
    (error,) = cell.errors
    (line,) = error["traceback"]
    assert "\n" not in line
    return line


def assert_keyless(kernel: Kernel, cell: Cell) -> None:
    for text in (str(cell.messages), str(cell.reply), Path(kernel.log).read_text()):
        assert KEY not in text
        assert KEY[-8:] not in text


def test_a_cell_streams_and_keeps_text_and_usage(kernel: Kernel, server: FakeProvider):
    once(server, FakeReply(("Hello ", "**there**, ", "friend"), delay=0.2, usage={"prompt_tokens": 10, "completion_tokens": 4}))
    cell = kernel.ok(f"{ASK}\nSay hello.")
    assert cell.kinds.count("update_display_data") >= 2
    assert "<strong>there</strong>" in cell.html
    assert kernel.value("_racto.text") == "Hello **there**, friend"
    assert kernel.value("_racto.complete") is True
    assert kernel.value("_racto.usage['total_tokens']") == 14
    assert "openai:gpt-6-luna" in cell.text
    assert server.requests[-1].json["stream"] is True
    assert_keyless(kernel, cell)


def test_a_refused_key_fails_in_one_line_that_says_where_it_came_from(kernel: Kernel, server: FakeProvider):
    once(server, FakeFault(status=401, message=f"Incorrect API key provided: {KEY}."))
    cell, following = kernel.all(f"{ASK}\nhi", "reached = True")
    line = one_line(cell)
    assert line.startswith("RactoGatewayAuthError: ")
    assert "OPENAI_API_KEY" in line
    assert following.status == "aborted"
    assert_keyless(kernel, cell)


def test_an_unknown_model_fails_with_the_nearest(kernel: Kernel):
    line = one_line(kernel.run("%%racto --model openai:gpt-6-lunna\nhi"))
    assert line.startswith("ModelNotFoundError: ")
    assert "Did you mean 'gpt-6-luna'" in line


def test_too_many_requests_fail_after_the_tries_and_say_how_long_to_wait(kernel: Kernel, server: FakeProvider):
    before = len(server.requests)
    once(
        server,
        FakeFault(status=429, retry_after_ms=10),
        FakeFault(status=429, retry_after_ms=10),
        FakeFault(status=429, retry_after=90),
    )
    cell = kernel.run(f"{ASK}\nhi")
    assert "HTTP 429" in one_line(cell)
    assert "wait 90 seconds" in one_line(cell)
    assert len(server.requests) == before + 3
    assert_keyless(kernel, cell)


def test_a_request_that_may_pass_passes_without_a_word(kernel: Kernel, server: FakeProvider):
    once(server, FakeFault(status=429, retry_after_ms=10))
    cell = kernel.ok(f"{ASK}\nhi")
    assert kernel.value("_racto.text") == "Hello **there**, friend"
    assert cell.written("stderr") == ""


def test_a_stream_that_breaks_keeps_its_part(kernel: Kernel, server: FakeProvider):
    once(server, FakeReply(("one ", "two ", "three "), cut_after=2))
    cell = kernel.run(f"{ASK}\nhi")
    assert one_line(cell).startswith("StreamInterruptedError: ")
    assert kernel.value("[_racto.text, _racto.complete]") == ["one two ", False]
    assert "incomplete" in cell.text


def test_an_interrupt_keeps_the_part_and_hangs_up(kernel: Kernel, server: FakeProvider):
    before = server.hung_up
    once(server, LONG)
    cell = kernel.send(f"{ASK}\ngo")
    kernel.until(cell, lambda: bool(cell.shown) and "word20 " in cell.text)
    kernel.interrupt()
    kernel.wait(cell)
    assert one_line(cell) == "Interrupted: the partial answer is kept in _racto.text"
    assert kernel.value("_racto.text").startswith("word0 word1 ")
    assert server.wait_until(lambda: server.hung_up == before + 1 and server.open_streams == 0)
    assert kernel.ok(f"{ASK}\nhi").status == "ok"


def test_an_interrupt_before_the_first_word_hangs_up(kernel: Kernel, server: FakeProvider):
    before = server.hung_up
    once(server, FakeFault(before_headers=True, ending="hang"))
    cell = kernel.send(f"{ASK}\ngo")
    kernel.until(cell, lambda: bool(cell.shown))
    assert server.wait_until(lambda: server.open_streams == 1)
    kernel.interrupt()
    kernel.wait(cell)
    assert one_line(cell) == "Interrupted: no answer had arrived"
    assert server.wait_until(lambda: server.hung_up == before + 1)


def test_a_cell_may_await_a_kit_and_call_it_synchronously(kernel: Kernel):
    kernel.ok(
        "kit = gpt.Chat('gpt-6-luna')\n"
        "awaited = (await kit.achat(ask)).content\n"
        "streamed = ''.join([chunk.delta.text async for chunk in kit.astream(ask)])\n"
        "called = kit.chat(ask).content\n"
        "pieces = ''.join(chunk.delta.text for chunk in kit.stream(ask))\n"
        "sizes = [len(vector.embedding) for vector in kit.embed(gpt.EmbeddingConfig(texts=['a', 'b'])).vectors]"
    )
    assert kernel.value("[awaited, streamed, called, pieces]") == ["Hello **there**, friend"] * 4
    assert kernel.value("sizes") == [1536, 1536]


def test_a_loop_in_a_cell_that_is_left_early_hangs_up(kernel: Kernel, server: FakeProvider):
    before = server.hung_up
    once(server, LONG, LONG)
    cell = kernel.ok(
        "kit = gpt.Chat('gpt-6-luna')\nfor chunk in kit.stream(ask):\n    break\nasync for chunk in kit.astream(ask):\n    break"
    )
    assert server.wait_until(lambda: server.hung_up == before + 2)
    assert cell.written("stderr") == ""


def test_two_kits_answer_at_once(kernel: Kernel, server: FakeProvider):
    once(server, FakeReply(("a",) * 5, delay=0.05), FakeReply(("a",) * 5, delay=0.05))
    kernel.ok(
        "import asyncio\n"
        "kits = [gpt.Chat('gpt-6-luna'), gpt.Chat('gpt-6-luna', api='responses')]\n"
        "both = [answer.content for answer in await asyncio.gather(*(kit.achat(ask) for kit in kits))]\n"
        "for kit in kits: await kit.aclose()"
    )
    assert kernel.value("both") == ["aaaaa", "Hello **there**, friend"]
    assert {request.path for request in server.requests[-2:]} == {"/v1/chat/completions", "/v1/responses"}


def test_the_kit_of_a_variable_is_asked_by_a_cell(kernel: Kernel, server: FakeProvider):
    kernel.ok("mine = gpt.Chat('gpt-6-luna', api='responses')")
    kernel.ok("%%racto --model mine\nhi")
    assert server.requests[-1].path == "/v1/responses"
    assert server.requests[-1].json["store"] is False


def test_no_value_of_a_cell_shows_the_key(kernel: Kernel):
    kernel.ok("kit = gpt.Chat('gpt-6-luna')\nkit.chat(ask)")
    cell = kernel.ok("kit, kit._port, vars(kit)")
    assert_keyless(kernel, cell)


def test_a_missing_key_names_the_variable_the_argument_and_the_kit_that_needs_none(tmp_path: Path):
    with running_kernel(tmp_path / "own", load="%load_ext racto_nb", OPENAI_API_KEY="", OPENAI_BASE_URL="") as kernel:
        line = one_line(kernel.run(f"{ASK}\nhi"))
    assert line.startswith("RactoGatewayAuthError: ")
    for word in ("OPENAI_API_KEY", "api_key=", "embedded"):
        assert word in line


@pytest.mark.parametrize("line", ["", "--no-stream", "--model other", "--tools slow"])
def test_an_option_that_the_model_does_not_take_is_told_below_the_answer_and_without_a_path(kernel: Kernel, line: str):
    kernel.ok(f"async def slow() -> str:\n    'Slow.'\n    return 'x'\nother = gpt.Chat('gpt-6-luna', api_key={KEY!r})")
    for _ in range(2):
        cell = kernel.ok(f"{ASK} -t 0 {line}\nHi")
        assert cell.text.count("takes no temperature") == 1
        assert cell.written("stderr") == ""


def test_a_live_answer_that_repeats_the_key_shows_none_of_it(kernel: Kernel, server: FakeProvider):
    once(server, FakeReply(("the key is ", KEY[:12], KEY[12:20], KEY[20:], " indeed"), delay=0.1))
    cell = kernel.ok(f"{ASK}\nHi")
    assert "the key is [OPENAI_API_KEY] indeed" in cell.text
    assert KEY[:12] not in str(cell.messages)
    assert_keyless(kernel, cell)
