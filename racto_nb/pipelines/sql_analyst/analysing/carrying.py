"""A plan carried out by polars, step by step, on a table that can grow only so far. Pure computing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import polars as pl

from racto_nb.exceptions import AnalysisError
from racto_nb.pipelines.sql_analyst.analysing import plan as steps
from racto_nb.pipelines.sql_analyst.analysing.computing import column, computed, moment, refuse_unknown
from racto_nb.pipelines.sql_analyst.analysing.plan import Aggregate, AnalysisPlan

MOST_ROWS = 100_000
MOST_COLUMNS = 500
MOST_MEGABYTES = 1_000
_SPANS = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


def carry_out(plan: AnalysisPlan, frame: pl.DataFrame, *, max_rows: int = MOST_ROWS) -> pl.DataFrame:
    """The table that the steps of `plan` make of `frame`, which stays as it is.

    A step may not make more rows than `max_rows` (or than the frame has, if that is more), nor more than 500 columns. Raises
    AnalysisError that names the step, and the nearest column where one is not there. Dates may be ISO texts, as SQLite has them.

    >>> plan = AnalysisPlan.model_validate({"steps": [{"step": "top", "count": 1, "by": "sales"}]})
    >>> carry_out(plan, pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [3, 5]}))["city"].item()
    'Rome'
    """
    most = max(max_rows, frame.height)
    table = frame
    for number, step in enumerate(plan.steps, start=1):
        try:
            table = _STEPS[step.step](step, table, most)
        except AnalysisError as error:
            msg = f"Step {number} ({step.step}): {error}"
            raise AnalysisError(msg) from error
        except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            msg = f"Step {number} ({step.step}) does not fit the table: {said:.300} Columns: {_described(table)}."
            raise AnalysisError(msg) from error
        _refuse_growth(number, step.step, table, most)
    return table


def _described(table: pl.DataFrame) -> str:
    return ", ".join(f"{name} {dtype}" for name, dtype in list(table.schema.items())[:40])


def _refuse_growth(number: int, name: str, table: pl.DataFrame, most: int) -> None:
    size = int(table.estimated_size("mb"))
    if table.height > most or table.width > MOST_COLUMNS or size > MOST_MEGABYTES:
        made = f"{table.height:,} rows, {table.width:,} columns and {size:,} MB"
        msg = f"Step {number} ({name}) makes {made}; {most:,}, {MOST_COLUMNS:,} and {MOST_MEGABYTES:,} are the most."
        raise AnalysisError(msg)


def _filter(step: steps.Filter, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    return table.filter(computed(step.where, table.schema).cast(pl.Boolean))


def _derive(step: steps.Derive, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    return table.with_columns(computed(step.expression, table.schema).alias(step.name))


def _group(step: steps.Group, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    aggregates = _aggregates(step.aggregates, table.schema)
    if not step.by:
        return table.select(aggregates)
    return table.group_by([column(name, table.schema) for name in step.by], maintain_order=True).agg(aggregates)


def _aggregates(wanted: Sequence[Aggregate], schema: pl.Schema) -> list[pl.Expr]:
    return [_aggregate(each, schema).alias(each.name) for each in wanted]


def _aggregate(wanted: Aggregate, schema: pl.Schema) -> pl.Expr:
    if wanted.function == "rows":
        return pl.len()
    if wanted.column is None:
        msg = f"{wanted.function!r} needs a column; only 'rows' counts without one."
        raise AnalysisError(msg)
    values = column(wanted.column, schema)
    return _AGGREGATED[wanted.function](values)


_AGGREGATED: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "sum": lambda values: values.sum(),
    "mean": lambda values: values.mean(),
    "median": lambda values: values.median(),
    "min": lambda values: values.min(),
    "max": lambda values: values.max(),
    "count": lambda values: values.count(),
    "distinct": lambda values: values.drop_nulls().n_unique(),
    "first": lambda values: values.first(),
    "last": lambda values: values.last(),
    "std": lambda values: values.std(),
}


def _sort(step: steps.Sort, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    refuse_unknown(step.by, table.schema)
    return table.sort(step.by, descending=step.descending, nulls_last=True, maintain_order=True)


def _top(step: steps.Top, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    refuse_unknown([step.by, *step.within], table.schema)
    ordered = table.sort(step.by, descending=not step.smallest, nulls_last=True, maintain_order=True)
    return ordered.group_by(step.within, maintain_order=True).head(step.count) if step.within else ordered.head(step.count)


def _pivot(step: steps.Pivot, table: pl.DataFrame, most: int) -> pl.DataFrame:
    refuse_unknown([*step.index, step.columns, step.values], table.schema)
    heads = table[step.columns].n_unique()
    if heads > MOST_COLUMNS:
        msg = f"{step.columns!r} has {heads:,} different values, each would be a column; {MOST_COLUMNS} are the most."
        raise AnalysisError(msg)
    names: Any = step.function if step.function != "count" else pl.element().count()
    del most
    return table.pivot(step.columns, index=step.index, values=step.values, aggregate_function=names, maintain_order=True)


def _unpivot(step: steps.Unpivot, table: pl.DataFrame, most: int) -> pl.DataFrame:
    refuse_unknown([*step.index, *step.columns], table.schema)
    if table.height * len(step.columns) > most:  # before it is made
        msg = f"It would make {table.height * len(step.columns):,} rows; {most:,} are the most."
        raise AnalysisError(msg)
    return table.unpivot(step.columns, index=step.index, variable_name=step.name, value_name=step.value)


def _window(step: steps.Window, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    refuse_unknown([step.column, *step.within, *([step.order_by] if step.order_by else [])], table.schema)
    ordered = table.sort(step.order_by, nulls_last=True, maintain_order=True) if step.order_by else table
    looked = _LOOKED[step.function](pl.col(step.column), step.offset)
    return ordered.with_columns((looked.over(step.within) if step.within else looked).alias(step.name))


def _percent(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole != 0).then(part * 100 / whole).otherwise(None)


_LOOKED: Mapping[str, Callable[[pl.Expr, int], pl.Expr]] = {
    "cumulative": lambda values, _: values.cum_sum(),
    "rank": lambda values, _: values.rank("min", descending=True),
    "lag": lambda values, offset: values.shift(offset),
    "change": lambda values, offset: values - values.shift(offset),
    "percent_change": lambda values, offset: _percent(values - values.shift(offset), values.shift(offset)),
    "share": lambda values, _: _percent(values, values.sum()),
    "moving_average": lambda values, offset: values.rolling_mean(offset),
}


def _rename(step: steps.Rename, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    refuse_unknown(list(step.names), table.schema)
    return table.rename(step.names)


def _select(step: steps.Select, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    return table.select([column(name, table.schema) for name in step.columns])


def _fill(step: steps.FillMissing, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    if step.how == "value" and step.value is None:
        msg = "Say what stands where nothing is: a value, or how: forward, backward, mean, zero."
        raise AnalysisError(msg)
    values = [column(name, table.schema) for name in step.columns]
    if step.how == "value":
        return table.with_columns([each.fill_null(pl.lit(step.value)) for each in values])
    return table.with_columns([each.fill_null(strategy=step.how) for each in values])


def _resample(step: steps.Resample, table: pl.DataFrame, most: int) -> pl.DataFrame:
    refuse_unknown([step.date, *step.by], table.schema)
    span = _SPANS[step.every]
    when = moment(pl.col(step.date), table.schema[step.date]).cast(pl.Datetime("us")).dt.truncate(span).alias(step.date)
    dated = table.with_columns(when).filter(pl.col(step.date).is_not_null())
    made = dated.group_by([step.date, *step.by]).agg(_aggregates(step.aggregates, dated.schema)).sort(step.date, *step.by)
    if step.fill_gaps and made.height:
        made = _with_gaps(step, made, span, most)
    return made if step.every == "hour" else made.with_columns(pl.col(step.date).cast(pl.Date))


def _with_gaps(step: steps.Resample, made: pl.DataFrame, span: str, most: int) -> pl.DataFrame:
    """`made` with rows for spans in which nothing happened."""
    first, last = made[step.date].min(), made[step.date].max()
    hours = made.select((pl.col(step.date).max() - pl.col(step.date).min()).dt.total_hours()).item()
    least = {"hour": 1, "day": 24, "week": 168, "month": 672, "quarter": 2160, "year": 8760}[step.every]
    groups = made.select(step.by).unique(maintain_order=True) if step.by else pl.DataFrame()
    if (hours // least + 1) * max(1, groups.height) > most:  # before it is made
        msg = f"Without gaps these would be about {(hours // least + 1) * max(1, groups.height):,} rows; {most:,} are the most."
        raise AnalysisError(msg)
    every = pl.select(pl.datetime_range(pl.lit(first), pl.lit(last), span, time_unit="us").alias(step.date))
    every = every.join(groups, how="cross") if step.by else every
    return every.join(made, on=[step.date, *step.by], how="left", nulls_equal=True).sort(step.date, *step.by)


def _describe(step: steps.Describe, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    return table.select(_numbers(step.columns, table)).describe()


def _correlate(step: steps.Correlate, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    names = _numbers(step.columns, table)
    if len(names) > MOST_COLUMNS // 10:
        msg = f"{len(names)} columns are too many to compare; name the ones that matter."
        raise AnalysisError(msg)
    rows = [[table.select(pl.corr(one, other)).item() for other in names] for one in names]
    made = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
    return made.insert_column(0, pl.Series(_free("column", names), names))


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _numbers(wanted: Sequence[str], table: pl.DataFrame) -> list[str]:
    refuse_unknown(wanted, table.schema)
    names = [name for name in wanted or table.columns if table.schema[name].is_numeric()]
    if not names:
        msg = f"There is no column of numbers here. Columns: {_described(table)}."
        raise AnalysisError(msg)
    return names


def _bin(step: steps.Bin, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    edges = sorted(set(step.edges))
    values = column(step.column, table.schema)
    told = [f"below {edges[0]:g}", *(f"{low:g} to below {high:g}" for low, high in pairwise(edges)), f"{edges[-1]:g} or more"]
    label = pl.when(values >= edges[-1]).then(pl.lit(told[-1])).otherwise(None)
    for edge, name in reversed(list(zip(edges, told, strict=False))):
        label = pl.when(values < edge).then(pl.lit(name)).otherwise(label)
    return table.with_columns(label.alias(step.name))


def _deduplicate(step: steps.Deduplicate, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    refuse_unknown(step.columns, table.schema)
    return table.unique(step.columns or None, keep="first", maintain_order=True)


def _limit(step: steps.Limit, table: pl.DataFrame, most: int) -> pl.DataFrame:
    del most
    return table.head(step.count)


# Each entry takes the step that it is called by; a table of functions of different steps has no closer type.
_STEPS: Mapping[str, Callable[[Any, pl.DataFrame, int], pl.DataFrame]] = {
    "filter": _filter, "derive": _derive, "group": _group, "sort": _sort, "top": _top, "pivot": _pivot, "unpivot": _unpivot,
    "window": _window, "rename": _rename, "select": _select, "fill_missing": _fill, "resample": _resample,
    "describe": _describe, "correlate": _correlate, "bin": _bin, "deduplicate": _deduplicate, "limit": _limit,
}  # fmt: skip
