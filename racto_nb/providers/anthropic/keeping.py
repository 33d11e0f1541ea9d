"""The blocks of an answer that calls tools, to be sent back as they came. Pure.

Claude wants its thinking back with the results of tools, whole, signed and in its place among the other blocks. A stream brings a
block in pieces, so what is kept until its end is where each block began.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from racto_nb.providers.wire import Draft

_OURS = frozenset({"text", "tool_use"})
"""Blocks that a turn's text and calls tell whole."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A block as it began, with the counts of pieces of text and thinking before it, and what came later of it alone.

    `ended` is the count of pieces of thinking where the block before it ended: a blank line may stand between the two.
    """

    index: int
    block: Mapping[str, Any]
    said: int
    thought: int
    ended: int
    signature: str = ""
    written: str = ""


def begun(draft: Draft, block: Mapping[str, Any], index: int, *, ended: int) -> Draft:
    """The draft that knows of one more block, which began after `ended` pieces of thinking and what parts it from them."""
    return replace(draft, own=(*_known(draft), Begun(index, block, draft.said_count, draft.thought_count, ended)))


def added(draft: Draft, index: int, *, signature: str = "", written: str = "") -> Draft:
    """The draft with one more piece of a block's signature, or of the JSON of a block that is no call of ours."""
    own = tuple(
        replace(item, signature=item.signature + signature, written=item.written + written) if item.index == index else item
        for item in _known(draft)
    )
    return replace(draft, own=own)


def kept(draft: Draft) -> list[dict[str, Any]] | None:
    """The blocks of a complete answer that called tools, None where its text and its calls tell all of it."""
    own: object = draft.own
    if isinstance(own, list):  # it ended twice
        return cast("list[dict[str, Any]]", own)
    known = _known(draft)
    if not draft.calls or all(item.block.get("type") in _OURS for item in known):
        return None
    try:
        return [block for place, item in enumerate(known) if (block := _whole(draft, item, known[place + 1 :]))]
    except (ValueError, RecursionError):  # arguments that are no JSON: the answer itself will be refused for them
        return None


def _known(draft: Draft) -> tuple[Begun, ...]:
    own: object = draft.own
    return cast("tuple[Begun, ...]", own) if isinstance(own, tuple) else ()


def _whole(draft: Draft, item: Begun, later: tuple[Begun, ...]) -> dict[str, Any] | None:
    """The block `item`, None for a text that says nothing: such a one is refused."""
    match item.block.get("type"):
        case "text":
            end = later[0].said if later else draft.said_count
            text = "".join(draft.said.pieces[item.said : end])
            return {"type": "text", "text": text} if text.strip() else None
        case "thinking":
            text = "".join(draft.thought.pieces[item.thought : _end_of_thought(draft, later)])
            return {"type": "thinking", "thinking": text, "signature": item.signature or item.block.get("signature", "")}
        case "tool_use":
            call = draft.call(item.index)
            return {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments or "{}")}
        case _ if item.written:
            return {**item.block, "input": json.loads(item.written)}
        case _:
            return dict(item.block)


def _end_of_thought(draft: Draft, later: tuple[Begun, ...]) -> int:
    """Where the thinking of a block ends: where the next one that thinks begins, or at the blank line before that."""
    following = next((item for item in later if item.block.get("type") == "thinking"), None)
    return draft.thought_count if following is None else following.ended
