"""Questions out of the rows of a frame, and columns of answers back into it. Pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, Literal, TypeVar, cast

from pydantic import BaseModel

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.fleet.carrying import Data
from racto_nb.pipelines.list_classifier.framing import cells_of
from racto_nb.pipelines.list_classifier.rows import problem_of

Frame = TypeVar("Frame")
"""A DataFrame of pandas or polars."""
ANSWER, ERROR = "answer", "error"


def library_of(frame: object) -> Literal["pandas", "polars"]:
    """Whose frame it is. Raises WrongTypeError for what is none."""
    for name in ("pandas", "polars"):
        module = sys.modules.get(name)  # a frame of a library is there only if the library is loaded
        if module is not None and isinstance(frame, module.DataFrame):
            return name
    msg = f"map_frame takes a DataFrame of pandas or polars, not {type(frame).__module__}.{type(frame).__name__}."
    raise WrongTypeError(msg)


def questions_of(frame: object, question: str) -> tuple[list[str], list[str]]:
    """The text of each row, and beside it why there is none ("" where there is one).

    `question` is the name of a column, or a text with columns in braces. Raises UsageError for a column that is not there.
    """
    library_of(frame)
    columns = [str(name) for name in cast("Any", frame).columns]
    if question in columns:
        cells = cells_of(frame, question)
        whys = [problem_of(cell, None) for cell in cells]
        return ["" if why else str(cell) for cell, why in zip(cells, whys, strict=True)], whys
    parts = _parts(question, columns)
    values = {name: cells_of(frame, name) for _, name in parts if name is not None}
    texts: list[str] = []
    problems: list[str] = []
    for row in range(len(cast("Any", frame))):
        given = {name: cells[row] for name, cells in values.items()}
        empty = [name for name, cell in given.items() if problem_of(cell, None) == "the cell is empty"]
        problems.append(f"the cell of {empty[0]!r} is empty" if empty else "")
        texts.append("" if empty else "".join(words + ("" if name is None else f"{given[name]}") for words, name in parts))
    return texts, problems


def _parts(question: str, columns: Sequence[str]) -> list[tuple[str, str | None]]:
    """Words, each with the column whose cell comes after them. Any name of a column may be in braces, `{a.b}` and `{0}` too."""
    how = "Give the name of a column, or a text with columns in it, such as 'Summarise: {text}'; {{ and }} are braces."
    try:
        found = list(Formatter().parse(question))
    except ValueError as error:
        msg = f"The question cannot be read ({error}). {how}"
        raise UsageError(msg) from error
    parts = [(words, _column(name, spec, conversion)) for words, name, spec, conversion in found]
    if lacking := [name for _, name in parts if name is not None and name not in columns]:
        msg = f"The question has the field {{{lacking[0]}}}, which is no column.{did_you_mean(lacking[0], columns)} {how}"
        raise UsageError(msg)
    if all(name is None for _, name in parts):
        msg = f"The frame has no column {question!r:.80}.{did_you_mean(question, columns)} {how}"
        raise UsageError(msg)
    return parts


def _column(name: str | None, spec: str | None, conversion: str | None) -> str | None:
    """The whole of what stands in braces: a column may be called `a:b` or `a!r`, as it may be `a`."""
    if name is None:
        return None
    return name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")


def columns_for(response_model: type[BaseModel] | None) -> list[str]:
    """What stands beside each row: the fields of its answer, or its text; and an error."""
    return [*(response_model.model_fields if response_model is not None else [ANSWER]), ERROR]


def refuse_taken(frame: object, columns: Sequence[str], prefix: str) -> None:
    """UsageError where the frame has one of these columns."""
    there = {str(name) for name in cast("Any", frame).columns}
    if taken := [prefix + name for name in columns if prefix + name in there]:
        msg = f"The frame has a column {taken[0]!r} already. Give prefix='asked_', say, for other names."
        raise UsageError(msg)


def values_of(answer: Data | None, error: str | None, model: type[BaseModel] | None) -> dict[str, object]:
    """The columns of one row."""
    if answer is None or error:
        return {ERROR: error}
    if model is None:
        return {ANSWER: answer.get("content"), ERROR: None}
    try:
        fitting = model.model_validate(answer.get("parsed"))
    except ValueError as misfit:
        return {ERROR: f"the answer is no {model.__name__}: {misfit}"}
    return {**fitting.model_dump(mode="json"), ERROR: None}


def with_columns(frame: Frame, values: Mapping[str, Sequence[object]]) -> Frame:
    """A new frame of the same library, with these columns beside its rows."""
    given = cast("Any", frame)
    if library_of(frame) == "polars":
        import polars as pl

        return cast("Frame", given.with_columns([pl.Series(name, list(each), strict=False) for name, each in values.items()]))
    made = given.assign()  # a copy: what is written into it is not written into the given one
    for name, each in values.items():
        made[name] = list(each)
    return cast("Frame", made)
