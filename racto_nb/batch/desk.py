"""What the flows of a processor share: its provider, and how a request of the batch API is made. Kind: flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from racto_nb.batch.reading import lines_from
from racto_nb.flow.effects import Flow, Port, call, next_event, open_stream
from racto_nb.kits.exchanging import Exchanging
from racto_nb.providers.batching import BatchApi, JobReport
from racto_nb.providers.failures import HttpFailure, Unreadable
from racto_nb.providers.sse import EventTooLongError
from racto_nb.providers.wire import Request


@dataclass(frozen=True, slots=True)
class Desk(Exchanging):
    """A provider with its batch API at `host`, and the folder of job files. `around` is what stands around a call."""

    api: BatchApi
    jobs: Port[Any, Any, Any]

    api_name: ClassVar[str] = "a batch API"

    def lines(self, request: Request) -> Flow[list[Mapping[str, Any]]]:
        """The lines of a download, which are JSON objects."""
        pieces = yield from self.asked(lambda: self._downloaded(self.timed(request)), self.patient)
        try:
            lines: list[Mapping[str, Any]] = yield from call(partial(lines_from, pieces))
        except HttpFailure as failure:
            raise self.ours(failure) from None
        return lines

    def report(self, raw: Mapping[str, Any]) -> JobReport:
        """What a reply says of a job."""
        return self.told(self.api.report, raw)

    def page(self, raw: Mapping[str, Any]) -> tuple[list[JobReport], str]:
        """The jobs of a page of the provider's list, and where it ended."""
        return self.told(self.api.page, raw)

    def _downloaded(self, request: Request) -> Flow[list[bytes]]:
        stream = yield from open_stream(self.port(), request)
        lines: list[bytes] = []
        while True:
            try:
                line = yield from next_event(stream)
            except EventTooLongError as error:
                raise Unreadable(str(error), host=self.host) from None
            if line is None:
                return lines
            lines.append(line)
