"""The fields of an answer, as a form names them, made into a Pydantic class. Pure."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from unicodedata import normalize

from pydantic import BaseModel, Field, create_model

Cells = tuple[tuple[str, str], ...]

KINDS: dict[str, str] = {
    "text": "str",
    "whole number": "int",
    "number": "float",
    "yes or no": "bool",
    "one of": "Literal",
    "list of texts": "list[str]",
    "list of numbers": "list[float]",
}
"""What a form calls the kinds of fields, and Python."""
_TYPES: dict[str, Any] = {
    "text": str,
    "whole number": int,
    "number": float,
    "yes or no": bool,
    "list of texts": list[str],
    "list of numbers": list[float],
}
_USED = frozenset({"str", "int", "float", "bool", "list", "BaseModel", "Field", "Literal", "RactoPrompt", "prompt"})
COLUMNS: dict[str, tuple[str, ...]] = {
    "constraints": ("text",),
    "examples": ("input", "output"),
    "fields": ("name", "kind", "choices", "about", "optional"),
}
"""The lists of a form, and what their rows hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: a key that stays while it is changed, and its cells by their columns."""

    key: str
    cells: Cells

    @staticmethod
    def of(key: str, **cells: str) -> Row:
        """A row with these cells."""
        return Row(key, tuple(cells.items()))

    @staticmethod
    def new(where: str, key: str, text: str) -> Row:
        """A row of the list `where`, with `text` in its first column and the rest as it mostly is."""
        first, *others = COLUMNS[where]
        return Row.of(key, **{first: text, **{name: "text" if name == "kind" else "" for name in others}})

    def __getitem__(self, column: str) -> str:
        return dict(self.cells).get(column, "")

    def with_cell(self, column: str, value: str) -> Row:
        """With another value in `column`."""
        return Row(self.key, tuple((name, value if name == column else had) for name, had in self.cells))


def choices_of(row: Row) -> list[str]:
    """What a field of the kind "one of" may be, each once."""
    return list(dict.fromkeys(filter(None, (word.strip() for word in row["choices"].split(",")))))


def troubles(class_name: str, rows: Sequence[Row]) -> list[str]:
    """What keeps `rows` from being a class."""
    found = [] if _is_name(class_name) else [f"{class_name!r} is no name of a class. Write one such as Answer."]
    if not rows:
        found.append("The output has no field yet. Add one, or choose another format.")
    names: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if trouble := _trouble(row, names):
            found.append(f"Field {number} {trouble}")
        names.add(row["name"])
    return found


def _trouble(row: Row, before: set[str]) -> str:
    name = row["name"]
    if not name:
        return "has no name."
    if not _is_name(name) or name.startswith("_"):
        return f"cannot be called {name!r}: a name is one word of letters, digits and _, as in Python."
    if name in before:
        return f"is called {name!r} as another one is."
    if name.startswith("model_") or hasattr(BaseModel, name):
        return f"cannot be called {name!r}: Pydantic needs that name itself."
    if row["kind"] == "one of" and not choices_of(row):
        return f"({name}) has nothing to choose from: list its values, with commas."
    return ""


def _is_name(text: str) -> bool:
    """Whether the class, and the Python that writes it, can have that name: it must not hide one that is used there."""
    return text.isidentifier() and not keyword.iskeyword(text) and text == normalize("NFKC", text) and text not in _USED


@lru_cache(maxsize=64)
def made(class_name: str, rows: tuple[Cells, ...]) -> type[BaseModel]:
    """The class of `rows`, which have no troubles; always the same one for the same rows."""
    fields: dict[str, Any] = {}
    for cells in rows:
        row = Row("", cells)
        kind: Any = Literal[tuple(choices_of(row))] if row["kind"] == "one of" else _TYPES.get(row["kind"], str)
        about = row["about"] or None
        fields[row["name"]] = (
            (kind | None, Field(None, description=about)) if row["optional"] else (kind, Field(description=about))
        )
    return create_model(class_name, **fields)


def class_code(class_name: str, rows: Sequence[Row]) -> list[str]:
    """The lines that define the class in Python."""
    lines = [f"class {class_name}(BaseModel):"]
    for row in rows:
        kind = KINDS.get(row["kind"], "str")
        kind = f"Literal[{', '.join(map(repr, choices_of(row)))}]" if kind == "Literal" else kind
        told = [f"description={row['about']!r}"] if row["about"] else []
        if row["optional"]:
            end = f" | None = Field({', '.join(['None', *told])})" if told else " | None = None"
        else:
            end = f" = Field({told[0]})" if told else ""
        lines.append(f"    {row['name']}: {kind}{end}")
    return lines
