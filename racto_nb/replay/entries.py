"""One interaction of a recording: what was asked and what came, as one line of JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from racto_nb.exceptions import ReplayFileError
from racto_nb.providers.embedded.engine import EngineRefusedError
from racto_nb.providers.failures import Refused
from racto_nb.replay.codec import compact, restored, stored
from racto_nb.replay.keys import Asked, Kind

FORMAT = "racto-nb replay"
VERSION = 1
HEADER = compact({"format": FORMAT, "version": VERSION}).encode() + b"\n"
_PLACES = 3
"""Seconds are kept to the millisecond."""
_TOLD = ("text", "status", "code", "retry_after", "retry", "host", "request_id", "body")


@dataclass(frozen=True, slots=True)
class Entry:
    """An interaction: the `number`-th time that `asked` was asked, counted from 0, and what came.

    One of `reply`, `events` and `failure` is there, in stored form. `seconds` is how long a reply took, or when each event came.
    """

    asked: Asked
    number: int
    reply: Any = None
    events: Sequence[Any] | None = None
    failure: Mapping[str, Any] | None = None
    seconds: float | Sequence[float] = 0.0

    @property
    def place(self) -> tuple[str, int]:
        """Where it belongs in its recording."""
        return self.asked.key, self.number

    @property
    def outcome(self) -> tuple[str, Any]:
        """What came, with the name of its field."""
        if self.failure is not None:
            return "failure", self.failure
        return ("reply", self.reply) if self.events is None else ("events", self.events)

    def says_the_same(self, other: Entry | None) -> bool:
        """Whether the same was asked and the same came, be it faster or slower."""
        return other is not None and (self.asked.request, self.outcome) == (other.asked.request, other.outcome)

    def with_outcome(self, value: Any) -> Entry:
        """This entry with something else in the place of what came."""
        name, _ = self.outcome
        return replace(self, **{name: value})

    @property
    def line(self) -> bytes:
        """The entry as a line of a recording."""
        asked, (name, value) = self.asked, self.outcome
        fields = {
            "key": asked.key,
            "n": self.number,
            "kind": asked.kind,
            "provider": asked.provider,
            "model": asked.model,
            "operation": asked.operation,
            "address": asked.address,
            "request": asked.request,
            name: value,
            "seconds": self.seconds,
        }
        try:
            return compact(fields).encode() + b"\n"
        except UnicodeEncodeError:  # half a surrogate pair, which JSON can only write as an escape
            return json.dumps(fields, separators=(",", ":"), allow_nan=False).encode() + b"\n"

    def replayed_events(self) -> Iterator[tuple[float, Any]]:
        """The events with their times, in seconds from the beginning."""
        times = cast("Sequence[float]", self.seconds)
        return ((time, self._restored(event)) for time, event in zip(times, self.events or (), strict=True))

    def replayed_reply(self) -> Any:
        """The reply as it was."""
        return self._restored(self.reply)

    def raise_failure(self) -> None:
        """Raise the error that came in place of an answer, where one did."""
        if self.failure is None:
            return
        told = dict(self._restored(dict(self.failure)))
        raise EngineRefusedError(told["engine"]) if "engine" in told else Refused(told.pop("text"), **told)

    def _restored(self, value: Any) -> Any:
        try:
            return restored(value)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"The recording of {self.asked.key} #{self.number} holds what no port answers ({error}). Record it anew."
            raise ReplayFileError(message) from None


def rounded(seconds: float) -> float:
    """`seconds` as they are written."""
    return round(seconds, _PLACES)


def stored_failure(error: Exception) -> dict[str, Any] | None:
    """A refusal as data, None for an error that is none: the weather of a network is not recorded."""
    match error:
        case Refused():
            return {name: stored(getattr(error, name)) for name in _TOLD}
        case EngineRefusedError():
            return {"engine": stored(error.detail)}
        case _:
            return None


def read_entry(line: bytes) -> Entry:
    """The entry in a line. Raises ValueError for what is no JSON, ReplayFileError for JSON that is no entry."""
    try:
        told: Any = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    try:
        return _entry(told)
    except (KeyError, TypeError, AttributeError) as error:
        message = f"no interaction but {line[:60].decode(errors='replace')!r} ({type(error).__name__}: {error})"
        raise ReplayFileError(message) from None


def _entry(told: dict[str, Any]) -> Entry:
    kind: Kind = told["kind"]
    if kind not in ("send", "stream"):
        raise KeyError("kind")
    texts = [told[name] for name in ("provider", "model", "operation", "address", "key")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(told["n"], int):
        raise TypeError("a field of another type")
    provider, model, operation, address, key = texts
    asked = Asked(kind, provider, model, operation, dict(told["request"]), address, key)
    if "failure" in told:
        return Entry(asked, told["n"], failure=dict(told["failure"]), seconds=told["seconds"])
    if kind == "send":
        return Entry(asked, told["n"], reply=told["reply"], seconds=float(told["seconds"]))
    events, seconds = list(told["events"]), [float(each) for each in told["seconds"]]
    if len(events) != len(seconds):
        raise TypeError("not one time for each event")
    return Entry(asked, told["n"], events=events, seconds=seconds)
