"""What a page says, read as events of a controller. A page may say anything, so types, sizes and names are checked here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, cast

import msgspec
from msgspec import Meta

from racto_nb.exceptions import UsageError

Key = Annotated[str, Meta(max_length=80, pattern=r"^[\w.:-]*$")]
"""The name of a thing that the kernel has told the page of."""
Line = Annotated[str, Meta(max_length=4_000)]
"""A short text, such as a name or a search."""
Text = Annotated[str, Meta(max_length=2_000_000)]
"""Anything a person types or pastes, in characters."""
Place = Annotated[int, Meta(ge=0, le=2_000_000_000)]
"""A number of a row, an example, a turn."""
LONGEST_FILE = 50_000_000
"""Bytes of a file that is dropped onto a widget, at most."""
LONGEST_FILES = 100_000_000
"""Bytes of all files that are dropped together, at most."""

T = TypeVar("T")


class FromPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower):
    """An event that a page may say: its class's name in small letters stands in `do`, the rest are its fields."""


class Refresh(FromPage, frozen=True):
    """The page lacks a change to a part, and asks for the whole of it."""

    part: Key


class Hush(FromPage, frozen=True):
    """The reader has read the error."""


def said(content: object, kinds: type[T] | Any) -> T:
    """`content`, which a page has sent, as one of `kinds`. UsageError for anything else, saying what is wrong with it.

    >>> said({"do": "refresh", "part": "turns"}, Refresh | Hush)
    Refresh(part='turns')
    """
    try:
        # Half a character would come back to the page, which no message can hold; all that is sent with it would be lost.
        json.dumps(content, ensure_ascii=False).encode()
        return msgspec.convert(content, kinds)
    except (msgspec.ValidationError, UnicodeEncodeError, TypeError, RecursionError) as error:
        raise UsageError(f"The page said something that is not understood, and nothing was done: {error}.") from error


def dropped(buffers: object, count: int) -> list[bytes]:
    """The `count` files that came along with an event. UsageError where they are fewer, more, or too large."""
    came: Sequence[bytes] = cast("Any", buffers) if isinstance(buffers, (list, tuple)) else ()
    files = [bytes(each) for each in came]
    if len(files) != count:
        raise UsageError(f"{count} files were announced and {len(files)} came. Nothing was attached.")
    for file in files:
        if len(file) > LONGEST_FILE:
            raise UsageError(f"A file of {len(file):,} bytes is larger than {LONGEST_FILE:,}. Read it in a cell instead.")
    if sum(map(len, files)) > LONGEST_FILES:
        raise UsageError(f"The files are larger than {LONGEST_FILES:,} bytes together. Read them in a cell instead.")
    return files
