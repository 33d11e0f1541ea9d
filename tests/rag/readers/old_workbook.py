"""An .xls file by hand: BIFF8 records in an OLE container. No library that writes them is kept any more."""

from __future__ import annotations

import struct

SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def workbook(rows: list[list[str | float]], *, locked: bool = False) -> bytes:
    """One sheet "One" with these rows."""
    return contained(_records(rows, locked=locked))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _records(rows: list[list[str | float]], *, locked: bool) -> bytes:
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    lock = _record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48)) if locked else b""
    page = _record(0x42, struct.pack("<H", 1200))
    size = len(begin) + len(lock) + len(page) + 4 + 8 + 3 + 4
    sheet = _record(0x85, struct.pack("<IBBBB", size, 0, 0, 3, 0) + b"One")
    cells = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                cells += _record(0x204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            else:
                cells += _record(0x203, place + struct.pack("<d", value))
    return begin + lock + page + sheet + _record(0x0A, b"") + cells + _record(0x0A, b"")


def contained(stream: bytes) -> bytes:
    """An OLE container with the stream "Workbook"."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // SECTOR)
    table = [_FAT, _END, *range(3, 2 + sectors), _END]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", _FREE) * 108
    fat = struct.pack(f"<{len(table)}I", *table).ljust(SECTOR, b"\xff")
    directory = (
        _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream)) + _entry("", 0, _FREE, 0, 0) * 2
    )
    return header + fat + directory + stream.ljust(sectors * SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    length = len(written) + 2 if name else 0
    return written.ljust(64, b"\0") + struct.pack("<HBBIII16x4x8x8xIQ", length, kind, 1, _FREE, _FREE, child, start, size)
