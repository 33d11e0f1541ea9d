"""Records on a real broker: keys, tombstones, headers and bytes come back as they were sent."""

from __future__ import annotations

import pytest
from blockbuster import blockbuster_ctx
from kafka_topics import producer_at, read, topics

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.kafka import DeliveryError, KafkaProducerClient, KafkaPublishRequest


@pytest.fixture(scope="module")
def producer(kafka: str):
    with producer_at(kafka) as client:
        yield client


@pytest.fixture(scope="module")
def topic(kafka: str) -> str:
    return topics(kafka, "records", "spread")[0]


@pytest.fixture(scope="module")
def written(kafka: str, producer: KafkaProducerClient, topic: str):
    producer.publish(
        topic, {"n": 1, "text": "ü"}, key="a", headers=[("h", "1"), ("h", "2"), ("none", None)], timestamp_ms=1_700_000_000_000
    )
    producer.publish(topic, "plain", key="a", headers={"h": b"\xff"})
    producer.publish(topic, b"\xff\xfe", key=b"\xff")
    producer.tombstone(topic, "a")
    producer.publish_json(topic, {"unkeyed": True})
    producer.publish(topic, "42", key="42", partition=2)
    return {(message.key, str(message.raw_value)): message for message in read(kafka, topic, 6)}


def test_a_value_is_json_where_it_parses_else_text_and_bytes_that_are_no_text_stay_bytes(written):
    assert [written["a", str('{"n":1,"text":"ü"}'.encode())].value, written["a", "b'plain'"].value] == [
        {"n": 1, "text": "ü"},
        "plain",
    ]
    assert written[b"\xff", str(b"\xff\xfe")].value == b"\xff\xfe"


def test_a_key_stays_a_text_also_where_it_looks_like_a_number(written):
    assert (written["42", "b'42'"].key, written["42", "b'42'"].value, written["42", "b'42'"].partition) == ("42", 42, 2)


def test_a_record_without_a_key_has_none(written):
    message = written[None, str(b'{"unkeyed":true}')]
    assert (message.key, message.raw_key, message.value) == (None, None, {"unkeyed": True})


def test_a_tombstone_has_no_value_and_is_no_empty_text(written):
    message = written["a", "None"]
    assert (message.value, message.raw_value, message.is_tombstone) == (None, None, True)
    assert not written["a", "b'plain'"].is_tombstone


def test_headers_keep_their_order_and_double_names_and_the_dict_has_the_last_of_each(written):
    message = written["a", str('{"n":1,"text":"ü"}'.encode())]
    assert message.header_list == (("h", b"1"), ("h", b"2"), ("none", b""))
    assert message.headers == {"h": b"2", "none": b""}
    assert message.timestamp_ms == 1_700_000_000_000
    assert written["a", "b'plain'"].headers == {"h": b"\xff"}


def test_records_without_a_key_are_spread_over_the_partitions(kafka: str, producer: KafkaProducerClient):
    (spread,) = topics(kafka, "unkeyed")
    for _ in range(3):  # batches keep together: each goes to a partition of its own
        producer.publish_all([KafkaPublishRequest(topic=spread, value="x" * 1000) for _ in range(40)])
    assert {message.partition for message in read(kafka, spread, 120)} == {0, 1, 2}


def test_where_the_broker_put_a_record_is_told_or_none_where_nobody_waits(producer: KafkaProducerClient, topic: str):
    done = producer.publish(topic, 1, key="k", partition=1)
    assert (done.topic, done.partition) == (topic, 1)
    assert producer.publish(topic, 2, key="k", partition=1, wait=False) is None
    producer.flush(timeout_s=10)
    assert producer.publish(topic, 3, key="k", partition=1).offset == done.offset + 2


async def test_the_async_twins_send_without_blocking_the_loop(kafka: str, topic: str):
    with blockbuster_ctx("racto_nb"):
        async with producer_at(kafka) as client:
            first = await client.apublish(topic, 1, key="async")
            assert (await client.atombstone(topic, "async")).offset == first.offset + 1
            assert len(await client.apublish_all([KafkaPublishRequest(topic=topic, value=1)])) == 1
            await client.apublish_json(topic, {"a": 1}, wait=False)
            await client.aflush(timeout_s=10)


def test_a_record_with_neither_key_nor_value_is_refused(producer: KafkaProducerClient, topic: str):
    with pytest.raises(UsageError, match="neither a key nor a value"):
        producer.publish(topic, None)


def test_what_is_no_json_is_refused_before_it_is_sent(producer: KafkaProducerClient, topic: str):
    with pytest.raises(WrongTypeError, match="type object cannot be sent as JSON"):
        producer.publish(topic, object())


def test_a_record_that_is_too_large_is_a_delivery_error(producer: KafkaProducerClient, topic: str):
    with pytest.raises(DeliveryError, match="MessageSizeTooLarge") as caught:
        producer.publish(topic, b"x" * 2_000_000)
    assert caught.value.topic == topic


def test_a_closed_client_says_so(kafka: str, topic: str):
    client = producer_at(kafka)
    client.close()
    with pytest.raises(UsageError, match="was closed"):
        client.publish(topic, 1)


def test_without_an_acknowledgement_nobody_knows_the_offset(kafka: str, topic: str):
    with producer_at(kafka, acks="0") as client:
        assert client.publish(topic, 1, key="k").offset == -1
