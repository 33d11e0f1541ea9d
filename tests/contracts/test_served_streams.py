"""Streams of kits behind HTTP: cut anywhere they are complete or say exactly what had arrived; left anywhere they are hung up on."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing, suppress
from typing import Any

import pytest
from contracts.served_table import ASK, Colour, Served

from racto_nb.exceptions import StreamInterruptedError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import FinishReason, StreamChunk
from racto_nb.testing import FakeBody, FakeProvider, FakeReply

Opened = Callable[..., Any]
SAID = "Hé, 你好!"
LONG = FakeReply(tuple(f"word{number} " for number in range(2000)), delay=0.005)


def is_clean(offset: int, turn: int) -> bool:
    """Whether the stream that is cut here ends in order, and not by hanging up."""
    return (offset + turn) % 2 == 0


def blocks(served: Served, offset: int, *, clean: bool) -> list[bytes]:
    """The events that are whole in the first bytes of the recorded stream: at a clean end also one without its line ends."""
    begun = served.recorded[:offset]
    last = begun.rpartition(served.separator)[2].rpartition(b"data: ")[2]
    if clean and is_json(last):
        begun = begun.rstrip(b"\n") + served.separator
    return begun.rpartition(served.separator)[0].split(served.separator)


def is_json(data: bytes) -> bool:
    with suppress(ValueError):
        return isinstance(json.loads(data), dict)
    return False


def text_of(served: Served, offset: int, *, clean: bool) -> str:
    whole = b"".join(blocks(served, offset, clean=clean)).decode()
    return "".join(part for part in ("Hé, ", "你好!") if f'"{part}"' in whole)


def is_complete(served: Served, offset: int, *, clean: bool) -> bool:
    return any(served.terminator in block for block in blocks(served, offset, clean=clean))


def cut_anywhere(served: Served, turn: int) -> list[FakeBody]:
    """The recorded stream, cut after each of its bytes: by turns in order and by hanging up."""
    return [
        FakeBody(served.recorded[:offset], served.stream_type, ending="clean" if is_clean(offset, turn) else "close")
        for offset in range(len(served.recorded) + 1)
    ]


def assert_right(served: Served, offset: int, outcome: StreamChunk | Exception, *, clean: bool) -> None:
    if is_complete(served, offset, clean=clean):
        assert isinstance(outcome, StreamChunk), (offset, outcome)
        assert (outcome.accumulated_text, outcome.finish_reason) == (SAID, FinishReason.STOP), offset
    else:
        assert isinstance(outcome, StreamInterruptedError), (offset, outcome)
        assert outcome.partial == text_of(served, offset, clean=clean), offset


def assert_all_right(served: Served, server: FakeProvider, outcomes: list[Any], turn: int) -> None:
    assert len(server.requests) == len(outcomes) == len(served.recorded) + 1  # none was asked for again
    for offset, outcome in enumerate(outcomes):
        assert_right(served, offset, outcome, clean=is_clean(offset, turn))
    assert outcomes[-1].usage["total_tokens"] == 5
    assert {type(outcome) for outcome in outcomes} == {StreamChunk, StreamInterruptedError}


def test_a_stream_cut_at_any_byte_is_complete_or_says_what_had_arrived(served: Served, opened: Opened):
    server, kit = opened(cut_anywhere(served, 0), max_retries=5)

    def one() -> StreamChunk | Exception:
        try:
            return list(kit.stream(ASK))[-1]
        except StreamInterruptedError as error:
            return error

    assert_all_right(served, server, [one() for _ in range(len(served.recorded) + 1)], 0)


async def test_an_awaited_stream_cut_at_any_byte_is_complete_or_says_what_had_arrived(served: Served, opened: Opened):
    server, kit = opened(cut_anywhere(served, 1), max_retries=5)

    async def one() -> StreamChunk | Exception:
        try:
            return [chunk async for chunk in kit.astream(ASK)][-1]
        except StreamInterruptedError as error:
            return error

    assert_all_right(served, server, [await one() for _ in range(len(served.recorded) + 1)], 1)
    await kit.aclose()


def test_a_stream_broken_into_single_bytes_is_read_as_one(served: Served, opened: Opened, colour: Colour):
    _, kit = opened([FakeBody(served.recorded, served.stream_type, splits=tuple(range(len(served.recorded))))])
    assert [chunk.delta.text for chunk in colour.stream(kit)] == ["Hé, ", "你好!", ""]


def test_the_last_line_ends_may_be_missing(served: Served, opened: Opened, colour: Colour):
    body = FakeBody(served.recorded.rstrip(), served.stream_type)
    _, kit = opened([body])
    assert colour.stream(kit)[-1].accumulated_text == "Hé, 你好!"


def test_lines_may_end_as_they_like(served: Served, opened: Opened, colour: Colour):
    for end in (b"\r\n", b"\r"):
        _, kit = opened([FakeBody(served.recorded.replace(b"\n", end), f"{served.stream_type}; charset=utf-8")])
        assert colour.stream(kit)[-1].accumulated_text == SAID


# Leaving


@pytest.fixture
def streaming(opened: Opened) -> Iterator[tuple[FakeProvider, DeveloperKit]]:
    server, kit = opened([LONG])
    yield server, kit
    assert server.wait_until(lambda: server.open_streams == 0)
    assert server.hung_up == len(server.requests)


def test_breaking_out_of_a_loop_hangs_up(streaming: Any):
    _, kit = streaming
    for chunk in kit.stream(ASK):
        if "word3" in chunk.accumulated_text:
            break


def test_closing_a_generator_hangs_up_and_the_kit_goes_on(streaming: Any):
    server, kit = streaming
    with closing(kit.stream(ASK)) as running:
        next(running)
        assert server.open_streams == 1
    with closing(kit.stream(ASK)) as running:
        next(running)


def test_dropping_a_generator_hangs_up(streaming: Any):
    server, kit = streaming
    running = kit.stream(ASK)
    next(running)
    del running
    gc.collect()
    assert server.wait_until(lambda: server.hung_up == 1)


def test_a_stream_that_was_never_begun_asks_nothing(opened: Opened):
    server, kit = opened([LONG])
    kit.stream(ASK).close()
    del kit
    assert server.requests == []


def test_an_error_of_the_caller_hangs_up(streaming: Any, colour: Colour):
    _, kit = streaming

    def fails(chunk: StreamChunk) -> None:
        if "word2" in chunk.accumulated_text:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        colour.stream(kit, seen=fails)


def test_closing_an_async_generator_hangs_up(streaming: Any):
    server, kit = streaming

    async def main() -> None:
        async with aclosing(kit.astream(ASK)) as running:
            await anext(running)
            assert server.open_streams == 1

    asyncio.run(main())


def test_an_async_generator_that_is_dropped_hangs_up(streaming: Any):
    server, kit = streaming

    async def main() -> bool:
        running = kit.astream(ASK)
        await anext(running)
        del running
        gc.collect()
        return await asyncio.to_thread(server.wait_until, lambda: server.hung_up == 1)

    assert asyncio.run(main())


@pytest.mark.parametrize("chunks", [0, 1, 5])
def test_cancelling_an_astream_hangs_up(streaming: Any, chunks: int):
    server, kit = streaming

    async def main() -> bool:
        got = asyncio.Event()

        async def read() -> None:
            number = 0
            async for number, _ in aenumerate(kit.astream(ASK)):
                if number >= chunks:
                    got.set()

        task = asyncio.create_task(read())
        if chunks:
            await got.wait()
        else:
            await asyncio.to_thread(server.wait_until, lambda: server.open_streams == 1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())


async def aenumerate(items: Any) -> Any:
    number = 0
    async with aclosing(items) as running:
        async for item in running:
            number += 1
            yield number, item


def test_cancelling_an_achat_hangs_up(streaming: Any):
    server, kit = streaming

    async def main() -> bool:
        task = asyncio.create_task(kit.achat(ASK))
        await asyncio.to_thread(server.wait_until, lambda: server.open_streams == 1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled() and await asyncio.to_thread(server.wait_until, lambda: server.hung_up == 1)

    assert asyncio.run(main())


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals come to the main thread")
@pytest.mark.parametrize("method", ["chat", "stream"])
def test_an_interrupt_while_the_server_is_silent_hangs_up(opened: Opened, method: str):
    server, kit = opened([FakeReply(("a", "b"), delay=300)])
    heard = threading.Event()

    def interrupt() -> None:
        server.wait_until(lambda: server.open_streams == 1)
        # Python misses a signal that comes between its last look and the system call that waits; people press twice.
        while not heard.is_set():
            os.kill(os.getpid(), signal.SIGINT)
            heard.wait(5)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        list(kit.stream(ASK)) if method == "stream" else kit.chat(ASK)
    heard.set()
    thread.join()
    assert server.wait_until(lambda: server.hung_up == 1 and server.open_streams == 0)


def test_an_interrupt_in_a_loop_over_a_stream_hangs_up(streaming: Any):
    _, kit = streaming

    def read() -> None:
        for chunk in kit.stream(ASK):
            if "word3" in chunk.accumulated_text:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        read()


def test_a_kit_that_is_closed_while_it_streams_ends_the_stream(streaming: Any):
    _, kit = streaming
    running = kit.stream(ASK)
    next(running)
    kit.close()
    with suppress(StreamInterruptedError):
        running.close()
