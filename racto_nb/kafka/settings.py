"""How producers, consumers and stream processors are set up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_SECRET = ("password", "token", "secret", "key")


class _Settings(BaseModel):
    """Refuses misspelt fields. What could be a secret stands neither in its repr nor in the errors of a field."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        for name, value in super().__repr_args__():
            yield name, _covered(name or "", value)


def _covered(name: str, value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _covered(str(key), item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return "***" if value is not None and any(word in name.lower() for word in _SECRET) else value


class KafkaProducerConfig(_Settings):
    """How KafkaProducerClient reaches the brokers and sends.

    `acks`: whose acknowledgement counts, "all" is the safest. `linger_ms`: how long a record waits for others to go with.
    `compression_type`: "gzip", "snappy", "lz4", "zstd" or None. `retries`: how often a send that failed is tried again.
    `security_protocol`: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. `extra`: further arguments of `kafka.KafkaProducer`, which
    win over those made of the fields.

    A record is sent again when its acknowledgement is lost, so it may be in its topic twice. One request is under way at a time,
    which keeps the order. `enable_idempotence`, which would leave out second copies, stays off: with it an outage longer than
    `delivery_timeout_ms` (two minutes) can stop a producer of kafka-python 3.0 for good.
    """

    bootstrap_servers: str | list[str] = "localhost:9092"
    client_id: str = "ractogateway-producer"
    acks: Literal["all", "0", "1"] | int = "all"
    linger_ms: int = Field(default=5, ge=0)
    compression_type: str | None = "gzip"
    retries: int = Field(default=3, ge=0)
    request_timeout_ms: int = Field(default=30000, gt=0)
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_plain_username: str | None = None
    sasl_plain_password: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class KafkaConsumerConfig(_Settings):
    """How KafkaConsumerClient reaches the brokers and reads.

    `group_id`: the group that shares the topics' partitions; None reads alone, and cannot commit. `auto_offset_reset`: where
    to begin when the group has committed nothing yet. `poll_timeout_ms`: how long a poll waits for records.
    `session_timeout_ms`: when a consumer that is not heard of is taken for dead. `extra`: further arguments of
    `kafka.KafkaConsumer`, which win over those made of the fields; `max_poll_interval_ms` (five minutes) is how long handling
    a batch may take before its partitions are given to another consumer.
    """

    topics: list[str] = Field(min_length=1)
    bootstrap_servers: str | list[str] = "localhost:9092"
    group_id: str | None = None
    auto_offset_reset: Literal["earliest", "latest", "none"] = "latest"
    enable_auto_commit: bool = False
    max_poll_records: int = Field(default=500, gt=0)
    poll_timeout_ms: int = Field(default=1000, ge=0)
    session_timeout_ms: int = Field(default=10000, gt=0)
    client_id: str = "ractogateway-consumer"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_plain_username: str | None = None
    sasl_plain_password: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class KafkaStreamConfig(_Settings):
    """How KafkaStreamProcessor collects and handles.

    A batch has at most `batch_size` records, and is handled after `max_wait_ms` even when it has fewer; one poll of it waits
    `poll_timeout_ms`. `commit_on_success`: commit what was handled, after its outputs were sent. `wait_for_publish`: an output
    counts as sent when a broker has acknowledged it.

    A record that its handler fails on `max_tries` times, or whose outputs nobody can send, goes to `dead_letter_topic` with the
    reason in its headers; `retry_delay_ms` (doubled each time) lies between the tries. Without such a topic the error is raised,
    and nothing from that record on is committed in its partition.
    """

    batch_size: int = Field(default=32, gt=0)
    max_wait_ms: int = Field(default=250, ge=0)
    poll_timeout_ms: int = Field(default=100, ge=0)
    commit_on_success: bool = True
    wait_for_publish: bool = True
    max_tries: int = Field(default=3, gt=0)
    retry_delay_ms: int = Field(default=100, ge=0)
    dead_letter_topic: str | None = None


def password_of(config: KafkaProducerConfig | KafkaConsumerConfig) -> list[str]:
    """The secrets in a config, which no message may hold."""
    extra = [str(value) for name, value in config.extra.items() if value and any(word in name.lower() for word in _SECRET)]
    return [secret for secret in (config.sasl_plain_password, *extra) if secret]
