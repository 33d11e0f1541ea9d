"""Examples as rows of a table, and rows of any table as records. Pure; values of Python only.

A row has the columns of our own format ("racto"), as far as any example has them. Its messages are lists of structs, so that they
can be looked into; what has no fixed shape (schemas, files, what a file said beside) is a text of JSON in its cell. A null in a
table is nothing: tables fill the gaps of what not every row has with nulls.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from racto_nb.exceptions import DatasetFormatError
from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.formats.format import format_named
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.finetune.value_kinds import refuse_misfits

Kind = Literal["turns", "text", "truth", "texts"]
"""What a column holds: lists of messages, texts, truth values, or structs of texts."""
_TURNS = ("messages", "preferred", "rejected")
_TEXTS = ("tools", "reference", "extra")
_JSON_IN_TURNS = ("attachments", "parts", "extra")
TURN_FIELDS = ("role", "content", "tool_calls", "tool_call_id", "name", "weight", *_JSON_IN_TURNS)
CALL_FIELDS = TrainingToolCall.__struct_fields__
_FIELDS = frozenset(RactoTrainingExample.__struct_fields__)
_TURN_FIELDS = frozenset(RactoTrainingMessage.__struct_fields__)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its name, what it holds, the fields of its structs, and a value for each row."""

    name: str
    kind: Kind
    fields: Sequence[str]
    values: Sequence[object]


def columns_of(examples: Sequence[RactoTrainingExample]) -> list[TableColumn]:
    """The columns of `examples`. Raises DatasetFormatError, with its place, for an example that no table can hold."""
    rows = [_row(_recorded(example, place), place) for place, example in enumerate(examples)]
    names = ("messages", *(name for name in RactoTrainingExample.__struct_fields__[1:] if any(name in row for row in rows)))
    return [_column(name, [row.get(name) for row in rows]) for name in names]


def _recorded(example: RactoTrainingExample, place: int) -> dict[str, object]:
    try:
        refuse_misfits(example)
    except DatasetFormatError as error:
        msg = f"Example {place} cannot stand in a table: {error}"
        raise DatasetFormatError(msg, example=place, format="racto") from error
    return format_named("racto").record(example)


def _column(name: str, values: list[object]) -> TableColumn:
    if name in _TURNS:
        known = {key for value in values for turn in cast("list[dict[str, object]]", value or []) for key in turn}
        return TableColumn(name, "turns", [key for key in TURN_FIELDS if key in known | {"role", "content"}], values)
    if name in _TEXTS:
        return TableColumn(name, "text", (), values)
    if name == "parallel_tool_calls":
        return TableColumn(name, "truth", (), values)
    given = [cast("dict[str, str]", value) for value in values if value is not None]
    fields = list(dict.fromkeys(key for value in given for key in value))
    if all(given) and all(key and key.isprintable() for key in fields):
        return TableColumn(name, "texts", fields, values)
    return TableColumn(name, "text", (), [None if value is None else _json(value) for value in values])


def _row(record: Mapping[str, object], place: int) -> dict[str, object]:
    try:
        row = {key: _json(value) if key in _TEXTS else value for key, value in record.items()}
        for name in _TURNS:
            if name in row:
                row[name] = [_turn(turn) for turn in cast("list[dict[str, object]]", row[name])]
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        msg = f"Example {place} cannot stand in a table: it has half of a letter in it ({error.object[error.start]!r})."
        raise DatasetFormatError(msg, example=place, format="racto") from error
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"Example {place} cannot stand in a table: it holds what JSON cannot: {error}."
        raise DatasetFormatError(msg, example=place, format="racto") from error
    return row


def _turn(turn: Mapping[str, object]) -> dict[str, object]:
    written = {key: _json(value) if key in _JSON_IN_TURNS else value for key, value in turn.items()}
    if "weight" in written:
        written["weight"] = float(cast("float", written["weight"]))
    return written


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def record_of_row(row: Mapping[str, object]) -> dict[str, object]:
    """A row as a record: without its gaps, and what is a text of JSON unpacked. Ours is one of the format "racto".

    >>> record_of_row({"messages": [{"role": "user", "content": "Hi", "name": None}], "tools": None})
    {'racto': 1, 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    record = {str(key): found for key, value in row.items() if (found := _filled(value)) is not None}
    for name in (*_TURNS, *_TEXTS, "tags", "provenance"):
        if isinstance(text := record.get(name), str):
            record[name] = _unpacked(text)
    turns = [turn for name in _TURNS for turn in _items(record.get(name))]
    for turn in turns:
        for key in ("tool_calls", *_JSON_IN_TURNS):
            if isinstance(text := turn.get(key), str):
                turn[key] = _unpacked(text)
    return {"racto": 1, **record} if _is_ours(record, turns) else record


def _is_ours(record: Mapping[str, object], turns: Sequence[Mapping[str, object]]) -> bool:
    """Whether a table of ours says this: others have other keys, or other shapes under the same."""
    if not ("messages" in record and record.keys() <= _FIELDS and isinstance(record.get("tags", {}), dict)):
        return False
    if any("function" in tool or "input_schema" in tool for tool in _items(record.get("tools"))):
        return False
    if any(turn.keys() > _TURN_FIELDS or not isinstance(turn.get("content"), str) for turn in turns):
        return False
    return all(call.keys() <= set(CALL_FIELDS) for turn in turns for call in _items(turn.get("tool_calls")))


def _items(value: object) -> Iterable[dict[str, object]]:
    """The objects of a list; none where it is something else."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return (cast("dict[str, object]", item) for item in items if isinstance(item, dict))


def _filled(value: object) -> object:
    """A value without gaps; None where nothing is left. Arrays become lists, and numbers of libraries those of Python."""
    if isinstance(value, dict):
        given = cast("dict[object, object]", value)
        found = {str(key): inner for key, item in given.items() if (inner := _filled(item)) is not None}
        return None if given and not found else found
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_filled(item) for item in cast("Iterable[object]", value)]
    return _filled_of_a_library(value)


def _filled_of_a_library(value: object) -> object:
    for method in ("tolist", "to_list", "item"):
        if callable(found := getattr(value, method, None)):
            return _filled(found())
    # What pandas writes for nothing is unequal to itself, or of a class of that name.
    return None if type(value).__name__ in {"NAType", "NaTType"} else value


def _unpacked(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class PairColumns:
    """The columns that questions and answers are in; `system` is a text before each, or `system_column` the column of it."""

    user: str
    assistant: str
    system: str = ""
    system_column: str | None = None

    def example(self, row: Mapping[str, object]) -> RactoTrainingExample:
        """The example in a row. Raises DatasetFormatError for a cell that is empty or no text."""
        system = self.system if self.system_column is None else _cell(row, self.system_column, needed=False)
        return RactoTrainingExample.from_pair(_cell(row, self.user), _cell(row, self.assistant), system=system)


def _cell(row: Mapping[str, object], name: str, *, needed: bool = True) -> str:
    value = _filled(row[name])
    if isinstance(value, str):
        return value
    if value is None and not needed:
        return ""
    told = "is empty" if value is None else f"has no text, but {type(value).__name__}"
    msg = f"The column {name!r} {told}."
    raise DatasetFormatError(msg)


def tags_in(row: Mapping[str, object], names: Sequence[str]) -> dict[str, str]:
    """Tags out of columns; an empty cell gives none. Raises DatasetFormatError for a cell that is more than a word."""
    found = {name: _filled(row[name]) for name in names}
    for name, value in found.items():
        if isinstance(value, float) and value.is_integer():
            found[name] = int(value)  # pandas makes a column of whole numbers one of floats where it has a gap
        elif value is not None and not isinstance(value, str | bool | int):
            msg = f"A tag is a text, a whole number or a truth value; the column {name!r} has {type(value).__name__}."
            raise DatasetFormatError(msg)
    return {name: str(value) for name, value in found.items() if value is not None}
