"""PDF files by hand: pages of lines, an outline, a title, pictures, and files that are locked or broken."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Body:
    """The objects of a file; the first is the catalogue."""

    objects: list[bytes] = field(default_factory=list)

    def add(self, text: bytes) -> int:
        self.objects.append(text)
        return len(self.objects)

    def stream(self, data: bytes, entries: bytes = b"") -> int:
        return self.add(b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data))

    def written(self, trailer: bytes = b"") -> bytes:
        out, places = b"%PDF-1.7\n", []
        for number, text in enumerate(self.objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, table)
        tail = b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, len(out))
        return out + head + tail


def written(text: str) -> bytes:
    """A string of a content stream or a dictionary."""
    data = text.encode("cp1252")
    return b"(" + data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def shown(lines: list[str]) -> bytes:
    """The content of a page with these lines."""
    return b"BT /F1 11 Tf 14 TL 50 780 Td " + b" ".join(written(line) + b" Tj T*" for line in lines) + b" ET"


def pdf(
    pages: list[list[str]],
    *,
    outline: list[tuple[str, int]] = [],  # noqa: B006  (not changed)
    title: str = "",
    author: str = "",
    picture: object = None,
    encrypt: bool = False,
) -> bytes:
    """A file with these pages. `outline` has titles with the index of their page; `picture` is a Pillow image on the first page."""
    body = Body()
    body.add(b"")
    body.add(b"")
    font = body.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    drawn = _picture(body, picture) if picture is not None else None
    kids = []
    for number, lines in enumerate(pages):
        content, resources = shown(lines), b"/Font << /F1 %d 0 R >>" % font
        if drawn and number == 0:
            content += b" q 500 0 0 125 40 500 cm /Im1 Do Q"
            resources += b" /XObject << /Im1 %d 0 R >>" % drawn
        stream = body.stream(zlib.compress(content), b"/Filter /FlateDecode")
        kids.append(
            body.add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << %s >> /Contents %d 0 R >>"
                % (resources, stream)
            )
        )
    body.objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    extra = _outline(body, outline, kids)
    body.objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % extra
    info = body.add(b"<< /Title %s /Author %s >>" % (written(title), written(author)))
    trailer = b"/Info %d 0 R" % info
    return body.written(trailer + _locked(body) if encrypt else trailer)


def _outline(body: Body, outline: list[tuple[str, int]], kids: list[int]) -> bytes:
    if not outline:
        return b""
    root = body.add(b"")
    first = root + 1
    for number, (title, page) in enumerate(outline):
        here = first + number
        before = b"/Prev %d 0 R " % (here - 1) if number else b""
        after = b"/Next %d 0 R " % (here + 1) if number + 1 < len(outline) else b""
        body.add(b"<< /Title %s /Parent %d 0 R %s%s/Dest [%d 0 R /Fit] >>" % (written(title), root, before, after, kids[page]))
    last = first + len(outline) - 1
    body.objects[root - 1] = b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (first, last, len(outline))
    return b"/Outlines %d 0 R" % root


def _picture(body: Body, picture: object) -> int:
    data = np.asarray(picture.convert("RGB"))
    height, width, _ = data.shape
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode"
        % (width, height)
    )
    return body.stream(zlib.compress(data.tobytes()), entries)


_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def _locked(body: Body) -> bytes:
    """The standard lock (RC4, 40 bits) with the password "secret". Its strings and streams are not locked in truth."""
    owner = _rc4(hashlib.md5(_padded(b"owner")).digest()[:5], _padded(b"secret"))
    key = hashlib.md5(_padded(b"secret") + owner + (0xFFFFFFFC).to_bytes(4, "little") + b"0" * 16).digest()[:5]
    user = _rc4(key, _PADDING)
    number = body.add(b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (owner.hex().encode(), user.hex().encode()))
    return b" /Encrypt %d 0 R /ID [<%s> <%s>]" % (number, (b"0" * 16).hex().encode(), (b"0" * 16).hex().encode())


def _padded(password: bytes) -> bytes:
    return (password + _PADDING)[:32]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    other = 0
    for place in range(256):
        other = (other + state[place] + key[place % len(key)]) % 256
        state[place], state[other] = state[other], state[place]
    out, place, other = bytearray(), 0, 0
    for byte in data:
        place = (place + 1) % 256
        other = (other + state[place]) % 256
        state[place], state[other] = state[other], state[place]
        out.append(byte ^ state[(state[place] + state[other]) % 256])
    return bytes(out)
