"""A plan as code that a person reads, in the words of polars. It is shown, never run. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from racto_nb.pipelines.sql_analyst.analysing import plan as steps
from racto_nb.pipelines.sql_analyst.analysing.expressions import Expression, Literally, Named
from racto_nb.pipelines.sql_analyst.analysing.plan import Aggregate, AnalysisPlan

_SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulo": "%", "power": "**", "equal": "==", "not_equal": "!=",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "and": "&", "or": "|",
}  # fmt: skip
_OF_TEXTS = {"contains", "starts_with", "ends_with"}
_OF_DATES = {"year", "quarter", "month", "week", "weekday", "day", "hour", "date", "month_start"}
_IN_A_ROW = {"min": "min_horizontal", "max": "max_horizontal", "coalesce": "coalesce", "concat": "concat_str"}
_TEXT_CALLS = {"lower": "str.to_lowercase", "upper": "str.to_uppercase", "trim": "str.strip_chars", "length": "str.len_chars"}
_SPANS = {"hour": "1h", "day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


def plan_code(plan: AnalysisPlan) -> str:
    """`plan` as one chain of calls on `df`; of no steps "df".

    >>> print(plan_code(AnalysisPlan.model_validate({"steps": [{"step": "top", "count": 3, "by": "sales"}]})))
    df
    .sort('sales', descending=True)
    .head(3)
    """
    return "\n".join(["df", *(line for step in plan.steps for line in _STEPS[step.step](step))])


def expression_code(expression: Expression) -> str:
    """A formula in the words of polars."""
    if isinstance(expression, Named):
        return f"pl.col({expression.column!r})"
    if isinstance(expression, Literally):
        return f"pl.lit({expression.value!r})"
    given = [expression_code(each) for each in expression.args]
    name = expression.op
    if name in _SIGNS:
        return "(" + f" {_SIGNS[name]} ".join(given) + ")"
    if name == "when":
        pairs = zip(given[:-1:2], given[1::2], strict=False)
        return "pl" + "".join(f".when({condition}).then({value})" for condition, value in pairs) + f".otherwise({given[-1]})"
    if name in _IN_A_ROW:
        return f"pl.{_IN_A_ROW[name]}({', '.join(given)})"
    return _call(name, given)


def _call(name: str, given: Sequence[str]) -> str:
    prefix = "str." if name in _OF_TEXTS else "dt." if name in _OF_DATES else ""
    if name in {"negate", "not"}:
        return f"{'-' if name == 'negate' else '~'}{given[0]}"
    if name == "days_between":
        return f"({given[1]} - {given[0]}).dt.total_days()"
    if name in {"to_number", "to_text"}:
        return f"{given[0]}.cast(pl.{'Float64' if name == 'to_number' else 'String'})"
    call = _TEXT_CALLS.get(name, {"is_between": "is_between", "between": "is_between"}.get(name, prefix + name))
    rest = f"[{', '.join(given[1:])}]" if name == "is_in" else ", ".join(given[1:])
    return f"{given[0]}.{call}({rest})"


def _aggregated(wanted: Sequence[Aggregate]) -> str:
    calls = {"distinct": "n_unique"}
    told = [
        f"{each.name}=pl.len()"
        if each.function == "rows"
        else f"{each.name}=pl.col({each.column!r}).{calls.get(each.function, each.function)}()"
        for each in wanted
    ]
    return ", ".join(told)


def _group(step: steps.Group) -> list[str]:
    inside = _aggregated(step.aggregates)
    return [f".group_by({step.by!r}, maintain_order=True)", f".agg({inside})"] if step.by else [f".select({inside})"]


def _top(step: steps.Top) -> list[str]:
    order = f".sort({step.by!r}, descending={not step.smallest})"
    return [order, f".group_by({step.within!r}).head({step.count})" if step.within else f".head({step.count})"]


def _window(step: steps.Window) -> list[str]:
    value, offset = f"pl.col({step.column!r})", step.offset
    calls = {
        "cumulative": f"{value}.cum_sum()",
        "rank": f"{value}.rank('min', descending=True)",
        "lag": f"{value}.shift({offset})",
        "change": f"({value} - {value}.shift({offset}))",
        "percent_change": f"({value} / {value}.shift({offset}) - 1) * 100",
        "share": f"{value} / {value}.sum() * 100",
        "moving_average": f"{value}.rolling_mean({offset})",
    }
    looked = f"({calls[step.function]}).over({step.within!r})" if step.within else calls[step.function]
    order = [f".sort({step.order_by!r})"] if step.order_by else []
    return [*order, f".with_columns(({looked}).alias({step.name!r}))"]


def _resample(step: steps.Resample) -> list[str]:
    lines = [f".with_columns(pl.col({step.date!r}).dt.truncate({_SPANS[step.every]!r}))"]
    lines += [f".group_by({[step.date, *step.by]!r})", f".agg({_aggregated(step.aggregates)})", f".sort({step.date!r})"]
    return [*lines, f".upsample({step.date!r}, every={_SPANS[step.every]!r})"] if step.fill_gaps else lines


def _fill(step: steps.FillMissing) -> list[str]:
    how = f"pl.lit({step.value!r})" if step.how == "value" else f"strategy={step.how!r}"
    return [f".with_columns(pl.col({step.columns!r}).fill_null({how}))"]


_STEPS: Mapping[str, Callable[[Any], list[str]]] = {
    "filter": lambda step: [f".filter({expression_code(step.where)})"],
    "derive": lambda step: [f".with_columns({expression_code(step.expression)}.alias({step.name!r}))"],
    "group": _group,
    "sort": lambda step: [f".sort({step.by!r}, descending={step.descending})"],
    "top": _top,
    "pivot": lambda step: [
        f".pivot({step.columns!r}, index={step.index!r}, values={step.values!r}, aggregate_function={step.function!r})"
    ],
    "unpivot": lambda step: [
        f".unpivot({step.columns!r}, index={step.index!r}, variable_name={step.name!r}, value_name={step.value!r})"
    ],
    "window": _window,
    "rename": lambda step: [f".rename({step.names!r})"],
    "select": lambda step: [f".select({step.columns!r})"],
    "fill_missing": _fill,
    "resample": _resample,
    "describe": lambda step: [f".select({step.columns or ['pl.selectors.numeric()']!r})", ".describe()"],
    "correlate": lambda step: [f".select({step.columns or ['pl.selectors.numeric()']!r})", ".corr()"],
    "bin": lambda step: [f".with_columns(pl.col({step.column!r}).cut({step.edges!r}, left_closed=True).alias({step.name!r}))"],
    "deduplicate": lambda step: [f".unique({step.columns or None!r}, maintain_order=True)"],
    "limit": lambda step: [f".head({step.count})"],
}
