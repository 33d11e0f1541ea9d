"""The rows of the grid: a window of them at a time. Pure."""

from __future__ import annotations

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.notebook.display.sanitising import printable
from racto_nb.notebook.widgets.dataset.desk import Desk

_LONGEST = 160
"""Characters of a text in the grid."""
_MARKS = {"error": "racto-bad", "warning": "racto-warn", "hint": "racto-quiet"}


def window(desk: Desk, first: int, last: int) -> dict[str, object]:
    """The message with the rows from `first` to before `last`, and the shape that they have these numbers in."""
    return {"t": "rows", "first": first, "shape": desk.shape, "rows": rows(desk, first, last)}


def rows(desk: Desk, first: int, last: int) -> list[list[object]]:
    """The rows from `first` to before `last`."""
    return [_row(desk, desk.place(row)) for row in range(first, min(last, desk.shown))]


def _row(desk: Desk, place: int) -> list[object]:
    example = desk.data[place]
    tokens = "" if desk.tokens is None else f"{desk.tokens[place]:,}"
    turns = str(sum(1 for _ in example.turns()))
    return [f"{place:,}", turns, _short(asked(example)), _short(answered(example)), tokens, _found(desk, place)]


def asked(example: RactoTrainingExample) -> str:
    """The first thing that a user says."""
    return next((text_of(turn.content) for turn in example.messages if turn.role == "user"), "")


def answered(example: RactoTrainingExample) -> str:
    """The last thing that the assistant says or calls."""
    turns = example.preferred or example.messages
    answer = next((turn for turn in reversed(turns) if turn.role == "assistant"), None)
    if answer is None:
        return ""
    return text_of(answer.content) or ", ".join(f"{call.name}({call.arguments})" for call in answer.tool_calls)


def text_of(value: object) -> str:
    """What stands for a text. Nothing checks a message when it is made."""
    return value if isinstance(value, str) else ""


def _short(text: str) -> str:
    return " ".join(printable(text[: 2 * _LONGEST]).split())[:_LONGEST]


def _found(desk: Desk, place: int) -> object:
    found = desk.found.get(place)
    if not found:
        return ""
    worst = next(kind for kind in _MARKS if any(each.severity == kind for each in found))
    rules = ", ".join(dict.fromkeys(each.rule.replace("_", " ") for each in found if each.severity == worst))
    return {"text": rules, "mark": _MARKS[worst]}
