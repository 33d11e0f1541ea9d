"""KafkaStreamProcessor: collect, handle, send, and only then commit. Kind: flow."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from racto_nb.exceptions import UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, call, now, sleep
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.twins import either
from racto_nb.kafka.consuming import KafkaConsumerClient
from racto_nb.kafka.errors import BrokerError, CommitError
from racto_nb.kafka.judging import Commits
from racto_nb.kafka.library import is_lasting
from racto_nb.kafka.outputs import Outputs, buried, requests_of
from racto_nb.kafka.producing import KafkaProducerClient
from racto_nb.kafka.records import KafkaMessage, KafkaPublishRequest
from racto_nb.kafka.settings import KafkaStreamConfig
from racto_nb.kafka.tracing import traced

StreamHandler: TypeAlias = Callable[[list[KafkaMessage]], Outputs | Awaitable[Outputs]]
"""What handles a batch: it returns None, or one output for each message. It may be async under the async methods."""

_LOOK_S = 0.2
"""So often a stop is looked for while nothing comes."""
_REST_S = 0.01
"""The least that a poll waits, however short polls shall be: nothing is asked for without a pause."""


class KafkaStreamProcessor:
    """Reads records in batches, has them handled, sends what the handler returns, and commits then: every record at least once.

        processor = KafkaStreamProcessor(consumer=consumer, producer=producer, config=KafkaStreamConfig(dead_letter_topic="dead"))
        processor.run(lambda messages: [summary(message.value) for message in messages], output_topic="summaries")

    A handler gets a list of messages and returns None (nothing to send), or a sequence: KafkaPublishRequests, or plain values,
    which go to `output_topic` with the key of the message in the same place. None in the sequence sends nothing; a tombstone is
    a KafkaPublishRequest with `value=None`.

    A batch that fails is handled again message by message, so that one that cannot be handled holds up no other: see
    KafkaStreamConfig on dead letters. An output that cannot be encoded, or that brokers refuse for its size, counts as a failure
    of its message. When a publish fails otherwise, or the cell is interrupted, nothing of the batch is lost: the consumer goes
    back to what was not committed. A record may then be handled twice, as after a crash or a rebalance.

    Raises UsageError when the config asks for commits and the consumer has no group, or for dead letters without a producer, and
    for a consumer that commits by itself.
    """

    def __init__(
        self,
        *,
        consumer: KafkaConsumerClient,
        producer: KafkaProducerClient | None = None,
        config: KafkaStreamConfig | None = None,
    ) -> None:
        self.config = config or KafkaStreamConfig()
        self._consumer, self._producer = consumer, producer
        self._stop = threading.Event()
        self._held: list[KafkaMessage] = []
        self.dead_letters = 0
        self._commits = Commits()
        if self.config.commit_on_success and not consumer.can_commit:
            raise UsageError(
                "Commits need a group: KafkaConsumerConfig(group_id=…); or set KafkaStreamConfig(commit_on_success=False)."
            )
        if consumer.config.enable_auto_commit:
            raise UsageError(
                "enable_auto_commit commits what was polled, handled or not: leave it off for a KafkaStreamProcessor."
            )
        if self.config.dead_letter_topic is not None and producer is None:
            raise UsageError("Dead letters need a producer: KafkaStreamProcessor(producer=…).")

    def __repr__(self) -> str:
        return f"KafkaStreamProcessor({self._consumer!r}, dead_letters={self.dead_letters})"

    @property
    def commits_refused(self) -> int:
        """How many commits were refused, as after a rebalance."""
        return self._commits.refused

    def collect_batch(self) -> list[KafkaMessage]:
        """Up to `batch_size` messages, or those that came within `max_wait_ms`. Handling and committing them is yours."""
        with self._calling():
            SyncDriver().run(self._collecting())
            return self._handed_over()

    async def acollect_batch(self) -> list[KafkaMessage]:
        """Up to `batch_size` messages, or those that came within `max_wait_ms`. Handling and committing them is yours."""
        with self._calling():
            await AsyncDriver().run(self._collecting())
            return self._handed_over()

    def process_once(self, handler: StreamHandler, *, output_topic: str | None = None) -> int:
        """Handle one batch, and return how many messages it had.

        Raises the error of a message that fails `max_tries` times where no dead letter topic is set, and DeliveryError when an
        output is not sent; the next call begins with what was not committed. CommitError after five batches in a row
        whose commits were refused: they were handled, and will be again.
        """
        with self._calling():
            return self._processed(handler, output_topic)

    async def aprocess_once(self, handler: StreamHandler, *, output_topic: str | None = None) -> int:
        """Handle one batch, and return how many messages it had.

        Behaves as `process_once` does.
        """
        with self._calling():
            return await self._aprocessed(handler, output_topic)

    def run(self, handler: StreamHandler, *, output_topic: str | None = None, iterations: int | None = None) -> int:
        """Handle batches until `stop` is called, or `iterations` of them, and return how many messages they had.

        Raises as `process_once` does.
        """
        total, done = 0, 0
        while not self._is_over(done, iterations):
            total += (count := self._processed(handler, output_topic))
            done += 1
            if not count:
                SyncDriver().run(sleep(_REST_S))
        return total

    async def arun(self, handler: StreamHandler, *, output_topic: str | None = None, iterations: int | None = None) -> int:
        """Handle batches until `stop` is called, or `iterations` of them, and return how many messages they had.

        Raises as `process_once` does.
        """
        total, done = 0, 0
        while not self._is_over(done, iterations):
            total += (count := await self._aprocessed(handler, output_topic))
            done += 1
            if not count:
                await AsyncDriver().run(sleep(_REST_S))
        return total

    def _is_over(self, done: int, iterations: int | None) -> bool:
        """Whether a run ends here. A stop counts for one run, also when it was called before that began."""
        if self._stop.is_set():
            self._stop.clear()
            return True
        return done == iterations

    def stop(self) -> None:
        """Let `run` end when the batch that it is at was handled and committed. For another thread, or a signal's handler.

        Outside of `run` it ends one call, as `process_once`, before more records are waited for.
        """
        self._stop.set()

    @contextmanager
    def _calling(self) -> Generator[None]:
        """A call that is no run: a stop counts for it alone."""
        try:
            yield
        finally:
            self._stop.clear()

    def _processed(self, handler: StreamHandler, output_topic: str | None) -> int:
        if inspect.iscoroutinefunction(handler):
            raise UsageError("This handler is async: arun and aprocess_once call it.")
        try:
            return SyncDriver().run(self._once(handler, output_topic))
        except BaseException:
            self._consumer.rewind(self._handed_over())
            raise

    async def _aprocessed(self, handler: StreamHandler, output_topic: str | None) -> int:
        try:
            return await AsyncDriver().run(self._once(handler, output_topic))
        except BaseException:
            await self._consumer.arewind(self._handed_over())
            raise

    def _handed_over(self) -> list[KafkaMessage]:
        held, self._held = self._held, []
        return held

    def _collecting(self) -> Flow[None]:
        """Fill `_held`: what stands there is given back when anything fails."""
        config, consumer = self.config, self._consumer
        begun = yield from now()
        late = begun.clock + config.max_wait_ms / 1000
        while len(self._held) < config.batch_size and not self._stop.is_set():
            before = yield from now()
            left = max(0.0, late - before.clock)
            wait = min(max(config.poll_timeout_ms / 1000, _REST_S), left, _LOOK_S)
            found = yield from either(
                consumer.poll_into, consumer.apoll_into, self._held,
                timeout_ms=int(wait * 1000), max_records=config.batch_size - len(self._held),
            )  # fmt: skip
            after = yield from now()
            if after.clock >= late:
                return
            rest = wait - (after.clock - before.clock)
            if not found and rest > 0:  # a poll that did not wait itself
                yield from sleep(min(rest, late - after.clock))

    def _once(self, handler: StreamHandler, output_topic: str | None) -> Flow[int]:
        yield from self._collecting()
        messages = list(self._held)
        if not messages:
            return 0
        failed = yield from self._tried(handler, messages, output_topic)
        if failed is None:
            yield from self._committed(messages)
        else:  # each message is tried for itself
            yield from self._one_by_one(handler, messages, output_topic, failed)
        self._held.clear()
        self._commits.judge()
        return len(messages)

    def _one_by_one(
        self, handler: StreamHandler, messages: list[KafkaMessage], output_topic: str | None, first: Exception
    ) -> Flow[None]:
        """Each message for itself. The try that failed counts where it was about one message only."""
        for message in messages:
            yield from self._alone(handler, message, output_topic, int(len(messages) == 1), first)
            yield from self._committed([message])
            del self._held[0]

    def _alone(
        self, handler: StreamHandler, message: KafkaMessage, output_topic: str | None, tried: int, last: Exception
    ) -> Flow[None]:
        """Send what the handler returns for `message`, or its dead letter."""
        while tried < self.config.max_tries:
            if tried:
                yield from sleep(self.config.retry_delay_ms / 1000 * 2 ** (tried - 1))
            tried += 1
            failed = yield from self._tried(handler, [message], output_topic)
            if failed is None:
                return
            last = failed
        yield from self._buried(message, last, tried)

    def _tried(self, handler: StreamHandler, messages: list[KafkaMessage], output_topic: str | None) -> Flow[Exception | None]:
        """Handle messages and send their outputs. What fails because of them is returned: their handling, or an output that is
        no record, or that no broker will ever take. All outputs are bytes before the first is sent.
        """
        try:
            outputs: Outputs = yield from call(traced(handler, messages))
        except Exception as error:  # noqa: BLE001  (whatever a handler raises: returned, and counted as a failure)
            return error
        requests = requests_of(outputs, messages, output_topic)
        if not requests:
            return None
        encode = self._sender().as_bytes
        try:
            records: list[KafkaPublishRequest] = yield from call(lambda: [encode(request) for request in requests])
        except Exception as error:  # noqa: BLE001  (whatever a user's serializer raises: likewise)
            return error
        try:
            yield from self._sent(records)
        except BrokerError as refusal:
            if not is_lasting(refusal):
                raise
            return refusal
        return None

    def _buried(self, message: KafkaMessage, error: Exception, tried: int) -> Flow[None]:
        """Send the dead letter. One that no broker takes with the record in it says only where that is, and why."""
        topic = self.config.dead_letter_topic
        if topic is None:
            place = f"{message.topic}[{message.partition}] at offset {message.offset}"
            error.add_note(
                f"The record in {place} failed {tried} times; nothing from it on is committed. "
                "KafkaStreamConfig(dead_letter_topic=…) puts such records aside."
            )
            raise error
        try:
            yield from self._sent([buried(message, topic, error, tried)])
        except BrokerError as refusal:
            if not is_lasting(refusal):
                raise
            yield from self._sent([buried(message, topic, error, tried, refusal=refusal)])
        self.dead_letters += 1

    def _sent(self, requests: Sequence[KafkaPublishRequest]) -> Flow[None]:
        producer = self._sender()
        yield from either(producer.publish_all, producer.apublish_all, requests, wait=self.config.wait_for_publish)

    def _sender(self) -> KafkaProducerClient:
        if self._producer is None:
            raise UsageError("The handler returned something to send. Give the processor a producer=.")
        return self._producer

    def _committed(self, messages: Sequence[KafkaMessage]) -> Flow[None]:
        if not self.config.commit_on_success:
            return
        try:
            yield from either(self._consumer.commit, self._consumer.acommit, messages)
        except CommitError as error:  # who has the partitions now gets the records again
            self._commits.note(error)
        else:
            self._commits.note(None)
