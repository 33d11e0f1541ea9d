"""Gemini's streams: server-sent events, and errors that stand between them as bare JSON objects. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from racto_nb.providers.sse import EventReader


@dataclass(slots=True)
class GeminiReader(EventReader):
    """Reads events, and objects that begin on a line of their own: these end where their JSON does, not with an empty line.

    >>> reader = GeminiReader()
    >>> reader.feed(b'data: {"a": 1}\\r\\n\\r\\n{\\n  "error": {"code"'), reader.feed(b': 503}\\n}')
    ([b'{"a": 1}'], [b'{\\n  "error": {"code": 503}\\n}'])
    """

    _object: list[bytes] = field(default_factory=list[bytes])

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that `piece` completes, and the objects."""
        found = EventReader.feed(self, piece)
        if self._object or self._rest.startswith(b"{"):
            found += self._whole(self._rest)  # the last line of a stream may have no end
        return found

    def _events(self, lines: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        for line in lines:
            if not self._object and not line.startswith(b"{"):
                found += EventReader._events(self, [line])  # noqa: SLF001  (its own; slots leave no super())
                continue
            self._object.append(line)
            found += self._whole()
        return found

    def _whole(self, *more: bytes) -> list[bytes]:
        """The object, if its JSON is complete with the lines so far and `more`."""
        told = b"\n".join([*self._object, *more])
        if not told.rstrip().endswith(b"}"):
            return []
        try:
            msgspec.json.decode(told)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return []
        self._object.clear()
        if more:
            self._rest = b""
        return [told]
