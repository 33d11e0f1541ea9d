"""Formulas as polars expressions: the columns that they name are there, and what they are applied to fits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import AnalysisError
from racto_nb.pipelines.sql_analyst.analysing.expressions import Expression, Literally, Named, Operation, depth_of
from racto_nb.pipelines.sql_analyst.analysing.expressions import Scalar as Scalar

_DEEPEST = 30
_TEXT = {pl.String, pl.Categorical, pl.Enum}


def computed(expression: Expression, schema: pl.Schema) -> pl.Expr:
    """`expression` for a table with `schema`. AnalysisError for a column that is not there and a wrong number of arguments."""
    if depth_of(expression) > _DEEPEST:
        msg = f"A formula has {depth_of(expression)} functions inside each other; {_DEEPEST} are the most. Use several derive steps."
        raise AnalysisError(msg)
    return _computed(expression, schema)


def column(name: str, schema: pl.Schema) -> pl.Expr:
    """The column `name`, which must be there."""
    refuse_unknown([name], schema)
    return pl.col(f"^{_escaped(name)}$") if name.startswith("^") and name.endswith("$") else pl.col(name)


def refuse_unknown(names: Sequence[str], schema: pl.Schema) -> None:
    """AnalysisError for a name that no column has, with the nearest."""
    for name in names:
        if name not in schema:
            msg = f"There is no column {name!r} at this step.{did_you_mean(name, schema)}"
            raise AnalysisError(msg)


def moment(expression: pl.Expr, dtype: pl.DataType | None) -> pl.Expr:
    """`expression` as a date or moment, also where it comes as ISO text."""
    if dtype is None or not isinstance(dtype, pl.String):
        return expression
    whole = pl.when(expression.str.len_chars() == 7).then(expression + "-01").otherwise(expression)  # noqa: PLR2004  ("2024-01")
    return whole.str.replace("T", " ").str.slice(0, 19).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).fill_null(
        whole.str.slice(0, 10).str.to_datetime("%Y-%m-%d", strict=False)
    )


def _escaped(name: str) -> str:
    import re

    return re.escape(name)


def _computed(expression: Expression, schema: pl.Schema) -> pl.Expr:
    if isinstance(expression, Named):
        return column(expression.column, schema)
    if isinstance(expression, Literally):
        return pl.lit(expression.value)
    return _CALLS[expression.op](expression, schema)


def _arguments(operation: Operation, schema: pl.Schema, *counts: int) -> list[pl.Expr]:
    """The arguments; where `counts` are given, as many as one of them."""
    if counts and len(operation.args) not in counts:
        wanted = " or ".join(map(str, counts))
        msg = f"{operation.op!r} takes {wanted} arguments, not {len(operation.args)}."
        raise AnalysisError(msg)
    return [_computed(each, schema) for each in operation.args]
