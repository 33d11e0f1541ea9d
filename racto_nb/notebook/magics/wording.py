"""Python values as text in a prompt: strings as they are, frames as compact tables, data as JSON. Pure.

Frames are recognised by their type's module, so that neither pandas nor polars is imported for a prompt without one. Queries
that have not run (lazy frames, DuckDB relations) are refused: inserting a value must not start work of unknown length.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence, ValuesView
from collections.abc import Set as AbstractSet
from enum import Enum
from types import ModuleType
from typing import Any, cast

from racto_nb.exceptions import TemplateError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.notebook.magics.secrecy import names_a_secret

MOST_ROWS = 50
MOST_CELL = 200
_FRAMES = {("pandas", "DataFrame"), ("polars", "DataFrame")}
_COLUMNS = {("pandas", "Series"), ("polars", "Series")}
_MISSING = {"NAType", "NaTType"}
_QUERIES = {
    ("polars", "LazyFrame"): "a query that has not run; write `frame = {0}.collect()` in a cell above and insert the frame",
    ("_duckdb", "DuckDBPyRelation"): "a query that has not run; write `frame = {0}.pl()` in a cell above and insert the frame",
    ("duckdb", "DuckDBPyRelation"): "a query that has not run; write `frame = {0}.pl()` in a cell above and insert the frame",
}
_NOT_A_VALUE = "; insert a text or data that a cell above has made of it"
_ADDRESS = re.compile(r"<.* at 0x[0-9a-fA-F]+>", re.DOTALL)


def worded(value: object, *, source: str = "value") -> str:
    """`value` as a model should read it.

    Texts stay as they are. A pandas or polars frame becomes a table with at most 50 rows, and says how many there are; a
    column becomes a table with one column. Pydantic models, dataclasses, NumPy arrays, mappings, sequences and sets become
    JSON (NaN is null, a date its ISO text), a member of an Enum its value, everything else its `str`.
    Raises TemplateError for what is certainly a mistake: functions, classes, modules, iterators, bytes, kits, queries that
    have not run, objects without a text of their own, and data with a secret in it (`api_key`).

    >>> worded([1, {"a": None}])
    '[1, {"a": null}]'
    """
    try:
        plain = str(value) if isinstance(value, float) else _plain(value, source)
        return json.dumps(plain, ensure_ascii=False) if isinstance(plain, dict | list) else str(plain)
    except TemplateError:
        raise
    except RecursionError as error:
        raise _refusal(source, "nested too deeply, or contains itself") from error
    except Exception as error:
        raise _refusal(source, f"not readable as text ({clipped(f'{type(error).__name__}: {error}', 200)})") from error


def clipped(text: str, most: int) -> str:
    """`text`, or its first `most - 1` characters and an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _plain(value: Any, source: str) -> Any:
    """`value` as text, a number, or lists and dicts of these."""
    if isinstance(value, Enum):
        value = value.value
    if type(value).__name__ in _MISSING and _kind(value)[0] == "pandas":
        return None
    if value is None or isinstance(value, str | int | float):
        return _scalar(value)
    _refuse_mistakes(value, source)
    if (table := _table_of(value)) is not None:
        return table
    match data := _data_of(value):
        case None:
            return _text_of(value, source)
        case Mapping():
            return _object(cast("Mapping[Any, Any]", data), source)
        case list():
            return [_plain(item, source) for item in cast("list[Any]", data)]
        case _:
            return _plain(data, source)


def _scalar(value: str | float | None) -> str | float | None:
    """`value` without the class that derives from a built-in one. JSON knows neither NaN nor infinity."""
    match value:
        case str():
            return str.__str__(value)
        case float() if not math.isfinite(value):
            return None if math.isnan(value) else float.__str__(value)
        case float():
            return float(value)
        case int() if not isinstance(value, bool):
            return int(value)
        case _:
            return value


def _object(data: Mapping[Any, Any], source: str) -> dict[str, Any] | list[Any]:
    pairs = [(_key(key), _plain(item, source)) for key, item in data.items()]
    for key, item in pairs:
        if names_a_secret(key) and isinstance(item, str) and item:
            raise _refusal(source, f"data with a secret in it ({key!r}){_NOT_A_VALUE}")
    found = dict(pairs)
    # 1 and "1" are two keys in Python and one in JSON: pairs lose nothing.
    return found if len(found) == len(pairs) else [list(pair) for pair in pairs]


def _key(key: object) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def _data_of(value: Any) -> Any:
    """The data inside a container, None for everything else."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "_asdict"):
        return value._asdict()
    if dataclasses.is_dataclass(value) and type(value).__str__ is object.__str__:
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if _kind(value)[0] in {"numpy", "pandas"} and hasattr(value, "tolist"):
        return _listed(value)
    if isinstance(value, Mapping):
        return cast("Any", value)
    if isinstance(value, set | frozenset):
        return _ordered(cast("Any", value))
    return list(cast("Any", value)) if isinstance(value, Sequence | AbstractSet | ValuesView) else None


def _listed(array: Any) -> Any:
    """An array as lists. Times go through their texts: those finer than a microsecond would become integers."""
    is_time = getattr(getattr(array, "dtype", None), "kind", "") in ("m", "M")
    return (array.astype(str) if is_time else array).tolist()


def _ordered(items: AbstractSet[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:
        return sorted(items, key=str)


def _text_of(value: object, source: str) -> str:
    for name in getattr(value, "__dict__", {}):
        if names_a_secret(name):
            raise _refusal(source, f"an object that holds a secret ({name!r}){_NOT_A_VALUE}")
    text = str(value)
    if _ADDRESS.fullmatch(text):
        raise _refusal(source, f"an object without a text of its own ({type(value).__name__}){_NOT_A_VALUE}")
    return text


def _refuse_mistakes(value: object, source: str) -> None:
    if query := _QUERIES.get(_kind(value)):
        raise _refusal(source, query.format(source))
    match value:
        case type():
            what = "a class"
        case ModuleType():
            what = "a module"
        case bytes() | bytearray() | memoryview():
            what = "bytes"
        case Iterator() | AsyncIterator() | Awaitable() if not _is_answer(cast("object", value), source):
            what = "a generator, iterator or coroutine"
        case DeveloperKit():
            what = "a kit"
        case _ if callable(value) and not hasattr(value, "model_dump"):
            what = "a function"
        case _:
            return
    raise _refusal(source, f"{what}{_NOT_A_VALUE}")


def _is_answer(value: object, source: str) -> bool:
    """Whether `value` is the answer of a cell, which can be awaited and is a text all the same, once it is there."""
    done: object = getattr(value, "done", None)
    if done is False:
        raise _refusal(source, f"an answer that is still being written; put `await {source}` in a cell above")
    return done is True


def _refusal(source: str, what: str) -> TemplateError:
    return TemplateError(f"{{{{{source}}}}} is {what}. Nothing was sent.", expression=source)


def _kind(value: object) -> tuple[str, str]:
    return (type(value).__module__.partition(".")[0], type(value).__name__)


def _table_of(value: Any) -> str | None:
    """A frame or a column as a table, also one of a subclass such as a frame with geometries. None for everything else."""
    for kind in ((base.__module__.partition(".")[0], base.__name__) for base in type(value).__mro__):
        if kind in _COLUMNS:
            value = value.to_frame("value") if value.name in (None, "") else value.to_frame()
        if kind in _FRAMES | _COLUMNS:
            return _pandas_table(value) if kind[0] == "pandas" else _polars_table(value)
    return None


def _pandas_table(frame: Any) -> str:
    """Missing values are empty cells; the index is shown when it carries names or labels."""
    head = frame.head(MOST_ROWS)
    columns = [_joined(name) for name in frame.columns]
    rows: list[list[Any]] = head.astype(object).where(head.notna(), None).to_numpy(dtype=object).tolist()
    if not (type(frame.index).__name__ == "RangeIndex" and frame.index.name is None):
        columns = [*_index_names(frame.index), *columns]
        labels = [list(label) if frame.index.nlevels > 1 else [label] for label in head.index]
        rows = [[*label, *row] for label, row in zip(labels, rows, strict=True)]
    return _markdown(columns, rows, total=len(frame))


def _polars_table(frame: Any) -> str:
    return _markdown(list(frame.columns), [list(row) for row in frame.head(MOST_ROWS).iter_rows()], total=len(frame))


def _joined(name: object) -> str:
    return " / ".join(str(part) for part in cast("tuple[object, ...]", name)) if isinstance(name, tuple) else str(name)


def _index_names(index: Any) -> list[str]:
    several = index.nlevels > 1
    unnamed = [f"index {place}" if several else "index" for place in range(1, index.nlevels + 1)]
    return [default if name is None else str(name) for name, default in zip(index.names, unnamed, strict=True)]


def _markdown(columns: list[str], rows: list[list[Any]], *, total: int) -> str:
    """A Markdown table without padding, and what it leaves out."""
    if not columns:
        return f"(a table without columns, {total:,} rows)"
    cells = [[_cell(value) for value in row] for row in rows]
    lines = [_row([_cell(name) for name in columns]), _row(["---"] * len(columns)), *(_row(row) for row in cells)]
    if not total:
        lines.append("(no rows)")
    if total > len(rows):
        lines.append(f"({total - len(rows):,} more rows; {total:,} in all)")
    if cut := sum(len(cell) > MOST_CELL for row in cells for cell in row):
        lines.append(f"({cut:,} cells are cut at {MOST_CELL} characters, where … stands)")
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(clipped(cell, MOST_CELL).replace("|", "\\|") for cell in cells) + " |"


def _cell(value: Any) -> str:
    match value:
        case None:
            text = ""
        case bytes() | bytearray():
            text = f"({len(value)} bytes)"
        case _ if hasattr(value, "tolist") or isinstance(value, dict | list | tuple | set):
            text = json.dumps(_plain(value, "cell"), ensure_ascii=False)
        case _:
            text = str(value)
    return " ".join(text.splitlines())
