"""What handles records is below the span in which they were sent, and so are the calls that it makes."""

from __future__ import annotations

import pytest
from colours import run_unblocked
from telemetry.conftest import Spans, is_child
from telemetry.ways import ASK

from racto_nb.kafka import (
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaMessage,
    KafkaProducerClient,
    KafkaStreamConfig,
    KafkaStreamProcessor,
)
from racto_nb.testing import FakeKafka, FakeKit


def processor(broker: FakeKafka) -> KafkaStreamProcessor:
    config = KafkaConsumerConfig(topics=["in"], group_id="g", poll_timeout_ms=0)
    consumer = KafkaConsumerClient(config=config, consumer=broker.consumer("in", group_id="g"))
    return KafkaStreamProcessor(consumer=consumer, config=KafkaStreamConfig(max_wait_ms=0, retry_delay_ms=0))


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_handler_is_below_the_sender_of_its_record(colour, spans: Spans):
    broker = FakeKafka()
    with spans.begun("sender"):
        KafkaProducerClient(producer=broker.producer()).publish("in", "a", key="k", headers={"kind": "question"})

    def handle(messages: list[KafkaMessage]) -> None:
        assert messages[0].headers["kind"] == b"question"
        FakeKit(["4"]).chat(ASK)

    async def ahandle(messages: list[KafkaMessage]) -> None:
        await FakeKit(["4"]).achat(ASK)

    handled = (
        processor(broker).process_once(handle) if colour == "sync" else run_unblocked(processor(broker).aprocess_once(ahandle))
    )
    work = spans.named("process in")
    assert handled == 1
    assert is_child(work, spans.named("sender"))
    assert is_child(spans.named("chat fake-model"), work)
    assert (work.attributes["messaging.system"], work.attributes["messaging.destination.name"]) == ("kafka", "in")


def test_several_records_are_one_span_linked_with_all_senders(spans: Spans):
    broker = FakeKafka()
    for name in ("first", "second"):
        with spans.begun(name):
            KafkaProducerClient(producer=broker.producer()).publish("in", name, key="k")
    assert processor(broker).process_once(lambda messages: None) == 2
    work = spans.named("process in")
    assert work.attributes["messaging.batch.message_count"] == 2
    assert is_child(work, spans.named("first"))
    assert [link.context.span_id for link in work.links] == [spans.named("second").context.span_id]


def test_where_tracing_is_off_records_have_the_headers_that_they_were_given():
    broker = FakeKafka()
    KafkaProducerClient(producer=broker.producer()).publish("in", "a", key="k", headers={"kind": "question"})
    assert [record.headers for record in broker.records("in")] == [[("kind", b"question")]]
