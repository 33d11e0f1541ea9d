"""What a fake provider can do wrong, as values: FakeFault for a reply that goes wrong, FakeBody for bytes sent as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Self, TypeAlias, get_args

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.models.response import LLMResponse
from racto_nb.testing.replies import FakeReply

Ending: TypeAlias = Literal["close", "reset", "clean", "hang"]
"""How an answer breaks off; `FakeFault` says what each word means."""

_STREAMS = {".sse": "text/event-stream; charset=utf-8", ".ndjson": "application/x-ndjson", ".json": "application/json"}
_FIRST_ERROR, _LAST_STATUS = 400, 599


@dataclass(frozen=True, slots=True)
class FakeBody:
    """An answer sent byte for byte as given, to whatever was asked.

    It is sent in one piece, or broken at the offsets of `splits`. `pauses` says where to wait: seconds by offset. `ending` says
    how it breaks off after its last byte (None: it is whole).

    >>> FakeBody(b'{"half": ', ending="close").content
    b'{"half": '
    """

    content: bytes
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    splits: tuple[int, ...] = ()
    pauses: Mapping[int, float] = field(default_factory=dict[int, float])
    ending: Ending | None = None

    def __post_init__(self) -> None:
        _check_ending(self.ending)

    @classmethod
    def from_file(cls, path: str | Path, *, status: int = 200, splits: tuple[int, ...] = ()) -> Self:
        """The bytes of a recorded .sse, .ndjson or .json file.

        In a stream, a line `#DROP` closes the connection there and a line `#SLEEP 0.2` waits so many seconds; neither is sent.
        """
        file = Path(path)
        content_type = _STREAMS.get(file.suffix)
        if content_type is None:
            msg = f"{file.name!r} is neither .sse, .ndjson nor .json: give FakeBody(content, content_type) instead."
            raise UsageError(msg)
        if file.suffix == ".json":
            return cls(file.read_bytes(), content_type, status, splits=splits)
        content, pauses, dropped = _directed(file.read_bytes())
        return cls(content, content_type, status, splits=splits, pauses=pauses, ending="close" if dropped else None)


@dataclass(frozen=True, slots=True)
class FakeFault:
    """A reply that goes wrong. What is given here may be combined.

    `status` answers with this HTTP status (400 to 599) and an error body in the provider's own shape, in which `message` and
    `code` replace the usual words; `body` replaces all of it. `headers` are added; `retry_after` (seconds, or a datetime for an
    HTTP date) and `retry_after_ms` are headers that say when to come again. `delay` seconds pass before the headers.

    Without `status`, `reply` is given. With `before_headers` the connection ends before anything was sent, with `cut_at_byte`
    after so many bytes of the body (0: right after the headers). `ending` says how: "close" closes it in order but without the
    end of the body, "reset" resets it, "clean" ends the body there as if that were its end, "hang" sends nothing any more until
    the client leaves or the server is closed. `error_after` so many pieces a stream reports an error: the wire's usual event, the
    one named `error_event`, or the bytes given there.

    >>> FakeFault(status=429, retry_after=1.5).status
    429
    """

    reply: str | FakeReply | LLMResponse | FakeBody = ""
    status: int | None = None
    message: str | None = None
    code: str | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    retry_after: float | datetime | None = None
    retry_after_ms: float | None = None
    delay: float = 0.0
    before_headers: bool = False
    cut_at_byte: int | None = None
    ending: Ending = "close"
    error_after: int | None = None
    error_event: str | bytes | None = None

    def __post_init__(self) -> None:
        _check_ending(self.ending)
        if self.status is not None and not _FIRST_ERROR <= self.status <= _LAST_STATUS:
            msg = f"FakeFault(status={self.status}) is no error: give a status from 400 to 599, or a FakeBody."
            raise UsageError(msg)
        if self.error_event is not None and self.error_after is None:
            msg = "FakeFault(error_event=...) needs error_after: after how many pieces the error comes."
            raise UsageError(msg)


def _check_ending(ending: str | None) -> None:
    if ending is not None and ending not in get_args(Ending):
        msg = f"There is no ending {ending!r}.{did_you_mean(ending, get_args(Ending))}"
        raise UsageError(msg)


def _directed(text: bytes) -> tuple[bytes, dict[int, float], bool]:
    """The bytes without the directives, the pauses by offset, and whether the connection is dropped at the end."""
    content, pauses = bytearray(), dict[int, float]()
    for line in text.splitlines(keepends=True):
        if line.strip() == b"#DROP":
            return bytes(content), pauses, True
        if sleep := re.fullmatch(rb"#SLEEP ([\d.]+)", line.strip()):
            pauses[len(content)] = float(sleep[1])
        else:
            content += line
    return bytes(content), pauses, False
