"""Server-sent events, incrementally: bytes in any cuts go in, the `data` of whole events comes out. Pure.

Follows the parsing rules of the WHATWG HTML standard, section "Server-sent events": lines end with LF, CRLF or CR, an event
ends with an empty line, several `data` lines are joined with LF, lines that begin with a colon are comments. An event that the
end of the stream cuts off is dropped, as the standard says, unless all of its JSON is there: some servers forget the last line
ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import msgspec

LONGEST = 64 << 20
"""So many bytes may come without an event ending. A server that goes on would fill the memory."""
_BOM = b"\xef\xbb\xbf"


class EventTooLongError(ValueError):
    """An event that does not end."""


class Reader(Protocol):
    """Reads the events of one stream."""

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that `piece` completes. Raises EventTooLongError for one that does not end."""
        ...

    def end(self) -> list[bytes]:
        """The data of the event that the end of the stream completes: one without the line ends after it, whose JSON is whole."""
        ...


@dataclass(slots=True)
class EventReader:
    """Holds what of the stream has not become an event yet.

    >>> reader = EventReader()
    >>> reader.feed(b'data: {"a"'), reader.feed(b': 1}\\n\\n: ping\\n\\n')
    ([], [b'{"a": 1}'])
    """

    _rest: list[bytes] = field(default_factory=list[bytes])
    _data: list[bytes] = field(default_factory=list[bytes])
    _began: bool = False
    _after_cr: bool = False
    _held: int = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that `piece` completes. Raises EventTooLongError for an event of more than 64 MB."""
        if not piece:
            return []
        if not self._began:
            piece = b"".join([*self._rest, piece])
            self._rest.clear()
            if len(piece) < len(_BOM) and _BOM.startswith(piece):
                self._rest.append(piece)
                return []
            self._began = True
            piece = piece.removeprefix(_BOM)
        if self._after_cr or b"\r" in piece:
            piece = self._with_line_feeds(piece)
        found = self._events(_whole_lines(self._rest, piece))
        self._held = 0 if found or not (self._rest or self._data) else self._held + len(piece)
        if self._held > LONGEST:
            raise _too_long()
        return found

    def end(self) -> list[bytes]:
        """The last event, where only the line ends after it are missing."""
        return list(filter(_is_whole, self.feed(b"\n\n")))

    def _with_line_feeds(self, piece: bytes) -> bytes:
        """`piece` with LF at the ends of all lines. A LF after a CR that ended the last piece belongs to that."""
        if self._after_cr:
            piece = piece.removeprefix(b"\n")
        self._after_cr = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _events(self, lines: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        data = self._data
        for line in lines:
            if line[:6] == b"data: ":
                data.append(line[6:])
            elif not line:
                if data:
                    found.append(b"\n".join(data))
                    data.clear()
            elif line[:5] == b"data:":
                data.append(line[5:])
            elif line == b"data":
                data.append(b"")
        return found


@dataclass(slots=True)
class LineReader:
    r"""Newline-delimited JSON in the same way: bytes in any cuts go in, whole lines come out. Empty lines are dropped.

    >>> reader = LineReader()
    >>> reader.feed(b'{"a": 1}\n{"b"'), reader.feed(b': 2}\n')
    ([b'{"a": 1}'], [b'{"b": 2}'])
    """

    _rest: list[bytes] = field(default_factory=list[bytes])
    _held: int = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that `piece` completes. Raises EventTooLongError for a line of more than 64 MB."""
        lines = _whole_lines(self._rest, piece)
        self._held = 0 if lines else self._held + len(piece)
        if self._held > LONGEST:
            raise _too_long()
        return [line for line in map(bytes.strip, lines) if line]

    def end(self) -> list[bytes]:
        """The last line, where only the end of it is missing."""
        return list(filter(_is_whole, self.feed(b"\n")))


def _is_whole(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _whole_lines(rest: list[bytes], piece: bytes) -> list[bytes]:
    """The lines that `piece` completes. What begins a line stays in `rest`, in pieces: to join it each time takes for ever."""
    if b"\n" not in piece:
        if piece:
            rest.append(piece)
        return []
    lines = b"".join([*rest, piece]).split(b"\n") if rest else piece.split(b"\n")
    rest.clear()
    if begun := lines.pop():
        rest.append(begun)
    return lines


def _too_long() -> EventTooLongError:
    """The error when more than 64 MB are held back for an event that does not end."""
    return EventTooLongError(f"an event of more than {LONGEST >> 20} MB")
