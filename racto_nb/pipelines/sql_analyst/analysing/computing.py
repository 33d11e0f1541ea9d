"""Formulas as polars expressions: the columns that they name are there, and what they are applied to fits. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import AnalysisError
from racto_nb.pipelines.sql_analyst.analysing.expressions import Expression, Literally, Named, Operation, depth_of

_DEEPEST = 30
_MOST_JOINED = 20


def computed(expression: Expression, schema: pl.Schema) -> pl.Expr:
    """`expression` for a table with `schema`. AnalysisError for a column that is not there and a wrong number of arguments."""
    if depth_of(expression) > _DEEPEST:
        deep = f"A formula has {depth_of(expression)} functions inside each other; {_DEEPEST} are the most."
        msg = f"{deep} Use several derive steps."
        raise AnalysisError(msg)
    return _computed(expression, schema)


def column(name: str, schema: pl.Schema) -> pl.Expr:
    """The column `name`, which must be there. A name is a name: "^.*$" and "*" are no patterns here."""
    refuse_unknown([name], schema)
    return pl.col(f"^{re.escape(name)}$") if name == "*" or (name.startswith("^") and name.endswith("$")) else pl.col(name)


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
    return (
        whole.str.replace("T", " ")
        .str.slice(0, 19)
        .str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
        .fill_null(whole.str.slice(0, 10).str.to_datetime("%Y-%m-%d", strict=False))
    )


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


def _type(expression: pl.Expr, schema: pl.Schema) -> pl.DataType | None:
    """What an expression gives, None where polars cannot say."""
    try:
        return next(iter(pl.LazyFrame(schema=schema).select(expression.alias("only")).collect_schema().values()))
    except pl.exceptions.PolarsError:
        return None


def _alike(operation: Operation, schema: pl.Schema) -> list[pl.Expr]:
    """The arguments, where dates meet texts all of them as dates: "2024-01-31" can be compared with a day."""
    given = _arguments(operation, schema)
    types = [_type(each, schema) for each in given]
    if not any(isinstance(each, pl.Date | pl.Datetime) for each in types):
        return given
    return [moment(each, dtype).cast(pl.Datetime("us")) for each, dtype in zip(given, types, strict=True)]


def _folded(combine: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Operation, pl.Schema], pl.Expr]:
    """A function of two or more arguments, applied from the left."""

    def call(operation: Operation, schema: pl.Schema) -> pl.Expr:
        first, *others = _alike(operation, schema)
        if not others:
            msg = f"{operation.op!r} takes 2 arguments or more, not 1."
            raise AnalysisError(msg)
        for other in others:
            first = combine(first, other)
        return first

    return call


def _pair(combine: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Operation, pl.Schema], pl.Expr]:
    def call(operation: Operation, schema: pl.Schema) -> pl.Expr:
        _arguments(operation, schema, 2)
        one, other = _alike(operation, schema)
        return combine(one, other)

    return call


def _one(apply: Callable[[pl.Expr], pl.Expr]) -> Callable[[Operation, pl.Schema], pl.Expr]:
    return lambda operation, schema: apply(_arguments(operation, schema, 1)[0])


def _of_date(apply: Callable[[pl.Expr], pl.Expr]) -> Callable[[Operation, pl.Schema], pl.Expr]:
    def call(operation: Operation, schema: pl.Schema) -> pl.Expr:
        given = _arguments(operation, schema, 1)[0]
        return apply(moment(given, _type(given, schema)))

    return call


def _text(name: str) -> Callable[[Operation, pl.Schema], pl.Expr]:
    """Searching in texts: what is searched for is letters, no pattern."""

    def call(operation: Operation, schema: pl.Schema) -> pl.Expr:
        where, what = _arguments(operation, schema, 2)
        texts = where.cast(pl.String).str
        if name == "contains":
            return texts.contains(what, literal=True)
        return texts.starts_with(what) if name == "starts_with" else texts.ends_with(what)

    return call


def _when(operation: Operation, schema: pl.Schema) -> pl.Expr:
    given = _arguments(operation, schema)
    if len(given) < 3 or len(given) % 2 == 0:  # noqa: PLR2004  (a condition, its value, and the rest)
        msg = f"'when' takes condition, value, …, otherwise: an odd number of arguments from 3 on, not {len(given)}."
        raise AnalysisError(msg)
    result = given[-1]
    for place in range(len(given) - 3, -1, -2):
        result = pl.when(given[place]).then(given[place + 1]).otherwise(result)
    return result


def _round(operation: Operation, schema: pl.Schema) -> pl.Expr:
    given = _arguments(operation, schema, 1, 2)
    digits = operation.args[1].value if len(operation.args) > 1 and isinstance(operation.args[1], Literally) else 0
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 15:  # noqa: PLR2004  (digits of a float)
        msg = f"'round' takes a value and how many digits, a number from 0 to 15, not {digits!r}."
        raise AnalysisError(msg)
    return given[0].cast(pl.Float64).round(digits)


def _is_in(operation: Operation, schema: pl.Schema) -> pl.Expr:
    first, *others = _alike(operation, schema)
    return pl.any_horizontal([first == other for other in others]) if others else pl.lit(value=False)


def _between(operation: Operation, schema: pl.Schema) -> pl.Expr:
    _arguments(operation, schema, 3)
    value, low, high = _alike(operation, schema)
    return (value >= low) & (value <= high)


def _concat(operation: Operation, schema: pl.Schema) -> pl.Expr:
    """Texts one behind the other, of each the first 1,000 letters: twenty steps that double a text would fill any memory."""
    if len(operation.args) > _MOST_JOINED:
        msg = f"'concat' takes {_MOST_JOINED} arguments at most, not {len(operation.args)}."
        raise AnalysisError(msg)
    return pl.concat_str([each.cast(pl.String).str.slice(0, 1000) for each in _arguments(operation, schema)])


def _divided(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Nothing where the divisor is 0: a table with infinity in it helps nobody."""
    return pl.when(other != 0).then(one / other).otherwise(None)


_CALLS: Mapping[str, Callable[[Operation, pl.Schema], pl.Expr]] = {
    "add": _folded(lambda a, b: a + b),
    "subtract": _folded(lambda a, b: a - b),
    "multiply": _folded(lambda a, b: a * b),
    "divide": _folded(_divided),
    "modulo": _pair(lambda a, b: a % b),
    "power": _pair(lambda a, b: a.cast(pl.Float64).pow(b)),
    "negate": _one(lambda a: -a),
    "abs": _one(lambda a: a.abs()),
    "round": _round,
    "floor": _one(lambda a: a.floor()),
    "ceil": _one(lambda a: a.ceil()),
    "sqrt": _one(lambda a: a.sqrt()),
    "log": _one(lambda a: a.log()),
    "equal": _pair(lambda a, b: a == b),
    "not_equal": _pair(lambda a, b: a != b),
    "less": _pair(lambda a, b: a < b),
    "less_equal": _pair(lambda a, b: a <= b),
    "greater": _pair(lambda a, b: a > b),
    "greater_equal": _pair(lambda a, b: a >= b),
    "and": _folded(lambda a, b: a & b),
    "or": _folded(lambda a, b: a | b),
    "not": _one(lambda a: ~a),
    "is_null": _one(lambda a: a.is_null()),
    "is_in": _is_in,
    "between": _between,
    "contains": _text("contains"),
    "starts_with": _text("starts_with"),
    "ends_with": _text("ends_with"),
    "lower": _one(lambda a: a.str.to_lowercase()),
    "upper": _one(lambda a: a.str.to_uppercase()),
    "trim": _one(lambda a: a.str.strip_chars()),
    "length": _one(lambda a: a.str.len_chars()),
    "concat": _concat,
    "year": _of_date(lambda a: a.dt.year()),
    "quarter": _of_date(lambda a: a.dt.quarter()),
    "month": _of_date(lambda a: a.dt.month()),
    "week": _of_date(lambda a: a.dt.week()),
    "weekday": _of_date(lambda a: a.dt.weekday()),
    "day": _of_date(lambda a: a.dt.day()),
    "hour": _of_date(lambda a: a.cast(pl.Datetime("us")).dt.hour()),
    "date": _of_date(lambda a: a.cast(pl.Date)),
    "days_between": _pair(lambda a, b: (b - a).dt.total_days()),
    "month_start": _of_date(lambda a: a.cast(pl.Date).dt.month_start()),
    "to_number": _one(lambda a: a.cast(pl.Float64, strict=False)),
    "to_text": _one(lambda a: a.cast(pl.String)),
    "coalesce": lambda operation, schema: pl.coalesce(_arguments(operation, schema)),
    "when": _when,
    "min": lambda operation, schema: pl.min_horizontal(_arguments(operation, schema)),
    "max": lambda operation, schema: pl.max_horizontal(_arguments(operation, schema)),
}
