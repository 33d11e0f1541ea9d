"""Configs: their defaults are those of the documents; no password is seen, and no connection is made before it is needed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from pydantic import ValidationError

from racto_nb import _extras
from racto_nb.exceptions import MissingExtraError, UsageError
from racto_nb.kafka import (
    BrokerError,
    DeliveryError,
    KafkaConsumerClient,
    KafkaConsumerConfig,
    KafkaProducerClient,
    KafkaProducerConfig,
    KafkaPublishRequest,
    KafkaStreamConfig,
    lines,
)
from racto_nb.kafka.library import translated
from racto_nb.testing import FakeKafka

pytestmark = [pytest.mark.usefixtures("swept"), pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")]

SECRET = "hunter2-of-the-broker"


@pytest.mark.parametrize("config", [KafkaProducerConfig, lambda **fields: KafkaConsumerConfig(topics=["t"], **fields)])
def test_no_password_stands_in_a_repr_or_in_a_fields_error(config):
    made = config(sasl_plain_password=SECRET, extra={"ssl_password": SECRET, "security": 1})
    assert SECRET not in f"{made!r} {made}"
    assert made.sasl_plain_password == SECRET
    with pytest.raises(ValidationError) as caught:
        config(sasl_plain_password=[SECRET], extra=SECRET)
    assert SECRET not in str(caught.value)


def test_a_misspelt_field_is_refused():
    with pytest.raises(ValidationError, match="linger"):
        KafkaProducerConfig(linger=5)
    with pytest.raises(ValidationError, match="batchsize"):
        KafkaStreamConfig(batchsize=5)


def test_what_the_library_refuses_is_a_usage_error_without_the_password():
    config = KafkaProducerConfig(extra={"no_such_option": 1, "ssl_password": SECRET}, sasl_plain_password=SECRET)
    with pytest.raises(UsageError, match=r"kafka.KafkaProducer refuses these options.*no_such_option") as caught:
        KafkaProducerClient(config=config).publish("t", 1)
    assert SECRET not in str(caught.value)


def test_a_broker_that_is_not_there_is_one_error_with_its_address_and_no_chain():
    config = KafkaProducerConfig(bootstrap_servers=["127.0.0.1:1"], extra={"bootstrap_timeout_ms": 50})
    with pytest.raises(BrokerError, match=r"No Kafka broker at 127\.0\.0\.1:1 could be asked") as caught:
        KafkaProducerClient(config=config).publish("t", 1)
    assert caught.value.__cause__ is None
    with pytest.raises(BrokerError, match="No Kafka broker"):
        KafkaConsumerClient(
            config=KafkaConsumerConfig(topics=["t"], bootstrap_servers="127.0.0.1:1", extra={"bootstrap_timeout_ms": 50})
        ).poll()


def test_without_a_broker_a_publish_waits_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch):
    within: list[float] = []

    def unreachable(config: object, *, within_s: float) -> object:
        within.append(within_s)
        time.sleep(within_s)
        raise BrokerError("No Kafka broker")

    monkeypatch.setattr(lines, "producer_of", unreachable)
    client = KafkaProducerClient()

    def asking() -> None:
        with pytest.raises(DeliveryError, match="No Kafka broker"):
            client.publish("t", 1, timeout_s=0.5)

    first = threading.Thread(target=asking)
    first.start()
    while not within:
        time.sleep(0.01)
    with pytest.raises(DeliveryError, match=r"could be asked about 't' within 0\.05 s"):  # while another thread is asking
        client.publish("t", 1, wait=False, timeout_s=0.05)
    assert client.failures == 0  # nobody who only looks waits
    first.join()
    with pytest.raises(DeliveryError, match="No Kafka broker"):
        client.publish_all([KafkaPublishRequest(topic="t", value=1)], timeout_s=0.05)
    assert [0 < each <= most for each, most in zip(within, (0.5, 0.05), strict=True)] == [True, True]


def test_a_publish_that_waits_for_no_broker_ends_by_its_own_time():
    client = KafkaProducerClient(config=KafkaProducerConfig(bootstrap_servers="127.0.0.1:1"))
    with pytest.raises(DeliveryError, match=r"No Kafka broker at 127\.0\.0\.1:1"):
        client.publish("t", 1, timeout_s=0.2)


def test_without_the_library_the_error_has_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_extras.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'racto-nb\[kafka\]'"):
        KafkaProducerClient()
    with pytest.raises(MissingExtraError, match=r"racto-nb\[kafka\]"):
        KafkaConsumerClient(config=KafkaConsumerConfig(topics=["t"]))
    KafkaProducerClient(producer=FakeKafka().producer())


def test_importing_the_package_does_not_import_the_library():
    program = "import sys, racto_nb.kafka; sys.exit('kafka' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=120, check=False).returncode == 0


def test_an_error_of_somebody_else_is_not_taken_for_one_of_the_broker():
    with pytest.raises(ZeroDivisionError), translated("Sending", None):
        raise ZeroDivisionError


def test_deliveries_that_nobody_waited_for_are_told_by_the_next_flush():
    class Failing:
        def send(self, topic: str, **record: object) -> object:
            return type("Failed", (), {"add_errback": lambda self, told: told(ConnectionError("gone"))})()

        def flush(self, timeout: float | None = None) -> None: ...

        def close(self, timeout: float | None = None) -> None: ...

    client = KafkaProducerClient(producer=Failing())
    for _ in range(3):
        assert client.publish("t", 1, wait=False) is None
    assert (client.failures, "failures=3" in repr(client)) == (3, True)
    with pytest.raises(DeliveryError, match=r"3 records were not delivered.*ConnectionError: gone") as caught:
        client.flush()
    assert len(caught.value.failures) == 3
    client.close()


def test_the_acknowledgement_may_be_a_number_or_its_text():
    assert [KafkaProducerConfig(acks=acks).acks for acks in ("all", "1", 0)] == ["all", "1", 0]
    with pytest.raises(ValidationError):
        KafkaProducerConfig(acks="some")
