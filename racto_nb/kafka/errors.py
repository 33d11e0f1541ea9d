"""What can go wrong between here and a broker. The library's errors stay inside; their words are kept, without passwords."""

from __future__ import annotations

from collections.abc import Iterable

from racto_nb.exceptions import RactoGatewayError


class BrokerError(RactoGatewayError):
    """A Kafka broker cannot be reached, or refused what it was asked. `topic` names the topic where there is one."""

    def __init__(self, message: str, *, topic: str | None = None) -> None:
        super().__init__(message)
        self.topic = topic


class DeliveryError(BrokerError):
    """Records that no broker has acknowledged. `failures` says for each what went wrong, as far as that is known."""

    def __init__(self, message: str, *, topic: str | None = None, failures: Iterable[str] = ()) -> None:
        super().__init__(message, topic=topic)
        self.failures = list(failures)


class CommitError(BrokerError):
    """Offsets were not committed, as after a rebalance: who has the partitions now gets the records again, so none is lost."""


class SpillFullError(RactoGatewayError):
    """The folder that keeps records until they are delivered is full: the record was not taken. `path` is the folder."""

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path
