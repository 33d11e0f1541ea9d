"""The line of a producer client to the brokers: made when the first record is sent, within the time that its caller has."""

from __future__ import annotations

import threading
import time
from typing import Any

from racto_nb.exceptions import UsageError
from racto_nb.kafka.errors import BrokerError, DeliveryError
from racto_nb.kafka.library import know_topic, producer_of, translated
from racto_nb.kafka.owning import Owner
from racto_nb.kafka.settings import KafkaProducerConfig


class ProducerLine:
    """The library's producer of one client: the given one, or one that is made with the first record. Threads may share it.

    A forked child has no thread that would send: there it raises UsageError. One that was not used yet is the child's own.
    """

    def __init__(self, config: KafkaProducerConfig, given: Any | None) -> None:
        self._config, self._given = config, given is not None
        self.producer = given
        self.owner = Owner("KafkaProducerClient", later=given is None)
        self._asking, self._ending = threading.Lock(), threading.Lock()
        self._topics = set[str]()
        self._ended = False

    def ready(self, topic: str, within_s: float) -> Any:
        """A producer that knows where the topic is. Who asks a broker takes turns, and waits no longer than `within_s`.

        Raises DeliveryError where none answers by then, and UsageError when the line was ended, or in a forked child.
        """
        self.owner.take()
        late = time.monotonic() + within_s
        if self._ended:
            raise _ended()
        if self.producer is not None and (self._given or topic in self._topics):
            return self.producer
        if not self._asking.acquire(timeout=max(0.0, within_s)):
            raise DeliveryError(f"No broker could be asked about {topic!r} within {within_s:g} s.", topic=topic)
        try:
            producer = self._connected(topic, late)
            if topic not in self._topics:
                with translated(f"Asking where {topic!r} is", self._config, topic=topic):
                    know_topic(producer, topic, within_s=late - time.monotonic())
                self._topics.add(topic)
            return producer
        finally:
            self._asking.release()

    def _connected(self, topic: str, late: float) -> Any:
        if self.producer is not None:
            return self.producer
        try:
            made = producer_of(self._config, within_s=late - time.monotonic())
        except BrokerError as error:
            raise DeliveryError(str(error), topic=topic) from None
        with self._ending:
            if not self._ended:
                self.producer = made
                return made
        _shut(made)
        raise _ended()

    def end(self) -> None:
        """Refuse further records."""
        with self._ending:
            self._ended = True

    def shut(self) -> None:
        """Close the connections without waiting: what could be sent was."""
        producer, self.producer = self.producer, None
        if producer is not None:
            _shut(producer)


def _ended() -> UsageError:
    return UsageError("This KafkaProducerClient was closed. Make a new one.")


def _shut(producer: Any) -> None:
    """The library leaves its thread running where records are left over."""
    try:
        producer.close(timeout=0)
    except Exception:  # noqa: BLE001  (records that no broker took: `flush` has told of them)
        sender = getattr(producer, "_sender", None)
        if sender is not None:
            sender.force_close()
