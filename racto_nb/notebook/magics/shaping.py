"""From an answer to the value that the cell asked for: JSON, an instance of a class, rows, a data frame. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, cast

from racto_nb.exceptions import MalformedAnswerError
from racto_nb.models.response import strip_markdown_fences, try_parse_json
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.result import RactoResult


def shaped(result: RactoResult, question: Question, frame: str | None, *, place: str) -> tuple[RactoResult, Exception | None]:
    """The result with the parsed value and the frame, and the error when the answer has not the asked shape.

    `frame` is the library of the data frame, None without one; `place` is the variable that keeps the result.
    """
    if not question.wants_json:
        return result, None
    model = question.config.response_model
    found = result.response.parsed if model else try_parse_json(result.text)
    if found is None and model is None:
        return result, _malformed(result, "is not JSON (an object or a list)", place)
    # Validated from the text once more: a dump need not fit its own class, which may name fields otherwise in JSON.
    parsed: Any = model.model_validate_json(strip_markdown_fences(result.text).strip()) if model else found
    if frame is None:
        return replace(result, parsed=parsed), None
    rows = rows_in(found or [])
    if rows is None:
        return result, _malformed(result, "is JSON, but not a list of objects", place)
    result = replace(result, parsed=parsed.rows if model else rows)
    try:
        columns = list(question.model_class.model_fields) if question.model_class else []
        return replace(result, frame=frame_of(rows, frame, columns)), None
    except Exception as error:  # noqa: BLE001  (each library has errors of its own; returned as ours, with theirs as the cause)
        what = f"is a list of objects that make no data frame ({str(error).partition(chr(10))[0]})"
        malformed = _malformed(result, what, place)
        malformed.__cause__ = error
        return result, malformed


def rows_in(found: dict[str, Any] | list[Any]) -> list[dict[str, Any]] | None:
    """The list of objects that `found` is, or that is the one value of the object `found`; None when there is none.

    >>> rows_in({"rows": [{"a": 1}]})
    [{'a': 1}]
    """
    if isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return cast("list[dict[str, Any]]", found)
    return None


def frame_of(rows: list[dict[str, Any]], library: str, columns: Sequence[str] = ()) -> Any:
    """The rows as a data frame: `polars`, `pandas`, or `auto`, which is polars. Without rows it has these `columns`.

    Raises ValueError when the frame cannot hold a value as it is: polars puts null in place of what does not fit a column.
    """
    rows = [{name: _columnar(value) for name, value in row.items()} for row in rows]
    if library == "pandas":
        import pandas as pd

        return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(columns))
    import polars as pl

    if not rows:
        return pl.DataFrame(schema=list(columns))
    frame = pl.DataFrame(rows, infer_schema_length=None)
    for number, (asked, kept) in enumerate(zip(rows, frame.to_dicts(), strict=True), 1):
        for name, value in asked.items():
            if not _same(value, kept.get(name)):
                message = f"row {number}, column {name!r}: {value!r} does not fit the other values; use --df pandas or one type"
                raise ValueError(message)
    return frame


def _columnar(value: Any) -> Any:
    """What a column can hold: enums by their value, sets as lists, and so on inside."""
    match value:
        case Enum():
            return value.value
        case set() | frozenset() | tuple() | list():
            return [_columnar(item) for item in cast("Sequence[Any]", value)]
        case dict():
            return {str(name): _columnar(item) for name, item in cast("dict[Any, Any]", value).items()}
        case _:
            return value


def _same(asked: Any, kept: Any) -> bool:
    """Whether a frame kept `asked`. Structs gain nulls for keys that a row does not have, and whole numbers become floats."""
    match asked, kept:
        case dict(), dict():
            kept_fields = cast("dict[Any, Any]", kept)
            return all(_same(item, kept_fields.get(name)) for name, item in cast("dict[Any, Any]", asked).items())
        case list(), list():
            left, right = cast("list[Any]", asked), cast("list[Any]", kept)
            return len(left) == len(right) and all(map(_same, left, right))
        case bool(), _:
            return asked is kept
        case _:
            return bool(asked == kept) and not isinstance(kept, bool)


def _malformed(result: RactoResult, what: str, place: str) -> MalformedAnswerError:
    message = f"The answer {what}. It is kept in {place}.text. Ask again, or give a Pydantic class with --as."
    return MalformedAnswerError(message, response=result.response)
