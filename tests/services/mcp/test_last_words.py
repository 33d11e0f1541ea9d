"""What a server program says last is waited for, also where an earlier program is not silent yet."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from racto_nb._secrecy import Secrets
from racto_nb.mcp.stderr import Overheard


def listeners() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "racto-mcp-stderr"]


def say_and_end(pipe, words: str) -> None:
    pipe.write(words)
    pipe.close()


async def test_the_end_of_an_earlier_program_is_not_the_end_of_this_one():
    heard = Overheard(Secrets())
    earlier, before = heard.pipe(), listeners()
    this = heard.pipe()
    earlier.close()
    for thread in before:
        await asyncio.to_thread(thread.join)
    later = threading.Timer(0.3, say_and_end, (this, "no database\n"))
    later.start()
    await heard.heard_out(30)
    assert heard.text == "no database\n"
    later.join()


async def test_an_earlier_program_that_goes_on_does_not_hold_up_the_last_words_of_this_one():
    heard = Overheard(Secrets())
    with heard.pipe() as earlier:
        say_and_end(heard.pipe(), "no database\n")
        await asyncio.wait_for(heard.heard_out(30), 10)
        assert heard.text == "no database\n"
        earlier.write("still here\n")
    assert "still here" not in heard.text.splitlines()[0]


async def test_a_pipe_that_cannot_be_read_is_over(monkeypatch: pytest.MonkeyPatch):
    def broken(*_args, **_options):
        raise OSError(5, "Input/output error")

    heard, opened = Overheard(Secrets()), os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda descriptor, mode, **more: broken() if mode == "rb" else opened(descriptor, mode))
    pipe = heard.pipe()
    await asyncio.wait_for(heard.heard_out(30), 10)
    assert heard.text == ""
    pipe.close()


async def test_nothing_is_waited_for_where_nothing_was_started():
    await asyncio.wait_for(Overheard(Secrets()).heard_out(30), 10)


@pytest.mark.parametrize("end", ["\nand more\n", " and more"])
async def test_of_a_key_that_the_limit_cut_in_two_nothing_is_shown(end: str):
    key = "sk-live-3dEf6h1JkLmNoPqRsTuV"
    heard = Overheard(Secrets.of({"OPENAI_API_KEY": key}))
    say_and_end(heard.pipe(), "x" * 4_086 + key + "y" * 12_300 + end)
    await asyncio.wait_for(heard.heard_out(30), 10)
    assert key[10:] not in heard.text
    assert heard.text.endswith("and more\n" if "\n" in end else "y and more")


async def test_many_who_wait_for_one_that_does_not_end_wait_together():
    heard = Overheard(Secrets())
    with heard.pipe():
        everyone = asyncio.gather(*(heard.heard_out(0.5) for _ in range(200)))
        await asyncio.wait_for(everyone, 50)  # one after the other they would take 100 s
