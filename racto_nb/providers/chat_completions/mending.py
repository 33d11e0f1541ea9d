"""Events that are nearly right: JSON that only a patient reader takes, and characters cut in halves. Pure, and rarely needed.

Some servers cut an answer between the two halves of a surrogate pair, so that an emoji comes as two escapes in two events.
Neither is a character, and a strict reader refuses both.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TypeVar

import msgspec

from racto_nb.models.stream import Transcript, joined_halves
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.wire import Draft

_Event = TypeVar("_Event")


def patiently_read(data: bytes, kind: type[_Event]) -> _Event:
    """The event in `data`, which msgspec has refused. Raises Unreadable for what is none for the standard library either."""
    try:
        return msgspec.convert(json.loads(data), kind)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors too
        raise Unreadable(f"{error}: {data[:80]!r}", answering=True) from None


def mended(before: Draft, after: Draft) -> Draft:
    """`after`, the halves in what it has beyond `before` put together, also with one that waited for the other."""
    said, said_half = _mended(before.said, before.said_count, after.said, after.said_count, before.halves[0])
    thought, thought_half = _mended(before.thought, before.thought_count, after.thought, after.thought_count, before.halves[1])
    return replace(
        after,
        said=said,
        said_count=len(said.pieces) if said is not after.said else after.said_count,
        thought=thought,
        thought_count=len(thought.pieces) if thought is not after.thought else after.thought_count,
        halves=(said_half, thought_half),
    )


def _mended(before: Transcript, count: int, after: Transcript, after_count: int, half: str) -> tuple[Transcript, str]:
    """The transcript with what came after the first `count` pieces mended, and the half with which it ends."""
    added = half + "".join(after.pieces[count:after_count])
    if after_count == count or (whole := joined_halves(added)) == added:
        return after, ""
    waiting = added[-1] if "\ud800" <= added[-1] <= "\udbff" else ""
    if waiting:
        whole = whole[:-1]
    kept = Transcript(before.pieces[:count])
    return (kept.extended(count, whole) if whole else kept), waiting
