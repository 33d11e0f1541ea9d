"""Names of documents and chunks that follow from what they hold, so that the same file read again is the same document. Pure."""

from __future__ import annotations

import re

from blake3 import blake3

_HASHED = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def hashed_id(*parts: str | int) -> str:
    """A name for `parts`, in the form of a UUID: always the same for the same parts, and for no others.

    >>> hashed_id("notes.txt", "Hello")
    '8236ad07-cdd7-8d57-9f49-fe33b6373b69'
    """
    pieces: list[bytes] = []
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        pieces += (b"%d:" % len(data), data)  # so that ("ab", "c") is not ("a", "bc")
    name = blake3(b"".join(pieces)).hexdigest(length=16)
    # Version 8 of RFC 9562: made by a rule of one's own. Written from the digits, since a UUID object takes longer than the hash.
    return f"{name[:8]}-{name[8:12]}-8{name[13:16]}-{_VARIANT[name[16]]}{name[17:20]}-{name[20:]}"


def is_hashed_id(name: str) -> bool:
    """Whether `name` has the form of a hashed_id: what it names cannot change under it. Ids that people give have others.

    >>> is_hashed_id("8236ad07-cdd7-8d57-9f49-fe33b6373b69"), is_hashed_id("page 3")
    (True, False)
    """
    return _HASHED.fullmatch(name) is not None
