"""What a child process and its parent say to each other: messages, answers, and how work can fail. Standard library only."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

Message = Mapping[str, Any]
"""What goes through the pipes between processes: JSON."""

_HEAD = struct.Struct("<I")


def write_message(pipe: IO[bytes], message: Message) -> None:
    """Send `message`: its length and JSON."""
    body = json.dumps(message).encode()
    pipe.write(_HEAD.pack(len(body)) + body)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> Message | None:
    """The next message; None when the other side is gone."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    (length,) = _HEAD.unpack(head)
    body = pipe.read(length)
    return json.loads(body) if len(body) == length else None


class Refused(Exception):  # noqa: N818  (an answer, not a mistake)
    """What the parent is told instead of an answer. `kind` is "query", "interrupted", "memory", "too large" or "source".

    With `ends` the child is not fit for another request.
    """

    def __init__(self, kind: str, words: str, *, ends: bool = False) -> None:
        super().__init__(words)
        self.kind, self.words, self.ends = kind, words, ends


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child found: facts, a frame if there is one, and how many seconds the work took."""

    facts: Message
    frame: pl.DataFrame | None
    seconds: float


class ChildRefusedError(Exception):
    """The child's own words instead of an answer, and their kind, see `Refused`."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind, self.words = kind, words


class ChildTimeoutError(Exception):
    """The work took longer than it may; it was stopped."""


class ChildDiedError(Exception):
    """The child ended in the middle of the work. `code` is its exit code, or minus the signal; `told` what it wrote last."""

    def __init__(self, code: int | None, told: str) -> None:
        super().__init__(f"ended with {code}: {told}")
        self.code, self.told = code, told
