"""An answer on its way to the socket: bytes, pauses between them, and how it ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from racto_nb.testing.faults import Ending, FakeBody
from racto_nb.testing.templates import Mark


@dataclass(frozen=True, slots=True)
class Pause(Mark):
    """A wait of so many seconds; what was written before is sent first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent for one request.

    `parts` are sent as HTTP chunks when `chunked`, else as one body. `ending` says how it breaks off after them (None: it does
    not), `cut_at_byte` that this happens earlier, `before_headers` that nothing at all is sent.
    """

    status: int
    content_type: str
    parts: Iterable[bytes | Pause]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    chunked: bool = False
    delay: float = 0.0
    before_headers: bool = False
    cut_at_byte: int | None = None
    ending: Ending | None = None


def body_answer(body: FakeBody) -> Answer:
    """A body that is sent as it is."""
    chunked = bool(body.splits or body.pauses) or "json" not in body.content_type or "ndjson" in body.content_type
    answer = Answer(body.status, body.content_type, _split(body), body.headers, chunked=chunked)
    return replace(answer, ending=body.ending)


def cut(parts: Iterable[bytes | Pause], at: int | None) -> Iterator[bytes | Pause]:
    """The first `at` bytes of `parts`; all of them where it is None."""
    left = at
    for part in parts:
        if left is None or isinstance(part, Pause):
            yield part
        elif len(part) < left:
            yield part
            left -= len(part)
        else:
            if left:
                yield part[:left]
            return


def _split(body: FakeBody) -> Iterator[bytes | Pause]:
    start, size = 0, len(body.content)
    for end in sorted({place for place in (*body.splits, *body.pauses, size) if 0 <= place <= size}):
        if part := body.content[start:end]:
            yield part
        start = end
        if end in body.pauses:
            yield Pause(body.pauses[end])
