"""Audit events on their way: of each key one at a time, again and again until a broker has acknowledged it. Kind: a thread.

The order of a key's events is kept whatever happens to a send, since the next one goes out only when the last one was
acknowledged. Events without a key have no order, and go out together.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from racto_nb.kafka.errors import BrokerError
from racto_nb.kafka.library import is_lasting, said
from racto_nb.kafka.producing import KafkaProducerClient
from racto_nb.kafka.records import KafkaPublishRequest, RawBytes, unchecked
from racto_nb.kafka.spilling import Segment

_TOGETHER = 500
_SOON_S, _LATE_S = 0.1, 5.0
"""After a failure it is tried again so soon, then in twice the time, at most in so long."""
_LOOK_S = 0.2
_REMEMBERED = 100


@dataclass(eq=False, slots=True)
class Parcel:
    """An event to deliver: its line of JSON, its key, and the segment that has it on the disk."""

    event_id: str
    key: str | None
    line: bytes
    segment: Segment | None = None
    again: bool = False
    arrived: threading.Event = field(default_factory=threading.Event)


class Delivery:
    """Delivers parcels to a topic in the background. `settled` is told of each that is done with, and why if it failed."""

    def __init__(self, producer: KafkaProducerClient, topic: str, settled: Callable[[Parcel, str | None], None]) -> None:
        self._producer, self._topic, self._settled = producer, topic, settled
        self._news = threading.Condition()
        self._queues: dict[str | None, deque[Parcel]] = {}
        self._thread: threading.Thread | None = None
        self._found: Callable[[], list[Parcel]] | None = None
        self._closing = False
        self.delivered = self.failures = self.pending = 0
        self.reasons: deque[str] = deque(maxlen=_REMEMBERED)

    def begin(self, found: Callable[[], list[Parcel]]) -> None:
        """Deliver first what `found` finds, which is asked aside: it reads files."""
        with self._news:
            self._found = found
            self._start()

    def add(self, parcel: Parcel) -> None:
        """Take a parcel to deliver."""
        with self._news:
            self._queues.setdefault(parcel.key, deque()).append(parcel)
            self.pending += 1
            self._start()

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until nothing is pending; False where that took longer than `timeout_s` seconds."""
        with self._news:
            return self._news.wait_for(lambda: not self.pending and self._found is None, timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Deliver what waits, for at most `timeout_s` seconds, and end. Whether nothing is left."""
        empty = self.wait(timeout_s)
        with self._news:
            self._closing = True
            self._news.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(2 * _LOOK_S)
        return empty

    def _start(self) -> None:
        """There is a thread as long as there is something to do."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="racto-kafka-audit", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        self._look()
        rest = 0.0
        while True:
            with self._news:
                if rest:
                    self._news.wait_for(lambda: self._closing, rest)
                if self._closing or not self.pending:
                    self._thread = None
                    return
                parcels = self._next()
            try:
                failed = self._round(parcels)
            except Exception as error:  # noqa: BLE001  (told on demand: this thread is the only one that delivers)
                self._tell(f"a round of deliveries broke off: {said(error)}")
                failed = True
            rest = min(max(2 * rest, _SOON_S), _LATE_S) if failed else 0.0

    def _look(self) -> None:
        """Put what is found before all that was added meanwhile: it is older."""
        if self._found is None:
            return
        try:
            parcels = self._found()
        except Exception as error:  # noqa: BLE001  (told on demand; what was added is delivered all the same)
            parcels = []
            self._tell(f"what earlier programs left could not be read: {said(error)}")
        with self._news:
            for parcel in reversed(parcels):
                self._queues.setdefault(parcel.key, deque()).appendleft(parcel)
            self.pending += len(parcels)
            self._found = None
            self._news.notify_all()

    def _next(self) -> list[Parcel]:
        """The first of each key, and the first ones without a key."""
        found: list[Parcel] = []
        for key, queue in self._queues.items():
            found += list(queue)[:_TOGETHER] if key is None else [queue[0]]
            if len(found) >= _TOGETHER:
                break
        return found

    def _round(self, parcels: list[Parcel]) -> bool:
        """Send these, and wait for all of them. Whether one has to be sent again."""
        begun: list[tuple[Parcel, Any]] = []
        failed = False
        for parcel in parcels:
            try:
                begun.append((parcel, self._producer.begun(self._request(parcel))))
            except Exception as error:  # noqa: BLE001  (counted, told, and tried again)
                failed = not self._missed(parcel, error) or failed
                if failed and isinstance(error, BrokerError):  # the others would wait for the same broker
                    break
        self._producer.hasten(_LOOK_S)
        for parcel, sending in begun:
            failed = not self._arrived(parcel, sending) or failed
        return failed

    def _request(self, parcel: Parcel) -> KafkaPublishRequest:
        headers: dict[str, str | bytes | None] = {"racto-event-id": parcel.event_id}
        if parcel.again:  # what was sent before may have arrived all the same
            headers["racto-sent-again"] = "1"
        key = None if parcel.key is None else RawBytes(parcel.key.encode())
        value = RawBytes(parcel.line.rstrip(b"\n"))
        return unchecked(self._topic, value, key=key, headers=headers)

    def _arrived(self, parcel: Parcel, sending: Any) -> bool:
        """Whether this parcel is settled. While the library has it, it is waited for: sent again it could overtake itself."""
        while True:
            try:
                sending.get(timeout=_LOOK_S)
            except Exception as error:  # noqa: BLE001  (counted, told, and tried again)
                if getattr(sending, "is_done", True):
                    return self._missed(parcel, error)
                if self._closing:
                    return False
            else:
                self._settle(parcel, None)
                return True

    def _missed(self, parcel: Parcel, error: Exception) -> bool:
        """Count a failure. Whether it is the last word about this parcel."""
        reason = f"event {parcel.event_id}: {said(error, self._producer.config)}"
        self._tell(reason)
        parcel.again = True
        if not is_lasting(error):
            return False
        self._settle(parcel, reason)
        return True

    def _tell(self, reason: str) -> None:
        with self._news:
            self.failures += 1
            self.reasons.append(reason)

    def _settle(self, parcel: Parcel, reason: str | None) -> None:
        try:
            self._settled(parcel, reason)
        except Exception as error:  # noqa: BLE001  (a full disk, say: told on demand, and the others go on)
            self._tell(f"event {parcel.event_id} is done with, but could not be taken off the disk: {said(error)}")
        with self._news:
            queue = self._queues[parcel.key]
            queue.remove(parcel)
            if not queue:
                del self._queues[parcel.key]
            self.pending -= 1
            self.delivered += reason is None
            self._news.notify_all()
        if reason is None:
            parcel.arrived.set()
