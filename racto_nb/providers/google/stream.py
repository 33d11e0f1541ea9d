"""Gemini's streams: server-sent events, and errors that stand between them as bare JSON objects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from racto_nb.providers.sse import EventReader, EventTooLongError

LONGEST_OBJECT = 1 << 20
"""So many bytes may an object have that stands between the events: it is looked at again with each of its lines."""


@dataclass(slots=True)
class GeminiReader(EventReader):
    """Reads events, and objects that begin on a line of their own: these end where their JSON does, not with an empty line.

    >>> reader = GeminiReader()
    >>> reader.feed(b'data: {"a": 1}\\r\\n\\r\\n{\\n  "error": {"code"'), reader.feed(b': 503}\\n}')
    ([b'{"a": 1}'], [b'{\\n  "error": {"code": 503}\\n}'])
    """

    _object: list[bytes] = field(default_factory=list[bytes])
    _size: int = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that `piece` completes, and the objects. Raises EventTooLongError for one that does not end."""
        found = EventReader.feed(self, piece)
        if self._object or (self._rest and self._rest[0].startswith(b"{")):
            if self._size + self._held > LONGEST_OBJECT:
                message = f"an object of more than {LONGEST_OBJECT >> 20} MB between the events"
                raise EventTooLongError(message)
            if piece.rstrip().endswith(b"}") and (whole := self._whole(*self._rest)):  # the last line of a stream may have no end
                self._rest.clear()
                found += whole
        return found

    def _events(self, lines: list[bytes]) -> list[bytes]:
        if not self._object and not any(line.startswith(b"{") for line in lines):
            return EventReader._events(self, lines)  # noqa: SLF001  (its own; slots leave no super())
        found: list[bytes] = []
        for line in lines:
            if not self._object and not line.startswith(b"{"):
                found += EventReader._events(self, [line])  # noqa: SLF001  (the one of the class above)
                continue
            self._object.append(line + b"\n")
            self._size += len(line) + 1
            if line.rstrip().endswith(b"}"):
                found += self._whole()
        return found

    def _whole(self, *begun: bytes) -> list[bytes]:
        """The object, if its JSON is complete with the lines so far and the one that has `begun`."""
        told = b"".join([*self._object, *begun]).rstrip()
        try:
            msgspec.json.decode(told)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return []
        self._object.clear()
        self._size = 0
        return [told]
