"""Kits in ordinary cells, where an event loop is running: awaited, synchronous, several at once, and without blocking the loop."""

from __future__ import annotations

import pytest
from jupyter_kernel import Kernel

BEFORE = """
import asyncio, threading, time
from concurrent.futures import ThreadPoolExecutor
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit
def ask(text, **more): return ChatConfig(user_message=text, **more)
embedded = EmbeddedDeveloperKit('smollm2-135m')
SEA = ask('Write one sentence about the sea.', max_tokens=200)
HELLO = ask('Say hello.', max_tokens=200)
"""

TICKER = """
ticks = []
async def tick():
    while True:
        ticks.append(time.process_time())  # a machine that is busy with other things makes pauses too
        await asyncio.sleep(0.01)
"""


@pytest.fixture(scope="module", autouse=True)
def _kits(kernel: Kernel):
    kernel.ok(BEFORE + TICKER)


def test_a_cell_may_call_a_kit_synchronously_under_the_running_loop(kernel: Kernel):
    kernel.ok("kit = FakeKit(['sync'])\nanswer = kit.chat(ask('hi')).content")
    assert kernel.value("answer") == "sync"


def test_a_cell_may_await_a_kit(kernel: Kernel):
    kernel.ok("kit = FakeKit(['awaited'])\nanswer = (await kit.achat(ask('hi'))).content")
    assert kernel.value("answer") == "awaited"


def test_a_cell_may_iterate_over_a_stream_in_both_colours(kernel: Kernel):
    kernel.ok(
        "kit = FakeKit(['one two three'], repeat_last=True)\n"
        "sync = [chunk.delta.text for chunk in kit.stream(ask('hi'))]\n"
        "awaited = [chunk.delta.text async for chunk in kit.astream(ask('hi'))]"
    )
    assert kernel.value("sync") == kernel.value("awaited")
    assert "".join(kernel.value("awaited")) == "one two three"


def test_two_kits_answer_at_once_from_threads(kernel: Kernel):
    kernel.ok(
        "meeting = threading.Barrier(2, timeout=30)\n"
        "kits = [FakeKit([FakeReply((name,), delay=0.05)]) for name in 'ab']\n"
        "def call(kit):\n    meeting.wait()\n    return kit.chat(ask('hi')).content\n"
        "with ThreadPoolExecutor(2) as pool: answers = list(pool.map(call, kits))"
    )
    assert kernel.value("answers") == ["a", "b"]


def test_two_kits_answer_at_once_from_tasks(kernel: Kernel):
    kernel.ok(
        "kits = [FakeKit([FakeReply((name,) * 3, delay=0.05)]) for name in 'ab']\n"
        "most = []\n"
        "async def read(kit):\n"
        "    pieces = []\n"
        "    async for chunk in kit.astream(ask('hi')):\n"
        "        pieces.append(chunk.delta.text)\n"
        "        most.append(sum(kit.open_streams for kit in kits))\n"
        "    return ''.join(pieces)\n"
        "answers = await asyncio.gather(*map(read, kits))"
    )
    assert kernel.value("answers") == ["aaa", "bbb"]
    assert kernel.value("max(most)") == 2


def test_several_kits_are_awaited_at_once(kernel: Kernel):
    kernel.ok(
        "kits = [FakeKit([FakeReply((name,), delay=0.2)]) for name in 'abcd']\n"
        "most = 0\n"
        "async def watch():\n"
        "    global most\n"
        "    while True:\n"
        "        most = max(most, sum(kit.open_streams for kit in kits))\n"
        "        await asyncio.sleep(0.01)\n"
        "watching = asyncio.create_task(watch())\n"
        "answers = [a.content for a in await asyncio.gather(*(kit.achat(ask('hi')) for kit in kits))]\n"
        "watching.cancel()"
    )
    assert kernel.value("answers") == ["a", "b", "c", "d"]
    assert kernel.value("most") == 4


def test_embedding_works_in_both_colours(kernel: Kernel):
    kernel.ok(
        "kit, config = FakeKit(), EmbeddingConfig(texts=['the sea', 'the sky'])\n"
        "sync, awaited = kit.embed(config), await kit.aembed(config)\n"
        "same = [a.embedding == b.embedding for a, b in zip(sync.vectors, awaited.vectors, strict=True)]"
    )
    assert kernel.value("same") == [True, True]


@pytest.mark.model
def test_the_embedded_model_answers_the_same_in_every_colour(kernel: Kernel):
    kernel.ok(
        "sync = embedded.chat(SEA).content\n"
        "awaited = (await embedded.achat(SEA)).content\n"
        "streamed = ''.join(chunk.delta.text for chunk in embedded.stream(SEA))\n"
        "awaited_stream = ''.join([chunk.delta.text async for chunk in embedded.astream(SEA)])"
    )
    answers = kernel.value("[sync, awaited, streamed, awaited_stream]")
    assert len(set(answers)) == 1
    assert len(answers[0]) > 10


@pytest.mark.model
def test_the_loop_stays_free_while_the_embedded_model_is_loaded_and_answers(kernel: Kernel):
    cell = kernel.ok(
        "fresh = EmbeddedDeveloperKit('smollm2-135m', context=512)\n"
        "ticker = asyncio.create_task(tick())\n"
        "await asyncio.sleep(0)\n"
        "began = len(ticks)\n"
        "answer = await fresh.achat(HELLO)\n"
        "during = len(ticks) - began\n"
        "ticker.cancel()\n"
        "longest = max(b - a for a, b in zip(ticks, ticks[1:]))\n"
        "print(f'{during} ticks, longest pause {longest * 1000:.0f} ms of processor time')"
    )
    assert kernel.value("during") > 10, cell.written("stdout")
    assert kernel.value("longest") < 1.0, cell.written("stdout")


@pytest.mark.model
def test_two_calls_of_the_embedded_model_take_turns_in_threads_and_tasks(kernel: Kernel):
    kernel.ok("alone = [embedded.chat(config).content for config in (SEA, HELLO)]")
    threads = kernel.ok(
        "with ThreadPoolExecutor(2) as pool:\n    threads = [answer.content for answer in pool.map(embedded.chat, (SEA, HELLO))]"
    )
    kernel.ok("tasks = [answer.content for answer in await asyncio.gather(embedded.achat(SEA), embedded.achat(HELLO))]")
    alone = kernel.value("alone")
    assert kernel.value("threads") == alone
    assert kernel.value("tasks") == alone
    assert "waits for its turn" in threads.written("stderr")


@pytest.mark.model
def test_the_embedded_and_a_fake_kit_answer_at_once(kernel: Kernel):
    kernel.ok(
        "kit = FakeKit([FakeReply(('f',) * 5, delay=0.02)])\n"
        "both = [a.content for a in await asyncio.gather(kit.achat(ask('hi')), embedded.achat(HELLO))]"
    )
    assert kernel.value("both[0]") == "fffff"
    assert kernel.value("both[1] == embedded.chat(HELLO).content")


@pytest.mark.model
def test_the_embedded_model_embeds_texts_in_both_colours(kernel: Kernel):
    kernel.ok(
        "config = EmbeddingConfig(texts=['a boat on the sea', 'a ship on the ocean', 'the price of butter'])\n"
        "sync, awaited = embedded.embed(config), await embedded.aembed(config)\n"
        "a, b, c = [vector.embedding for vector in awaited.vectors]\n"
        "def near(x, y): return sum(p * q for p, q in zip(x, y, strict=True))\n"
        "same = [v.embedding for v in sync.vectors] == [a, b, c]"
    )
    assert kernel.value("same")
    assert kernel.value("near(a, b) > near(a, c) + 0.2")


@pytest.mark.model
def test_cancelling_a_task_frees_the_embedded_model(kernel: Kernel):
    kernel.ok(
        "got = asyncio.Event()\n"
        "async def read():\n"
        "    async for chunk in embedded.astream(ask('Write a very long story. Never stop.', temperature=1.0)):\n"
        "        got.set()\n"
        "task = asyncio.create_task(read())\n"
        "await got.wait()\n"
        "task.cancel()\n"
        "await asyncio.wait([task])\n"
        "cancelled = task.cancelled()\n"
        "after = (await embedded.achat(HELLO)).content"
    )
    assert kernel.value("cancelled")
    assert kernel.value("after == embedded.chat(HELLO).content")
