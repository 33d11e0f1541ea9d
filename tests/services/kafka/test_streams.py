"""KafkaStreamProcessor on topics in memory: what is handled, sent and committed, and what is not."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.exceptions import PipelineWarning, UsageError, WrongTypeError
from racto_nb.kafka import (
    DeliveryError,
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaMessage,
    KafkaProducerClient,
    KafkaPublishRequest,
    KafkaStreamConfig,
    KafkaStreamProcessor,
)
from racto_nb.testing import FakeKafka


class Desk:
    """A topic in memory with a processor on it. `config` has the fields of KafkaStreamConfig."""

    def __init__(self, values: list[Any] | None = None, *, partitions: int = 1, **config: Any) -> None:
        self.broker = FakeKafka(partitions=partitions)
        self.producer = KafkaProducerClient(producer=self.broker.producer())
        for value in values or []:
            self.producer.publish("in", value, key=f"k{value}")
        self.consumer = self.another_consumer()
        settings = KafkaStreamConfig(**{"max_wait_ms": 0, "retry_delay_ms": 0, **config})
        self.processor = KafkaStreamProcessor(consumer=self.consumer, producer=self.producer, config=settings)

    def another_consumer(self) -> KafkaConsumerClient:
        config = KafkaConsumerConfig(topics=["in"], group_id="g", poll_timeout_ms=0)
        return KafkaConsumerClient(config=config, consumer=self.broker.consumer("in", group_id="g"))

    def out(self, topic: str = "out") -> list[tuple[bytes | None, bytes | None]]:
        return [(record.key, record.value) for record in self.broker.records(topic)]

    @property
    def committed(self) -> int:
        return self.broker.committed("g").get(("in", 0), 0)


def seen(messages: list[KafkaMessage], into: list[Any]) -> None:
    into.extend(message.value for message in messages)


def failing_on(value: object, calls: list[list[Any]] | None = None) -> Callable[[list[KafkaMessage]], None]:
    def handle(messages: list[KafkaMessage]) -> None:
        if calls is not None:
            calls.append([message.value for message in messages])
        if value in [message.value for message in messages]:
            raise LookupError(f"no {value}")

    return handle


def test_plain_outputs_go_to_the_output_topic_with_the_key_of_their_message():
    desk = Desk([1, 2, 3])
    assert desk.processor.process_once(lambda messages: [{"n": message.value} for message in messages], output_topic="out") == 3
    assert desk.out() == [(b"k1", b'{"n":1}'), (b"k2", b'{"n":2}'), (b"k3", b'{"n":3}')]
    assert desk.committed == 3


def test_none_among_outputs_sends_nothing_and_a_request_goes_where_it_says():
    desk = Desk([1, 2])
    desk.processor.process_once(
        lambda messages: [None, KafkaPublishRequest(topic="other", value=None, key="gone")], output_topic="out"
    )
    assert (desk.out(), desk.out("other")) == ([], [(b"gone", None)])


def test_a_handler_that_returns_none_only_consumes():
    desk = Desk([1])
    assert desk.processor.process_once(lambda messages: None) == 1
    assert desk.committed == 1


@pytest.mark.parametrize("outputs", ["text", b"bytes", 7, {"a": 1}])
def test_an_output_that_is_no_list_is_refused_and_nothing_is_committed(outputs: Any):
    desk = Desk([1])
    with pytest.raises(WrongTypeError, match="a list with an output for each message"):
        desk.processor.process_once(lambda messages: outputs, output_topic="out")
    assert desk.committed == 0


def test_plain_outputs_without_a_topic_are_refused_and_the_records_come_again():
    desk, found = Desk([1]), []
    with pytest.raises(UsageError, match="output_topic"):
        desk.processor.process_once(lambda messages: [1])
    desk.processor.process_once(lambda messages: seen(messages, found))
    assert (found, desk.committed) == ([1], 1)


def test_a_record_that_no_try_handles_goes_to_the_dead_letters_with_its_reason_and_the_others_are_handled():
    calls: list[list[Any]] = []
    desk = Desk([1, 2, 3], dead_letter_topic="dead", max_tries=2)
    assert desk.processor.run(failing_on(2, calls), iterations=1) == 3
    assert calls == [[1, 2, 3], [1], [2], [2], [3]]
    (dead,) = desk.broker.records("dead")
    assert (dead.key, dead.value) == (b"k2", b"2")
    assert dict(dead.headers) == {
        "racto-dead-topic": b"in", "racto-dead-partition": b"0", "racto-dead-offset": b"1", "racto-dead-tries": b"2",
        "racto-dead-error": b"LookupError", "racto-dead-reason": b"no 2",
    }  # fmt: skip
    assert (desk.processor.dead_letters, desk.committed) == (1, 3)


def test_a_dead_letter_keeps_bytes_and_headers_whatever_the_serializers_do():
    desk = Desk(dead_letter_topic="dead", max_tries=1)
    desk.broker.producer().send("in", value=b"\xff", key=b"\xfe", headers=[("h", b"1"), ("h", b"2")])
    desk.broker.producer().send("in")
    loud = KafkaProducerClient(
        producer=desk.broker.producer(), key_serializer=lambda key: b"changed", value_serializer=lambda value: b"changed"
    )
    KafkaStreamProcessor(consumer=desk.consumer, producer=loud, config=desk.processor.config).process_once(lambda messages: 1 / 0)
    first, second = desk.broker.records("dead")
    assert (first.key, first.value, first.headers[:2]) == (b"\xfe", b"\xff", [("h", b"1"), ("h", b"2")])
    assert (second.key, second.value) == (None, b"changed")


def test_without_dead_letters_the_handlers_error_is_raised_and_nothing_from_that_record_on_is_committed():
    desk, found = Desk([1, 2, 3], max_tries=2), []
    with pytest.raises(LookupError, match="no 2") as caught:
        desk.processor.run(failing_on(2))
    assert "in[0] at offset 1 failed 2 times" in caught.value.__notes__[0]
    assert desk.committed == 1
    desk.processor.process_once(lambda messages: seen(messages, found))
    assert (found, desk.committed) == ([2, 3], 3)


def test_an_output_that_cannot_be_sent_commits_nothing_and_the_records_come_again():
    desk, found = Desk([1, 2]), []
    desk.producer.publish_all = lambda requests, *, wait: (_ for _ in ()).throw(DeliveryError("no broker"))
    with pytest.raises(DeliveryError):
        desk.processor.process_once(lambda messages: [1, 2], output_topic="out")
    assert desk.committed == 0
    desk.processor.process_once(lambda messages: seen(messages, found))
    assert found == [1, 2]


def test_a_refused_commit_is_counted_and_the_run_goes_on():
    desk = Desk([1])
    desk.consumer._consumer.commit = failing_commit
    with pytest.warns(PipelineWarning, match="may be handled again. a rebalance"):
        assert desk.processor.process_once(lambda messages: None) == 1
    assert desk.processor.commits_refused == 1


def failing_commit(offsets: object) -> None:
    from racto_nb.kafka import CommitError

    raise CommitError("a rebalance")


def test_commits_go_by_what_was_handled_and_not_by_what_was_polled():
    desk = Desk([1, 2, 3, 4], batch_size=2)
    desk.processor.process_once(lambda messages: None)
    assert desk.committed == 2


def test_no_batch_is_larger_than_it_may_be():
    desk, sizes = Desk(list(range(10)), batch_size=4), []
    assert desk.processor.run(lambda messages: sizes.append(len(messages)), iterations=3) == 10
    assert sizes == [4, 4, 2]


def test_nothing_is_asked_for_without_a_pause():
    desk = Desk(poll_timeout_ms=0, max_wait_ms=0)
    polls = []
    desk.consumer._consumer.poll = lambda timeout_ms, max_records: polls.append(timeout_ms) or {}
    timer = threading.Timer(0.1, desk.processor.stop)
    timer.start()
    desk.processor.run(lambda messages: None)
    assert 1 <= len(polls) <= 30
    desk = Desk(poll_timeout_ms=0, max_wait_ms=100)
    desk.consumer._consumer.poll = lambda timeout_ms, max_records: polls.append(timeout_ms) or {}
    polls.clear()
    desk.processor.process_once(lambda messages: None)
    assert 1 <= len(polls) <= 30


def test_a_stop_from_the_handlers_thread_ends_the_run_when_its_batch_is_committed():
    desk = Desk([1, 2, 3], batch_size=1)
    assert desk.processor.run(lambda messages: desk.processor.stop()) == 1
    assert desk.committed == 1


def test_a_stop_from_a_signal_ends_the_run():
    desk = Desk(max_wait_ms=50)
    before = signal.signal(signal.SIGUSR1, lambda *_: desk.processor.stop())
    try:
        timer = threading.Timer(0.05, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1))
        timer.start()
        assert desk.processor.run(lambda messages: None) == 0
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_stop_before_a_run_counts_for_that_run_only():
    desk = Desk([1])
    desk.processor.stop()
    assert desk.processor.run(lambda messages: None) == 0
    assert desk.processor.run(lambda messages: None, iterations=1) == 1


@pytest.mark.parametrize("where", ["handler", "poll"])
def test_an_interrupt_loses_no_record(where: str):
    desk, found = Desk([1, 2]), []
    real = desk.consumer._consumer.poll

    def slow(timeout_ms: int, max_records: int) -> Any:
        records = real(timeout_ms=timeout_ms, max_records=max_records)
        interrupt()
        time.sleep(0.1)
        return records

    def interrupt() -> None:
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    if where == "poll":
        desk.consumer._consumer.poll = slow
    with pytest.raises(KeyboardInterrupt):
        desk.processor.run(lambda messages: (interrupt(), time.sleep(1)))
    desk.consumer._consumer.poll = real
    assert desk.committed == 0
    desk.processor.process_once(lambda messages: seen(messages, found))
    assert (found, desk.committed) == ([1, 2], 2)


async def test_the_async_run_takes_async_handlers_and_does_not_block_the_loop():
    async def handle(messages: list[KafkaMessage]) -> list[Any]:
        await asyncio.sleep(0)
        return [message.value * 2 for message in messages]

    desk = Desk([1, 2], max_wait_ms=20)
    with blockbuster_ctx("racto_nb"):
        assert await desk.processor.arun(handle, output_topic="out", iterations=1) == 2
        assert await desk.processor.acollect_batch() == []
    assert [value for _, value in desk.out()] == [b"2", b"4"]
    assert desk.committed == 2


async def test_a_cancelled_task_loses_no_record():
    async def never(messages: list[KafkaMessage]) -> None:
        await asyncio.sleep(60)

    desk, found = Desk([1, 2]), []
    task = asyncio.create_task(desk.processor.arun(never))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await desk.processor.aprocess_once(lambda messages: seen(messages, found))
    assert (found, desk.committed) == ([1, 2], 2)


def test_an_async_handler_is_refused_by_the_plain_methods_and_is_no_poison():
    async def handle(messages: list[KafkaMessage]) -> None: ...

    desk = Desk([1], dead_letter_topic="dead")
    with pytest.raises(UsageError, match="arun"):
        desk.processor.run(handle)
    assert desk.broker.records("dead") == []


def test_a_batch_can_be_collected_and_committed_by_hand():
    desk = Desk([1, 2, 3], batch_size=2)
    batch = desk.processor.collect_batch()
    assert ([message.value for message in batch], desk.committed) == ([1, 2], 0)
    desk.consumer.commit(batch[:1])
    assert desk.committed == 1


def test_commits_without_a_group_and_dead_letters_without_a_producer_are_refused_at_once():
    alone = KafkaConsumerClient(config=KafkaConsumerConfig(topics=["in"]))
    with pytest.raises(UsageError, match="group_id"):
        KafkaStreamProcessor(consumer=alone)
    KafkaStreamProcessor(consumer=alone, config=KafkaStreamConfig(commit_on_success=False))
    with pytest.raises(UsageError, match="producer"):
        KafkaStreamProcessor(consumer=Desk().consumer, config=KafkaStreamConfig(dead_letter_topic="dead"))


def test_a_consumer_that_commits_by_itself_is_refused():
    config = KafkaConsumerConfig(topics=["in"], group_id="g", enable_auto_commit=True)
    with pytest.raises(UsageError, match="enable_auto_commit"):
        KafkaStreamProcessor(consumer=KafkaConsumerClient(config=config))


@settings(max_examples=40)
@given(
    values=st.lists(st.integers(0, 9), max_size=12),
    poison=st.sets(st.integers(0, 9), max_size=4),
    batch=st.integers(1, 5),
    partitions=st.integers(1, 3),
    refused=st.sets(st.integers(0, 20), max_size=3),
)
def test_whatever_fails_every_record_is_handled_or_a_dead_letter(values, poison, batch, partitions, refused):
    desk = Desk(values, batch_size=batch, partitions=partitions, dead_letter_topic="dead", max_tries=2)
    sent, handled = desk.producer.publish_all, []
    calls = iter(range(1000))

    def publish_all(requests: Any, *, wait: bool) -> Any:
        if next(calls) in refused:
            raise DeliveryError("no broker")
        return sent(requests, wait=wait)

    def handle(messages: list[KafkaMessage]) -> list[Any]:
        if bad := [message.value for message in messages if message.value in poison]:
            raise LookupError(bad)
        handled.extend(message.value for message in messages)
        return [message.value for message in messages]

    desk.producer.publish_all = publish_all
    for _ in range(60):
        try:
            if not desk.processor.process_once(handle, output_topic="out"):
                break
        except DeliveryError:
            continue
    assert set(handled) == {value for value in values if value not in poison}
    dead = [int(record.value) for record in desk.broker.records("dead")]
    assert sorted(dead) == sorted(value for value in values if value in poison)
    out = {int(value) for _, value in desk.out()}
    assert out == set(handled)
    assert sum(desk.broker.committed("g").values()) == len(values)
