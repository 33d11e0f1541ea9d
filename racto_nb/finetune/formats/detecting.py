"""Which format a record is written in, by its keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from racto_nb.finetune.formats.openai import RECORD_KEYS

Item = Mapping[str, object]
_BLOCKS = ("tool_use", "tool_result", "document", "image")
_BY_KEYS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"racto", "messages"}), "racto"),
    (frozenset({"input", "preferred_output", "non_preferred_output"}), "openai_dpo"),
    (frozenset({"conversations"}), "sharegpt"),
    (frozenset({"contents", "completions"}), "gemini_preference"),
    (frozenset({"contents"}), "vertex"),
    (frozenset({"text_input", "output"}), "gemini"),
    (frozenset({"instruction", "output"}), "alpaca"),
)


def detected(record: Item) -> str | None:
    """The name of the format that `record` is written in; None where it looks like none of them.

    A record with nothing but messages of users and assistants may be OpenAI's or Anthropic's: the answer is "openai", which reads
    the same in it. One whose last turn is the user's and that has keys beside the messages is for reinforcement.

    >>> detected({"messages": [{"role": "user", "content": "Hi"}]}), detected({"instruction": "Add.", "output": "3"})
    ('openai', 'alpaca')
    """
    for keys, name in _BY_KEYS:
        if keys <= record.keys():
            return name
    messages = record.get("messages")
    if not isinstance(messages, list):
        return None
    turns = [cast("Item", turn) for turn in cast("list[object]", messages) if isinstance(turn, dict)]
    if "system" in record or _offers_schemas(record) or any(map(_has_blocks, turns)):
        return "anthropic"
    asks = bool(turns) and turns[-1].get("role") in ("user", "tool")
    return "openai_rft" if asks and not record.keys() <= RECORD_KEYS else "openai"


def _offers_schemas(record: Item) -> bool:
    tools = record.get("tools")
    return isinstance(tools, list) and any(
        isinstance(tool, dict) and "input_schema" in tool for tool in cast("list[object]", tools)
    )


def _has_blocks(turn: Item) -> bool:
    content = turn.get("content")
    if not isinstance(content, list):
        return False
    return any(isinstance(block, dict) and cast("Item", block).get("type") in _BLOCKS for block in cast("list[object]", content))
