"""What a `%%racto` cell sends to the page while the answer arrives, in each way of showing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from jupyter_kernel import SMALL, Cell, Kernel, most_in_a_second, paced


@contextmanager
def showing(kernel: Kernel, mode: str) -> Iterator[None]:
    """RACTO_DISPLAY set in the kernel's environment."""
    kernel.ok(f"import os; os.environ['RACTO_DISPLAY'] = {mode!r}")
    yield
    kernel.ok("del os.environ['RACTO_DISPLAY']")


def bodies(cell: Cell) -> list[str]:
    """The answer in each update, without the line below it."""
    return [message.content["data"]["text/plain"].rpartition("\n\n— ")[0] for message in cell.shown]


def assert_grows_in_one_display(cell: Cell) -> None:
    assert cell.status == "ok"
    assert cell.kinds == ["display_data"] + ["update_display_data"] * (len(cell.messages) - 1)
    keys = {message.content["transient"]["display_id"] for message in cell.shown}
    assert len(keys) == 1
    texts = bodies(cell)
    assert all(later.startswith(earlier.rstrip()) for earlier, later in pairwise(texts))
    assert most_in_a_second(cell.shown) <= 20


def test_a_streamed_answer_is_one_display_that_only_grows_to_the_whole_text(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(150)}])")
    cell = kernel.run("%%racto --model kit\nTell me words.")
    assert_grows_in_one_display(cell)
    assert len({len(text) for text in bodies(cell)}) > 10
    assert bodies(cell)[-1] == "".join(f"word{n} " for n in range(150))
    assert "— fake:fake-model · " in cell.text
    assert 'class="racto-foot">fake:fake-model · ' in cell.html
    assert "word149" in cell.html


def test_the_line_below_says_what_is_going_on(kernel: Kernel):
    kernel.ok("kit = FakeKit([FakeReply(('late ', 'and ', 'later'), delay=0.2)])")
    cell = kernel.run("%%racto --model kit\nhi")
    below = [message.content["data"]["text/plain"].rpartition("— ")[2] for message in cell.shown]
    assert below[0] == "waiting for fake:fake-model …"
    assert set(below[1:-1]) == {"fake:fake-model is writing …"}
    assert below[-1].startswith("fake:fake-model · ")


def test_an_unpaced_answer_of_many_tokens_arrives_whole_in_few_messages(kernel: Kernel):
    kernel.ok("kit = FakeKit([FakeReply(tuple(f'{n} ' for n in range(20_000)))])")
    cell = kernel.run("%%racto --model kit\ngo")
    assert_grows_in_one_display(cell)
    assert bodies(cell)[-1] == "".join(f"{n} " for n in range(20_000))
    assert sum(len(text) for message in cell.shown for text in message.content["data"].values()) < 5_000_000


@pytest.mark.model
def test_the_embedded_model_streams_into_one_display(kernel: Kernel):
    cell = kernel.run(f"%%racto --model {SMALL} --max-tokens 200\nWrite one sentence about the sea.")
    assert_grows_in_one_display(cell)
    assert len(bodies(cell)) > 3
    assert bodies(cell)[-1] == kernel.value("_racto.text")
    assert "— embedded:smollm2-135m · " in cell.text
    assert "free, on this machine" in cell.text


def test_static_gives_one_display_and_no_updates(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(50)}])")
    with showing(kernel, "static"):
        cell = kernel.run("%%racto --model kit\ngo")
    assert cell.kinds == ["display_data"]
    assert "display_id" not in cell.shown[0].content.get("transient", {})
    assert "word49" in cell.text


def test_off_shows_nothing_and_keeps_the_answer(kernel: Kernel):
    kernel.ok("kit = FakeKit(['quiet answer'])")
    with showing(kernel, "off"):
        cell = kernel.run("%%racto --model kit\ngo")
    assert (cell.status, cell.kinds) == ("ok", [])
    assert kernel.value("_racto.text") == "quiet answer"


def test_an_unknown_way_of_showing_fails_the_cell_before_anything_is_sent(kernel: Kernel):
    kernel.ok("kit = FakeKit(['x'])")
    with showing(kernel, "statik"):
        cell = kernel.run("%%racto --model kit\ngo")
    assert cell.errors[0]["ename"] == "UsageError"
    assert "'static'" in cell.errors[0]["evalue"]
    assert kernel.value("kit.calls") == []


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_shows_nothing_and_keeps_the_result(kernel: Kernel, option: str):
    kernel.ok("kit = FakeKit(['kept'])")
    cell = kernel.run(f"%%racto --model kit {option} --into answer\ngo")
    assert (cell.status, cell.kinds) == ("ok", [])
    assert kernel.value("answer.text") == "kept"


def test_no_stream_gives_one_display_at_the_end(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{paced(30)}])")
    cell = kernel.run("%%racto --model kit --no-stream\ngo")
    assert cell.kinds == ["display_data"]
    assert "word29" in cell.text


def test_a_dry_run_shows_the_exact_text_and_sends_nothing(kernel: Kernel):
    kernel.ok("kit = FakeKit(['x'])\nname = 'Zelda'")
    cell = kernel.run('%%racto --model kit --dry-run --role "You are an editor."\nGreet {{name}}.')
    assert (cell.status, cell.kinds) == ("ok", ["display_data"])
    assert "Greet Zelda." in cell.text
    assert "You are an editor." in cell.text
    assert "not sent" in cell.text
    assert kernel.value("kit.calls") == []


def test_the_answers_markup_does_not_reach_the_page_as_markup(kernel: Kernel):
    kernel.ok("kit = FakeKit(['<script>window.X=1</script> <img src=x onerror=1> **bold**'])")
    cell = kernel.run("%%racto --model kit\ngo")
    assert "<script" not in cell.html
    assert "<img" not in cell.html
    assert "<strong>bold</strong>" in cell.html
