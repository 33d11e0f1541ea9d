"""A consumer that is closed while it connects leaves no connection open."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.kafka import KafkaConsumerClient, KafkaConsumerConfig, consuming

CONFIG = KafkaConsumerConfig(topics=["t"], group_id="g")


class Slow:
    """A connection that is made when it may be, and knows whether it was closed."""

    def __init__(self) -> None:
        self.begun, self.may, self.closed = threading.Event(), threading.Event(), threading.Event()

    def made(self, config: KafkaConsumerConfig) -> Slow:
        self.begun.set()
        assert self.may.wait(60)
        return self

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow()
    monkeypatch.setattr(consuming, "consumer_of", slow.made)
    yield slow
    slow.may.set()


def test_what_was_being_connected_is_closed_and_its_poll_is_told(slow: Slow):
    consumer, told = KafkaConsumerClient(config=CONFIG), list[str]()

    def poll() -> None:
        try:
            consumer.poll()
        except UsageError as error:
            told.append(str(error))

    thread = threading.Thread(target=poll)
    thread.start()
    assert slow.begun.wait(10)
    consumer.close()
    slow.may.set()
    thread.join(10)
    assert (slow.closed.is_set(), consumer._consumer) == (True, None)
    assert told == ["This KafkaConsumerClient was closed. Make a new one."]


async def test_so_it_is_after_a_cancelled_poll(slow: Slow):
    consumer = KafkaConsumerClient(config=CONFIG)
    task = asyncio.create_task(consumer.apoll())
    assert await asyncio.to_thread(slow.begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await consumer.aclose()
    slow.may.set()
    assert await asyncio.to_thread(slow.closed.wait, 10)


def interrupt_when_it_connects(slow: Slow, left: threading.Event) -> None:
    """Press stop, as a person does: once more when nothing came of it. One that comes just before a wait begins is lost in Python."""
    slow.begun.wait(10)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    while not left.wait(2):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def test_and_after_an_interrupt_inside_with(slow: Slow):
    left = threading.Event()
    interrupting = threading.Thread(target=interrupt_when_it_connects, args=(slow, left))
    interrupting.start()
    with pytest.raises(KeyboardInterrupt), KafkaConsumerClient(config=CONFIG) as consumer:
        consumer.poll()
    left.set()
    slow.may.set()
    assert slow.closed.wait(10)
    interrupting.join()
