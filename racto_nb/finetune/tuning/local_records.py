"""Records of OpenAI's formats as trainers on a machine of the user's read them. Pure.

What a trainer would lose or misread without a word is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from racto_nb.exceptions import DatasetError
from racto_nb.finetune.checking.naming import meant

Record = dict[str, Any]
TRAINED = "training"
"""The key by which axolotl is told whether a turn is learnt."""
LISTS = frozenset({"messages", "prompt", "chosen", "rejected", "tools"})
"""The keys whose values are lists in each record."""
_PARTS: Mapping[str, tuple[str, ...]] = {"sft": ("messages",), "dpo": ("prompt", "chosen", "rejected")}


def read_by(trainer: str, method: str, content: bytes) -> list[Record]:
    """The records in the lines `content`, as `trainer` reads them. Raises DatasetError for what it cannot read."""
    lines = [line for line in content.splitlines() if line.strip()]
    return [_read_by(trainer, method, msgspec.json.decode(line, type=Record), place) for place, line in enumerate(lines)]


def holds_tools(record: Record, method: str) -> bool:
    """Whether tools are offered or called in a record."""
    return bool(record.get("tools")) or any(turn.get("tool_calls") for turn in _turns(record, _PARTS[method]))


def _read_by(trainer: str, method: str, record: Record, place: int) -> Record:
    given = _pair(record) if method == "dpo" else record
    turns = list(_turns(given, _PARTS[method]))
    _join_texts(turns)
    if any(isinstance(turn.get("content"), list) for turn in turns):
        raise _refused(place, "holds a file. Trainers of text read none: leave such examples out")
    if method == "dpo":
        why = "a trainer of preferences learns each answer whole"
        _refuse_weights(_turns(given, ("chosen", "rejected")), place, (1,), why)
    elif trainer == "trl":
        _refuse_weights(turns, place, (1,), "trl learns each answer whole. axolotl can leave answers out")
    else:
        _refuse_weights(turns, place, (0, 1), "axolotl learns an answer whole or not at all")
        _mark_learnt(turns)
    for turn in turns:
        turn.pop("weight", None)
    if trainer == "trl":
        _parse_arguments(turns, place)
    elif method == "dpo":
        _flatten_answers(given, place)
    return given


def _join_texts(turns: Iterable[Record]) -> None:
    """Make one text of what is written in pieces, as templates read it. With a file among them it stays as it is."""
    for turn in turns:
        pieces = turn.get("content")
        if isinstance(pieces, list) and all(piece.keys() == {"type", "text"} for piece in cast("list[Record]", pieces)):
            turn["content"] = "".join(piece["text"] for piece in cast("list[Record]", pieces))


def _pair(record: Mapping[str, Any]) -> Record:
    """A preference pair as trainers name its parts."""
    asked = record["input"]
    tools = {"tools": asked["tools"]} if asked.get("tools") else {}
    return {
        "prompt": asked["messages"],
        "chosen": record["preferred_output"],
        "rejected": record["non_preferred_output"],
        **tools,
    }


def _refuse_weights(turns: Iterable[Record], place: int, taken: Sequence[float], why: str) -> None:
    for turn in turns:
        weight = turn.get("weight")
        if weight is not None and weight not in taken and meant(turn["role"]) == "assistant":
            raise _refused(place, f"has an answer of the weight {weight!r:.30}; {why}. Leave the example out")


def _mark_learnt(turns: Iterable[Record]) -> None:
    """Say of each turn whether it is learnt, as axolotl is told."""
    for turn in turns:
        turn[TRAINED] = meant(turn["role"]) == "assistant" and turn.get("weight") != 0


def _flatten_answers(record: Record, place: int) -> None:
    """Name the parts of a pair as axolotl does, which takes one answer of each kind, and reads role and text of turns alone."""
    if len(record["chosen"]) != 1 or len(record["rejected"]) != 1:
        raise _refused(place, "prefers several turns; axolotl takes one answer of each kind")
    if holds_tools(record, "dpo"):
        raise _refused(place, "has tools; axolotl reads nothing but the text of preference pairs. trl reads tools")
    if any(not isinstance(turn.get("content"), str) for turn in _turns(record, _PARTS["dpo"])):
        raise _refused(place, "has a turn without text; axolotl reads nothing but the text of preference pairs")
    record["messages"] = record.pop("prompt")
    record["chosen"], record["rejected"] = record["chosen"][0], record["rejected"][0]


def _parse_arguments(turns: Iterable[Record], place: int) -> None:
    """Write the arguments of calls as objects, their values to the letter: templates write them out as JSON themselves."""
    for called in (call["function"] for turn in turns for call in turn.get("tool_calls") or ()):
        try:
            msgspec.json.decode(called["arguments"], type=Record)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            why = f"has a call of {called['name']!r:.60} whose arguments are no JSON object ({error}); trl reads objects"
            raise _refused(place, why) from None
        called["arguments"] = msgspec.Raw(msgspec.json.format(str(called["arguments"]), indent=-1).encode())


def _turns(record: Record, names: Iterable[str]) -> Iterator[Record]:
    for name in names:
        yield from record[name]


def _refused(place: int, why: str) -> DatasetError:
    return DatasetError(f"Example {place} {why}. Nothing was written.", example=place)
