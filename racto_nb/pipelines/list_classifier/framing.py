"""A column of texts out of a frame, and columns of results back into it. Pure.

Which library a frame is of is told by its class; the other one is never imported.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, cast

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.pipelines.list_classifier.results import ClassifierResult

Frame = TypeVar("Frame")
"""A DataFrame of pandas or polars."""
Column = Literal[
    "label", "labels", "confidence", "confidences", "confidence_kind", "scores", "reasoning", "prediction_set", "uncertain",
    "out_of_scope", "origin", "sent_up", "cost",
]  # fmt: skip
"""What of a result may become a column. An `error` column is always there."""


def _cost(result: ClassifierResult) -> float | None:
    return None if result.cost is None else float(result.cost)


def _of_answers(value: Callable[[ClassifierResult], object]) -> Callable[[ClassifierResult], object]:
    """The value of a result, None where it is an error."""
    return lambda result: None if result.error is not None else value(result)


_VALUES: dict[str, Callable[[ClassifierResult], object]] = {
    "label": lambda result: result.first,
    "labels": _of_answers(lambda result: list(result.selected)),
    "confidence": lambda result: result.top_confidence,
    "confidences": lambda result: result.confidences,
    "confidence_kind": lambda result: result.confidence_kind,
    "scores": lambda result: result.all_scores,
    "reasoning": lambda result: result.reasoning,
    "prediction_set": lambda result: result.prediction_set,
    "uncertain": _of_answers(lambda result: result.uncertain),
    "out_of_scope": _of_answers(lambda result: result.out_of_scope),
    "origin": _of_answers(lambda result: str(result.origin)),
    "sent_up": lambda result: result.sent_up,
    "cost": _cost,
    "error": lambda result: result.error,
}
_NUMBERS, _LISTS = {"confidence", "cost"}, {"labels", "prediction_set"}
_BOOLS = {"uncertain", "out_of_scope", "sent_up"}


def cells_of(frame: object, column: str) -> list[object]:
    """The values of a column. Raises WrongTypeError for what is no frame, and UsageError for a column that is not there."""
    kind = _library(frame)
    known = cast("list[object]", list(cast("Any", frame).columns))  # in pandas also numbers, or tuples
    named = [name for name in known if str(name) == str(column)]
    if len(named) != 1:
        msg = f"The frame has {len(named)} columns {column!r}, not one. Its columns are {list(map(str, known))!r:.300}."
        raise UsageError(msg)
    series = cast("Any", frame)[named[0]]
    return cast("list[object]", series.tolist() if kind == "pandas" else series.to_list())


def checked_columns(frame: object, columns: Sequence[str], prefix: str) -> list[str]:
    """`columns` and the error. UsageError for one that nobody knows, or that the frame has."""
    wanted = list(dict.fromkeys([*columns, "error"]))
    unknown = [name for name in wanted if name not in _VALUES]
    if isinstance(columns, str) or unknown:
        msg = f"columns are some of {', '.join(_VALUES)}; not {unknown or columns!r}."
        raise UsageError(msg)
    there = {str(name) for name in cast("Any", frame).columns}
    taken = [prefix + name for name in wanted if prefix + name in there]
    if taken:
        msg = f"The frame has a column {taken[0]!r} already. Give prefix='topic_', say, for other names."
        raise UsageError(msg)
    return wanted


def with_results(frame: Frame, results: Sequence[ClassifierResult], columns: Sequence[str], prefix: str) -> Frame:
    """A new frame of the same library: the rows, their order and their index as they were, and the results beside them."""
    values = {prefix + name: [_VALUES[name](result) for result in results] for name in columns}
    kinds = {prefix + name: name for name in columns}
    given = cast("Any", frame)
    if _library(frame) == "polars":
        return cast("Frame", given.with_columns([_polars_series(name, kinds[name], value) for name, value in values.items()]))
    made = given.assign()  # a copy in every version of pandas: what is written into it later is not written into the given one
    below = ("",) * (given.columns.nlevels - 1)
    for name, value in values.items():
        made[(name, *below) if below else name] = _pandas_values(kinds[name], value)
    return cast("Frame", made)


def _library(frame: object) -> Literal["pandas", "polars"]:
    for name in ("pandas", "polars"):
        module = sys.modules.get(name)  # a frame of a library is there only if the library is loaded
        if module is not None and isinstance(frame, module.DataFrame):
            return name
    if type(frame).__name__ == "LazyFrame":
        msg = "A LazyFrame has no rows yet. Give frame.collect()."
        raise WrongTypeError(msg)
    msg = f"classify_frame takes a DataFrame of pandas or polars, not {type(frame).__module__}.{type(frame).__name__}."
    raise WrongTypeError(msg)


def _polars_series(name: str, kind: str, values: list[object]) -> object:
    import polars as pl

    if kind == "scores":
        return _scores(name, values)
    if kind in _NUMBERS:
        return pl.Series(name, values, dtype=pl.Float64)
    if kind in _LISTS:
        return pl.Series(name, values, dtype=pl.List(pl.String))
    if kind == "confidences":
        return pl.Series(name, values, dtype=pl.List(pl.Float64))
    return pl.Series(name, values, dtype=pl.Boolean if kind in _BOOLS else pl.String)


def _scores(name: str, values: list[object]) -> object:
    """A struct with a field a label: of all labels that any row has."""
    import polars as pl

    rows = cast("list[dict[str, float] | None]", values)
    labels = list(dict.fromkeys(label for row in rows for label in row or {}))
    if not labels:
        return pl.Series(name, [None] * len(rows), dtype=pl.Null)
    return pl.Series(name, rows, dtype=pl.Struct(dict.fromkeys(labels, pl.Float64)))


def _pandas_values(kind: str, values: list[object]) -> object:
    import pandas as pd

    if kind in _NUMBERS:
        return pd.array([math.nan if value is None else value for value in values], dtype="float64").to_numpy()  # pyright: ignore[reportUnknownMemberType, reportArgumentType, reportCallIssue]
    if kind in _BOOLS:
        return cast("object", cast("Any", pd).array(values, dtype="boolean"))
    if kind in _LISTS | {"scores", "confidences"}:
        return cast("object", cast("Any", pd).array(values, dtype=object))
    return values  # texts as pandas holds them, which differs from version to version
