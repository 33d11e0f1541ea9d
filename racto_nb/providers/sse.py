"""Server-sent events, incrementally: bytes in any cuts go in, the `data` of whole events comes out. Pure.

Follows the parsing rules of the WHATWG HTML standard, section "Server-sent events": lines end with LF, CRLF or CR, an event
ends with an empty line, several `data` lines are joined with LF, lines that begin with a colon are comments. An event that the
end of the stream cuts off is dropped, as the standard says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class EventReader:
    """Holds what of the stream has not become an event yet.

    >>> reader = EventReader()
    >>> reader.feed(b'data: {"a"'), reader.feed(b': 1}\\n\\n: ping\\n\\n')
    ([], [b'{"a": 1}'])
    """

    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list[bytes])
    _began: bool = False
    _after_cr: bool = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that `piece` completes."""
        if not piece:
            return []
        if not self._began:
            piece = self._rest + piece
            self._rest = b""
            if len(piece) < len(_BOM) and _BOM.startswith(piece):
                self._rest = piece
                return []
            self._began = True
            piece = piece.removeprefix(_BOM)
        return self._events(self._lines(piece))

    def _lines(self, piece: bytes) -> list[bytes]:
        if self._after_cr:  # a LF after a CR that ended the last piece belongs to it
            self._after_cr = False
            piece = piece.removeprefix(b"\n")
        if b"\r" in piece:
            self._after_cr = piece.endswith(b"\r")
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return lines

    def _events(self, lines: list[bytes]) -> list[bytes]:
        found: list[bytes] = []
        data = self._data
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line:
                if data:
                    found.append(data[0] if len(data) == 1 else b"\n".join(data))
                    data.clear()
            elif line == b"data":
                data.append(b"")
        return found


@dataclass(slots=True)
class LineReader:
    """Newline-delimited JSON in the same way: bytes in any cuts go in, whole lines come out. Empty lines are dropped.

    >>> reader = LineReader()
    >>> reader.feed(b'{"a": 1}\\n{"b"'), reader.feed(b': 2}\\n')
    ([b'{"a": 1}'], [b'{"b": 2}'])
    """

    _rest: bytes = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that `piece` completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [line for line in map(bytes.strip, lines) if line]
