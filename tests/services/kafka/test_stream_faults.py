"""Streams whose commits are refused, whose dead letters are too large, and which are stopped outside of a run."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import PipelineWarning, UsageError, WrongTypeError
from racto_nb.kafka import (
    CommitError,
    DeliveryError,
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaMessage,
    KafkaProducerClient,
    KafkaStreamConfig,
    KafkaStreamProcessor,
)
from racto_nb.testing import FakeKafka


class MessageSizeTooLargeError(Exception):
    """As the library names it."""


class Narrow:
    """A producer that takes no record with more bytes than `most`, counted with its headers."""

    def __init__(self, broker: FakeKafka, most: int) -> None:
        self.inner, self.most = broker.producer(), most

    def send(self, topic: str, value: bytes, key: bytes | None, headers: list[tuple[str, bytes]], **place: object) -> object:
        if len(value) + sum(len(text) for _, text in headers) > self.most:
            raise DeliveryError("too large", topic=topic) from MessageSizeTooLargeError()
        return self.inner.send(topic, value, key, headers, **place)

    def flush(self, timeout: float | None = None) -> None: ...


def desk(values: list[str], *, most: int = 10_000, **config: object) -> tuple[FakeKafka, KafkaStreamProcessor]:
    broker = FakeKafka(partitions=1)
    for value in values:
        broker.producer().send("in", value.encode(), b"k")
    consumer = KafkaConsumerClient(
        config=KafkaConsumerConfig(topics=["in"], group_id="g"), consumer=broker.consumer("in", group_id="g")
    )
    settings = KafkaStreamConfig(**{"max_wait_ms": 0, "retry_delay_ms": 0, "max_tries": 1, **config})
    producer = KafkaProducerClient(producer=Narrow(broker, most))
    return broker, KafkaStreamProcessor(consumer=consumer, producer=producer, config=settings)


def refuse(messages: list[KafkaMessage]) -> None:
    raise LookupError("no such thing \ud83d")


def test_a_record_that_is_too_large_for_the_dead_letters_holds_up_no_other():
    broker, processor = desk(["x" * 1000, "small"], most=1000, dead_letter_topic="dead")
    assert processor.run(refuse, iterations=1) == 2
    large, small = broker.records("dead")
    headers = dict(large.headers)
    assert (large.key, large.value, headers["racto-dead-offset"]) == (None, b"", b"0")
    assert headers["racto-dead-reason"] == b"no such thing \\ud83d"
    assert headers["racto-dead-left-out"] == b"too large"
    assert (small.key, small.value, "racto-dead-left-out" in dict(small.headers)) == (b"k", b"small", False)
    assert (processor.dead_letters, broker.committed("g")) == (2, {("in", 0): 2})


def test_a_dead_letter_counts_when_it_was_sent():
    broker, processor = desk(["small"], most=0, dead_letter_topic="dead")
    with pytest.raises(DeliveryError, match="too large"):
        processor.process_once(refuse)
    assert (processor.dead_letters, broker.committed("g")) == (0, {})


def test_commits_that_are_refused_again_and_again_are_warned_of_and_end_the_run(monkeypatch: pytest.MonkeyPatch):
    _, processor = desk([str(number) for number in range(20)], batch_size=1)
    handled: list[str] = []

    def no(messages: object) -> None:
        raise CommitError("Another consumer has the partitions.")

    def handle(messages: list[KafkaMessage]) -> None:
        handled.extend(message.value for message in messages)

    monkeypatch.setattr(processor._consumer, "commit", no)
    with (
        pytest.warns(PipelineWarning, match=r"may be handled again\. Another consumer.*max_poll_interval_ms") as told,
        pytest.raises(CommitError, match="Another consumer") as caught,
    ):
        processor.run(handle)
    assert (len(told), len(handled), processor.commits_refused) == (1, 5, 5)
    assert "5 batches in a row" in caught.value.__notes__[0]


def test_a_stop_outside_of_a_run_ends_one_call_only():
    _, processor = desk(["1", "2"], batch_size=1)
    processor.stop()
    assert processor.process_once(lambda messages: None) == 0
    assert processor.process_once(lambda messages: None) == 1
    processor.stop()
    assert (processor.collect_batch(), len(processor.collect_batch())) == ([], 1)


def half_of_two(messages: list[KafkaMessage]) -> list[str]:
    return ["half \ud83d" if message.value == 2 else f"ok {message.value}" for message in messages]


def test_an_output_that_cannot_be_encoded_is_its_messages_failure_and_no_other_is_sent_before_that_is_known():
    broker, processor = desk(["1", "2", "3"], dead_letter_topic="dead")
    assert processor.run(half_of_two, output_topic="out", iterations=1) == 3
    assert [record.value for record in broker.records("out")] == [b"ok 1", b"ok 3"]
    (dead,) = broker.records("dead")
    assert (dead.value, dict(dead.headers)["racto-dead-error"]) == (b"2", b"WrongTypeError")
    assert (processor.dead_letters, broker.committed("g")) == (1, {("in", 0): 3})


def test_an_output_that_no_broker_will_ever_take_is_its_messages_failure():
    broker, processor = desk(["1", "2", "3"], most=200, dead_letter_topic="dead")
    processor.run(
        lambda messages: ["x" * (1000 if message.value == 2 else 1) for message in messages], output_topic="out", iterations=1
    )
    assert {record.value for record in broker.records("out")} == {b"x"}
    (dead,) = broker.records("dead")
    assert (dead.value, dict(dead.headers)["racto-dead-error"]) == (b"2", b"DeliveryError")
    assert broker.committed("g") == {("in", 0): 3}


async def test_an_async_run_buries_it_too_and_without_dead_letters_the_error_is_raised():
    broker, processor = desk(["1", "2"], dead_letter_topic="dead")
    assert await processor.aprocess_once(half_of_two, output_topic="out") == 2
    assert len(broker.records("dead")) == 1
    broker, processor = desk(["1", "2"])
    with pytest.raises(WrongTypeError, match="no Unicode") as caught:
        await processor.aprocess_once(half_of_two, output_topic="out")
    assert "in[0] at offset 1 failed 1 times" in caught.value.__notes__[0]
    assert broker.committed("g") == {("in", 0): 1}


def test_outputs_without_a_producer_bury_nothing():
    broker, processor = desk(["1"], dead_letter_topic="dead")
    processor._producer = None
    with pytest.raises(UsageError, match="producer="):
        processor.process_once(half_of_two, output_topic="out")
    assert broker.committed("g") == {}
