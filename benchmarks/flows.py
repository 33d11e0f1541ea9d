"""What the drivers of flows cost: processor time per effect, as a ratio to a plain loop that does the same fake I/O.

Both sides run in one process, in turns, and the medians over all rounds are compared, so that a busy machine slows both alike.
The fake I/O is a request whose digest is computed: some microseconds, less than any real request takes. Goal: a driver takes at
most twice the time of the plain loop.
"""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager

from contenders.telling import figure
from contenders.timing import rounds_of

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Emit, Flow, Stream, next_event, open_stream, send
from racto_nb.flow.sync_driver import SyncDriver

EFFECTS = 2000
ROUNDS = 31
GOAL = 2.0
BODY = bytes(4096)


class DigestPort:
    """Answers at once with the digest of a few kilobytes."""

    def send(self, request: bytes) -> bytes:
        return hashlib.sha256(request).digest()

    async def asend(self, request: bytes) -> bytes:
        return hashlib.sha256(request).digest()

    @contextmanager
    def open(self, request: bytes) -> Generator[Iterator[bytes]]:
        yield (hashlib.sha256(request).digest() for _ in range(EFFECTS))

    @asynccontextmanager
    async def aopen(self, request: bytes) -> AsyncGenerator[AsyncIterator[bytes]]:
        async def events() -> AsyncGenerator[bytes]:
            for _ in range(EFFECTS):
                yield hashlib.sha256(request).digest()

        yield events()


PORT = DigestPort()


def sending() -> Flow[bytes]:
    last = b""
    for _ in range(EFFECTS):
        last = yield from send(PORT, BODY)
    return last


def reading() -> Stream[bytes, None]:
    stream = yield from open_stream(PORT, BODY)
    while (event := (yield from next_event(stream))) is not None:
        yield Emit(event)


def plain_sends() -> None:
    for _ in range(EFFECTS):
        PORT.send(BODY)


async def plain_async_sends() -> None:
    for _ in range(EFFECTS):
        await PORT.asend(BODY)


def plain_reads() -> None:
    with PORT.open(BODY) as events:
        for _ in events:
            pass


async def plain_async_reads() -> None:
    async with PORT.aopen(BODY) as events:
        async for _ in events:
            pass


async def driven_async_reads() -> None:
    async for _ in AsyncDriver().iterate(reading()):
        pass


def driven_reads() -> None:
    for _ in SyncDriver().iterate(reading()):
        pass


async def driven_async_sends() -> None:
    await AsyncDriver().run(sending())


PAIRS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "sync send": (lambda: SyncDriver().run(sending()), plain_sends),
    "async send": (lambda: asyncio.run(driven_async_sends()), lambda: asyncio.run(plain_async_sends())),
    "sync stream": (driven_reads, plain_reads),
    "async stream": (lambda: asyncio.run(driven_async_reads()), lambda: asyncio.run(plain_async_reads())),
}


def processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> int:
    """Measure, print, and return 1 when the goal is missed."""
    missed, rounds = False, rounds_of(ROUNDS)
    print(f"{EFFECTS} effects a run, {rounds} rounds, medians of processor time per effect")
    for name, (driven, plain) in PAIRS.items():
        pairs = [(processor_seconds(driven), processor_seconds(plain)) for _ in range(rounds)]
        with_driver, without = (statistics.median(side) / EFFECTS * 1e6 for side in zip(*pairs, strict=True))
        ratio = statistics.median(left / right for left, right in pairs)
        beside = f"{with_driver:.2f} µs beside {without:.2f} µs"
        missed |= figure(f"{name}, to a plain loop", ratio, at_most=GOAL, told=beside)
        print(f"{name:>13}: {with_driver:6.2f} µs driven, {without:6.2f} µs plain, {ratio:5.2f} times (goal {GOAL:.2f})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
