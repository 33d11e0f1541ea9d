"""The one file that imports kafka-python: its clients, made of our configs, and its errors, put into ours."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from racto_nb._extras import imported, refuse_missing
from racto_nb._secrecy import without_secret
from racto_nb.exceptions import MissingExtraError, UsageError
from racto_nb.kafka.errors import BrokerError, CommitError, DeliveryError
from racto_nb.kafka.settings import KafkaConsumerConfig, KafkaProducerConfig, password_of

_LONGEST_DELIVERY_MS = 120_000
_LONGEST_BOOTSTRAP_S = 30.0
_LASTING = {"MessageSizeTooLargeError", "RecordListTooLargeError", "InvalidRecordError", "InvalidTopicError"}
_NUMBERS = {"0": 0, "1": 1}


def need() -> None:
    """Raise MissingExtraError where kafka-python is not installed."""
    refuse_missing("kafka", extra="kafka")


def library(part: str = "kafka") -> ModuleType:
    """A module of kafka-python. MissingExtraError when it is not installed."""
    with warnings.catch_warnings():
        # It reads its messages with importlib.resources.read_text, which Python 3.11 warns of and 3.13 no longer does.
        warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
        return imported(part, extra="kafka")


def producer_of(config: KafkaProducerConfig, *, within_s: float = _LONGEST_BOOTSTRAP_S) -> Any:
    """A connected `kafka.KafkaProducer`. Raises BrokerError where no broker answers `within_s`, and UsageError for options it
    refuses.

    Its idempotence stays off: in 3.0.12 a batch that expires while it is tried again takes the producer's id away, nobody asks
    for another one, and nothing is sent or fails any more. One request at a time keeps the order of a key without it.
    """
    delivery = max(_LONGEST_DELIVERY_MS, config.request_timeout_ms + config.linger_ms)
    options: dict[str, Any] = {
        "acks": _NUMBERS.get(str(config.acks), config.acks), "linger_ms": config.linger_ms, "retries": config.retries,
        "compression_type": config.compression_type, "delivery_timeout_ms": delivery,
    }  # fmt: skip
    if config.extra.get("transactional_id") is None:
        options |= {"enable_idempotence": False, "max_in_flight_requests_per_connection": 1}
    given: dict[str, Any] = {**options, **_connection(config)}
    longest = given.get("bootstrap_timeout_ms", 1000 * _LONGEST_BOOTSTRAP_S)
    return _made("KafkaProducer", (), {**given, "bootstrap_timeout_ms": min(longest, max(1, int(within_s * 1000)))}, config)


def know_topic(producer: Any, topic: str, *, within_s: float) -> None:
    """Let a producer that `producer_of` made ask where a topic is, which `send` else does without a bound of the caller's."""
    usual = producer.config["max_block_ms"]
    producer.config["max_block_ms"] = min(usual, max(1, int(within_s * 1000)))
    try:
        producer.partitions_for(topic)
    finally:
        producer.config["max_block_ms"] = usual


def consumer_of(config: KafkaConsumerConfig) -> Any:
    """A connected `kafka.KafkaConsumer`. Raises BrokerError where no broker answers, and UsageError for options it refuses."""
    options = {
        "group_id": config.group_id, "auto_offset_reset": config.auto_offset_reset, "max_poll_records": config.max_poll_records,
        "enable_auto_commit": config.enable_auto_commit, "session_timeout_ms": config.session_timeout_ms,
        "heartbeat_interval_ms": min(3000, max(1, config.session_timeout_ms // 3)),
    }  # fmt: skip
    return _made("KafkaConsumer", tuple(config.topics), {**options, **_connection(config)}, config)


def _connection(config: KafkaProducerConfig | KafkaConsumerConfig) -> dict[str, Any]:
    sasl = {
        name: value
        for name in ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
        if (value := getattr(config, name)) is not None
    }
    shared = {"bootstrap_servers": config.bootstrap_servers, "client_id": config.client_id}
    if isinstance(config, KafkaProducerConfig):
        shared["request_timeout_ms"] = config.request_timeout_ms  # pyright: ignore[reportArgumentType]
    return {**shared, "security_protocol": config.security_protocol, **sasl, **config.extra}


def _made(kind: str, topics: tuple[str, ...], options: dict[str, Any], config: KafkaProducerConfig | KafkaConsumerConfig) -> Any:
    made: Callable[..., Any] = getattr(library(), kind)
    opened: list[Any] = []

    def opening(**given: Any) -> Any:
        opened.append(library("kafka.net.compat").KafkaNetClient(**given))
        return opened[-1]

    try:
        return made(*topics, **{"kafka_client": opening, **options})
    except Exception as error:  # noqa: BLE001  (put into ours, without a password)
        refusal = _refusal(kind, error, config)
    for client in opened:  # the library leaves its sockets open
        client.close()
    raise refusal  # not out of the `except`: the library's error would keep its client, and that the sockets


def _refusal(kind: str, error: Exception, config: KafkaProducerConfig | KafkaConsumerConfig) -> UsageError | BrokerError:
    servers = config.bootstrap_servers if isinstance(config.bootstrap_servers, str) else ", ".join(config.bootstrap_servers)
    reason = said(error, config)
    if isinstance(error, ValueError | TypeError | AssertionError | RuntimeError):
        return UsageError(f"kafka.{kind} refuses these options: {reason}")
    return BrokerError(f"No Kafka broker at {servers} could be asked: {reason}. Does it run, and is the address right?")


def said(error: BaseException, config: KafkaProducerConfig | KafkaConsumerConfig | None = None) -> str:
    """The kind and the words of an error of the library, without the config's passwords."""
    text = f"{type(error).__name__}: {error}" if str(error) and type(error).__name__ not in str(error) else str(error)
    for secret in password_of(config) if config is not None else ():
        text = without_secret(text, secret, "***")
    return text or type(error).__name__


def structs() -> tuple[Callable[[str, int], Any], Callable[[int], Any]]:
    """What makes a partition's name of topic and number, and what makes an offset to commit; those of the library where it is
    installed, else plain tuples of the same shape, which a stand-in takes.
    """
    try:
        module = library("kafka.structs")
    except MissingExtraError:
        return lambda topic, partition: (topic, partition), lambda offset: (offset, "", -1)
    return module.TopicPartition, lambda offset: module.OffsetAndMetadata(offset, "", -1)


def commit(consumer: Any, offsets: Mapping[tuple[str, int], int] | None) -> None:
    """Commit next offsets by (topic, partition), or all that were polled. CommitError after a rebalance, or without a broker."""
    partition_of, offset_of = structs()
    try:
        if offsets is None:
            consumer.commit()
        else:
            consumer.commit({partition_of(*place): offset_of(offset) for place, offset in offsets.items()})
    except Exception as error:
        name = type(error).__name__
        if name == "IllegalStateError" and "group_id" in str(error):
            raise UsageError("Committing needs a group: KafkaConsumerConfig(group_id=…).") from None
        if not _is_librarys(error):
            raise
        again = "What came after the last commit is handled again, by this consumer or another."
        raise CommitError(f"Offsets were not committed ({said(error)}). {again}") from None


@contextmanager
def translated(
    doing: str, config: KafkaProducerConfig | KafkaConsumerConfig | None, *, topic: str | None = None
) -> Generator[None]:
    """Turn errors of the library inside the block into BrokerError, or DeliveryError where a `topic` is written to."""
    try:
        yield
    except Exception as error:
        if not _is_librarys(error):
            raise
        message = f"{doing} failed: {said(error, config)}"
        raise (BrokerError(message) if topic is None else DeliveryError(message, topic=topic)) from None


def is_lasting(error: BaseException) -> bool:
    """Whether a record that failed so fails whenever it is sent again: it is too large, or not fit for its topic."""
    causes = (error, error.__cause__, error.__context__)
    return any(type(cause).__name__ in _LASTING for cause in causes)


def _is_librarys(error: BaseException) -> bool:
    errors = sys.modules.get("kafka.errors")
    return errors is not None and isinstance(error, errors.KafkaError)
