"""Python values as text in a prompt: strings as they are, frames as compact tables, data as JSON. Pure.

Frames are recognised by their type's module, so that neither pandas nor polars is imported for a prompt without one.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, cast

from racto_nb.exceptions import TemplateError

MOST_ROWS = 50
MOST_CELL = 200
_FRAMES = {("pandas", "DataFrame"), ("polars", "DataFrame")}
_COLUMNS = {("pandas", "Series"), ("polars", "Series")}


def worded(value: object, *, source: str = "value") -> str:
    """`value` as a model should read it.

    Texts stay as they are. A pandas or polars frame becomes a table with at most 50 rows, and says how many there are; a
    column becomes a table with one column. Pydantic models, mappings and sequences become JSON, everything else its `str`.
    Raises TemplateError for what is certainly a mistake: functions, classes, modules, generators and bytes.

    >>> worded([1, {"a": None}])
    '[1, {"a": null}]'
    """
    if isinstance(value, str):
        return value
    kind = (type(value).__module__.partition(".")[0], type(value).__name__)
    if kind in _FRAMES:
        return _table(cast("Any", value), pandas=kind[0] == "pandas")
    if kind in _COLUMNS:
        return _table(cast("Any", value).to_frame(), pandas=kind[0] == "pandas")
    _refuse_mistakes(value, source)
    if hasattr(value, "model_dump_json"):
        return cast("Any", value).model_dump_json()
    if isinstance(value, Mapping | Sequence | set | frozenset):
        return _as_json(cast("object", value))
    return str(value)


def _refuse_mistakes(value: object, source: str) -> None:
    what = (
        "a function"
        if callable(value) and not isinstance(value, type) and not hasattr(value, "model_dump")
        else "a class"
        if isinstance(value, type)
        else "a module"
        if isinstance(value, ModuleType)
        else "a generator"
        if inspect.isgenerator(value) or inspect.isasyncgen(value) or inspect.iscoroutine(value)
        else "bytes"
        if isinstance(value, bytes | bytearray | memoryview)
        else ""
    )
    if what:
        message = (
            f"{{{{{source}}}}} is {what}, not a value to show a model. Compute a text or data in a cell above. Nothing was sent."
        )
        raise TemplateError(message, expression=source)


def _as_json(value: object) -> str:
    try:
        return json.dumps(_plain(value), ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in cast("set[Any]", value)), key=str)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in cast("Sequence[Any]", value)]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    dump: Any = getattr(value, "model_dump", None)
    return str(value) if dump is None else dump(mode="json")


def _table(frame: Any, *, pandas: bool) -> str:
    """A Markdown table without padding; the index of a pandas frame is shown when it carries names or labels."""
    total, columns = len(frame), [str(name) for name in frame.columns]
    head = frame.head(MOST_ROWS)
    if pandas:
        rows: list[list[Any]] = head.to_numpy(dtype=object).tolist()
        if not _is_counting(frame.index):
            columns = [str(frame.index.name or "index"), *columns]
            rows = [[label, *row] for label, row in zip(head.index, rows, strict=True)]
    else:
        rows = [list(row) for row in head.iter_rows()]
    lines = [_line(columns), _line(["---"] * len(columns)), *(_line(row) for row in rows)]
    if total > len(rows):
        lines.append(f"({total - len(rows):,} more rows; {total:,} in all)")
    return "\n".join(lines)


def _is_counting(index: Any) -> bool:
    return type(index).__name__ == "RangeIndex" and index.name is None


def _line(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    text = text.replace("\n", " ").replace("|", "\\|")
    return text if len(text) <= MOST_CELL else text[: MOST_CELL - 1] + "…"
