"""KafkaAuditLogger: what was asked and answered goes to a topic, also when no broker is there at the moment. Kind: threaded."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import warnings
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from racto_nb._paths import expanded, jobs_folder
from racto_nb.exceptions import PipelineWarning, UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.kafka.coding import as_json
from racto_nb.kafka.delivering import Delivery, Parcel
from racto_nb.kafka.errors import DeliveryError, SpillFullError
from racto_nb.kafka.events import KafkaAuditEvent
from racto_nb.kafka.owning import Owner
from racto_nb.kafka.producing import KafkaProducerClient
from racto_nb.kafka.spilling import Spill

_MOST_IN_MEMORY = 10_000


class KafkaAuditLogger:
    """Keeps questions and answers in a topic, each user's in order: `log` writes an event to the disk, and it is sent from there.

        audit = KafkaAuditLogger(producer, topic="ai.audit")
        audit.log(user_id="u-42", model="gpt-6-luna", prompt="Summarize …", response="Summary …")
        audit.flush(timeout_s=10)

    An event is in a file (`spill`: a folder; True: one of this topic and these brokers in the user's data folder) before `log`
    returns, and stays there until a broker has acknowledged it. So an outage or a kernel that is killed loses none: the next
    logger with that folder delivers what is left. An event may arrive twice, with one `event_id`. `sync` waits for the disk,
    some milliseconds: without it a machine that loses its power may lose the last events. A logger keeps at most `spill_limit`
    bytes there; beyond, `log` raises SpillFullError. Others that share the folder have as much for themselves. `spill=False`
    keeps events in memory only: nothing of the texts is written to this machine's disk, and what is not delivered when the
    program ends is lost.

    The key of a record is its `user_id`; events without one are spread over the partitions. Events that a broker will never take,
    as those larger than its limit, go to `rejected.jsonl` in the folder, and are counted. A classifier takes a logger as
    `audit_logger=`. Threads may share a logger; `close` it, or use it in `with`. The producer is closed by who made it.
    In a forked child a logger raises UsageError, and its `close` leaves all to the process that made it.
    """

    def __init__(
        self,
        producer: KafkaProducerClient,
        *,
        topic: str = "ractogateway.audit",
        spill: str | os.PathLike[str] | bool = True,
        spill_limit: int = 64 * 2**20,
        sync: bool = True,
    ) -> None:
        producer.owner.refuse_others()  # its events would wait for ever
        self._topic, self._producer = topic, producer
        self._turn = threading.Lock()
        self._owner = Owner("KafkaAuditLogger")
        self._closed, self._sync = False, sync
        self._spill = None if spill is False else Spill(_folder(None if spill is True else spill, topic, producer), spill_limit)
        self._delivery = Delivery(producer, topic, self._settled)
        if self._spill is not None:
            self._delivery.begin(self._left)

    def __repr__(self) -> str:
        return f"KafkaAuditLogger({self._topic!r}, delivered={self.delivered}, pending={self.pending}, failures={self.failures})"

    @property
    def topic(self) -> str:
        """The topic that events go to."""
        return self._topic

    @property
    def spill(self) -> Path | None:
        """The folder that keeps events until they are delivered; None where they are kept in memory only."""
        return None if self._spill is None else self._spill.folder

    @property
    def pending(self) -> int:
        """How many events no broker has acknowledged yet."""
        return self._delivery.pending

    @property
    def delivered(self) -> int:
        """How many events brokers have acknowledged to this logger."""
        return self._delivery.delivered

    @property
    def failures(self) -> int:
        """How many deliveries have failed since `raise_failures` last told of them. All but rejected events are tried again."""
        return self._delivery.failures

    def log(
        self,
        *,
        user_id: str,
        model: str,
        prompt: str,
        response: str,
        request_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        wait: bool = False,
        timeout_s: float = 10.0,
    ) -> KafkaAuditEvent:
        """Keep one event: it is on the disk when this returns, and on its way. With `wait`, a broker has it.

        Raises SpillFullError where the folder is full, WrongTypeError for metadata that is no JSON, UsageError for texts and
        names of metadata that are no text and for metadata of more than 150 levels, and with `wait` DeliveryError when no broker
        has acknowledged the event within `timeout_s` seconds; it is then delivered later.
        """
        try:
            event = KafkaAuditEvent(
                user_id=user_id, model=model, prompt=prompt, response=response, request_id=request_id, metadata=metadata or {}
            )
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))
            raise UsageError(f"This is no audit event: {wrong}.") from None
        parcel = Parcel(event.event_id, user_id or None, as_json(event) + b"\n")
        self._take(parcel)
        if wait and not parcel.arrived.wait(timeout_s):
            raise self._unacknowledged(f"The event {event.event_id} was not acknowledged within {timeout_s:g} s.")
        return event

    async def alog(
        self,
        *,
        user_id: str,
        model: str,
        prompt: str,
        response: str,
        request_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        wait: bool = False,
        timeout_s: float = 10.0,
    ) -> KafkaAuditEvent:
        """Keep one event: it is on the disk when this returns, and on its way. With `wait`, a broker has it.

        Raises as `log` does.
        """
        return await in_thread(
            self.log, user_id=user_id, model=model, prompt=prompt, response=response, request_id=request_id, metadata=metadata,
            wait=wait, timeout_s=timeout_s,
        )  # fmt: skip

    def flush(self, *, timeout_s: float | None = None) -> None:
        """Wait until all events are delivered. DeliveryError where that takes longer than `timeout_s` seconds; they are kept."""
        self._owner.refuse_others()
        if not self._delivery.wait(timeout_s):
            raise self._unacknowledged(f"{self.pending} audit events were not acknowledged within {timeout_s:g} s.")

    async def aflush(self, *, timeout_s: float | None = None) -> None:
        """Wait until all events are delivered. DeliveryError where that takes longer than `timeout_s` seconds; they are kept."""
        await in_thread(self.flush, timeout_s=timeout_s)

    def raise_failures(self) -> None:
        """Raise DeliveryError where deliveries have failed since the last call; `error.failures` has the last hundred."""
        delivery = self._delivery
        count, reasons = delivery.failures, list(delivery.reasons)
        if count:
            delivery.failures = 0
            delivery.reasons.clear()
            message = f"{count} deliveries of audit events failed, and {self.pending} events wait. The last one: {reasons[-1]}"
            raise DeliveryError(message, topic=self._topic, failures=reasons)

    def close(self, *, timeout_s: float = 5.0) -> None:
        """Deliver what waits, for at most `timeout_s` seconds. What is left stays in the folder, and a PipelineWarning says so.

        Raises DeliveryError where it was in memory only, and is lost.
        """
        if self._owner.is_another:
            if self._spill is not None:
                self._spill.let_go()
            return
        with self._turn:  # what was logged until now is delivered or kept, and nothing is logged from now on
            if self._closed:
                return
            self._closed = True
        empty = self._delivery.close(timeout_s)
        if self._spill is not None:
            with self._turn:
                self._spill.close()
        if not empty:
            self._tell_of_the_rest()

    async def aclose(self, *, timeout_s: float = 5.0) -> None:
        """Deliver what waits, for at most `timeout_s` seconds. What is left stays in the folder, and a PipelineWarning says so.

        Raises DeliveryError where it was in memory only, and is lost.
        """
        await in_thread(self.close, timeout_s=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _take(self, parcel: Parcel) -> None:
        """Onto the disk and onto its way, in one turn: so both have the same order."""
        self._owner.refuse_others()
        with self._turn:
            if self._closed:
                raise UsageError("This KafkaAuditLogger was closed. Make a new one.")
            if self._spill is not None:
                parcel.segment = self._spill.add(parcel.line, parcel.event_id)
            elif self.pending >= _MOST_IN_MEMORY:
                raise SpillFullError(f"{self.pending:,} audit events wait in memory for a broker. The new one was not logged.")
            self._delivery.add(parcel)
        if self._sync and self._spill is not None and parcel.segment is not None:
            self._spill.sync(parcel.segment)

    def _left(self) -> list[Parcel]:
        """What ended processes left in the folder."""
        with self._turn:
            found = list(self._spill.left()) if self._spill is not None and not self._closed else []
        events = [(json.loads(left.line), left) for left in found]
        return [
            Parcel(event["event_id"], event.get("user_id") or None, left.line, left.segment, again=True) for event, left in events
        ]

    def _settled(self, parcel: Parcel, reason: str | None) -> None:
        """A parcel was delivered, or will never be."""
        with self._turn:
            if self._spill is None or parcel.segment is None or parcel.segment.file.closed:
                return
            if reason is not None:
                self._spill.reject(parcel.line, reason)
            self._spill.settle(parcel.segment, parcel.event_id)

    def _unacknowledged(self, message: str) -> DeliveryError:
        reasons = list(self._delivery.reasons)
        kept = "in memory" if self._spill is None else f"in {str(self._spill.folder)!r}"
        last = f" The last failure: {reasons[-1]}." if reasons else ""
        message = f"{message} What waits is kept {kept}, and sent when a broker answers.{last}"
        return DeliveryError(message, topic=self._topic, failures=reasons)

    def _tell_of_the_rest(self) -> None:
        if self._spill is None:
            message = f"{self.pending} audit events were not delivered and are lost: they were in memory only (spill=False)."
            raise DeliveryError(message, topic=self._topic, failures=list(self._delivery.reasons))
        folder = str(self._spill.folder)
        message = f"{self.pending} audit events are not delivered yet. The next logger with the folder {folder!r} sends them."
        warnings.warn(message, PipelineWarning, stacklevel=3)


def _folder(given: str | os.PathLike[str] | None, topic: str, producer: KafkaProducerClient) -> Path:
    """The folder as given, or one of this topic at these brokers: what waits for one broker must not go to another."""
    if given is not None:
        if not os.fspath(given):
            raise UsageError(
                "spill='' names no folder. True is one in the user's data folder, and False keeps events in memory only."
            )
        return expanded(given).absolute()
    servers = producer.config.bootstrap_servers
    names = [servers] if isinstance(servers, str) else sorted(servers)
    digest = hashlib.sha256(json.dumps([topic, names]).encode()).hexdigest()[:8]
    return jobs_folder(None, variable="RACTO_KAFKA_DIR", name="kafka") / f"{re.sub(r'[^A-Za-z0-9._-]', '_', topic)}-{digest}"
