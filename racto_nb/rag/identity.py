"""Names of documents and chunks that follow from what they hold, so that the same file read again is the same document. Pure."""

from __future__ import annotations

from uuid import UUID

from blake3 import blake3


def hashed_id(*parts: str | int) -> str:
    """A name for `parts`, in the form of a UUID: always the same for the same parts, and for no others.

    >>> hashed_id("notes.txt", "Hello")
    '8236ad07-cdd7-8d57-9f49-fe33b6373b69'
    """
    hasher = blake3()
    for part in parts:
        data = str(part).encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(data))  # so that ("ab", "c") is not ("a", "bc")
        hasher.update(data)
    bits = int.from_bytes(hasher.digest(length=16))
    bits = bits & ~(0xF << 76) | 8 << 76  # version 8 of RFC 9562: made by a rule of one's own
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=bits))
