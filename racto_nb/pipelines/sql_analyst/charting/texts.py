"""A chart in characters: for terminals, screen readers, and wherever no figure can be shown. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.bins import bins_of, counted, numbers_of
from racto_nb.pipelines.sql_analyst.charting.checking import checked_chart, finite, measures_of
from racto_nb.pipelines.sql_analyst.charting.columns import is_number, is_time
from racto_nb.pipelines.sql_analyst.charting.labels import spoken
from racto_nb.pipelines.sql_analyst.charting.points import ordered
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.charting.tables import cell_text, short_number, text_table

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_LONGEST_NAME = 32


def text_chart(spec: ChartSpec | Mapping[str, object] | None, frame: pl.DataFrame, *, width: int = 72, max_rows: int = 20) -> str:
    """`spec` drawn with characters in `width` columns, at most `max_rows` names; without a spec the table. Raises ChartError.

    Bars, parts, funnels and histograms are bars of blocks with their numbers, lines and areas one line for each series with its
    lowest and highest value, boxes and violins a table of quartiles, heatmaps a table; of a scatter the ranges and the
    correlation are told.

    >>> print(text_chart({"chart_type": "bar", "x": "city", "y": "sales"},
    ...                  pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [4, 2]}), width=24))
    sales by city
    Oslo  ███████████████  4
    Rome  ███████▌         2
    """
    if spec is None:
        return text_table(frame, max_rows=max_rows)
    checked = checked_chart(spec, frame)
    title, *lines = _TOLD[checked.chart_type](checked, frame, width, max_rows)
    labels = [f"{axis}: {cell_text(label, 200)}" for axis, label in (("x", checked.x_label), ("y", checked.y_label)) if label]
    return "\n".join([title, *([" · ".join(labels)] if labels else []), *lines])


def _title(spec: ChartSpec, usual: str) -> str:
    return cell_text(spec.title or usual, 200)


def _bars(spec: ChartSpec, frame: pl.DataFrame, width: int, max_rows: int) -> list[str]:
    x, measures = str(spec.x), measures_of(spec)
    lines = [_title(spec, f"{', '.join(measures)} by {x}")]
    rows = ordered(frame, x) if spec.chart_type == "bar" else frame
    for measure in measures:
        values = finite(rows[measure]).to_list()
        names = [_name(rows, place, x, spec.color) for place in range(rows.height)]
        shares = _shares(values) if spec.chart_type == "pie" else [""] * len(values)
        numbers = [short_number(value) + share for value, share in zip(values, shares, strict=True)]
        if len(measures) > 1:
            lines.append(f"{cell_text(measure)}:")
        lines += _blocks(names, values, numbers, width, max_rows)
    return lines


def _name(frame: pl.DataFrame, place: int, x: str, colour: str | None) -> str:
    name = spoken(frame[x][place])
    return name if colour in {None, x} else f"{name} · {spoken(frame[str(colour)][place])}"


def _shares(values: Sequence[float | None]) -> list[str]:
    whole = sum(value or 0.0 for value in values)
    return [f" ({(value or 0.0) / whole:.1%})" for value in values]


def _blocks(names: Sequence[str], values: Sequence[float | None], numbers: Sequence[str], width: int, most: int) -> list[str]:
    """A bar of blocks for each name; those below 0 begin with a minus."""
    shown = [cell_text(name, _LONGEST_NAME) for name in names[:most]]
    longest_name, longest_number = max(map(len, shown)), max(map(len, numbers[:most]))
    room = max(4, width - longest_name - longest_number - 4)
    largest = max((abs(value) for value in values[:most] if value is not None), default=0.0) or 1.0
    lines: list[str] = []
    for name, value, number in zip(shown, values, numbers, strict=False):
        bar = "" if value is None else ("-" if value < 0 else "") + _block(abs(value) / largest * (room - (value < 0)))
        lines.append(f"{name.ljust(longest_name)}  {bar.ljust(room)}  {number.rjust(longest_number)}")
    more = len(names) - len(shown)
    return [*lines, f"… and {more:,} more"] if more else lines


def _block(length: float) -> str:
    eighths = round(length * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _lines(spec: ChartSpec, frame: pl.DataFrame, width: int, max_rows: int) -> list[str]:
    x, measures = str(spec.x), measures_of(spec)
    rows = frame.filter(frame[x].is_not_null()).sort(x, maintain_order=True)
    told = [_title(spec, f"{', '.join(measures)} by {x}")]
    if rows.height:
        told[0] += f" ({cell_text(rows[x][0])} to {cell_text(rows[x][-1])})"
    parts = [rows] if spec.color is None or spec.color == x else rows.partition_by(spec.color, maintain_order=True)
    series = [(_series_name(spec, part, measure), part[measure]) for part in parts for measure in measures]
    longest = max((len(name) for name, _ in series), default=0)
    for name, values in series[:max_rows]:
        known = values.drop_nulls()
        span = f"{short_number(finite(known).min())} to {short_number(finite(known).max())}" if known.len() else "empty"
        told.append(f"{name.ljust(longest)}  {_spark(finite(values), max(8, width - longest - len(span) - 4))}  {span}")
    return [*told, f"… and {len(series) - max_rows:,} series more"] if len(series) > max_rows else told


def _series_name(spec: ChartSpec, part: pl.DataFrame, measure: str) -> str:
    return cell_text(measure if spec.color in {None, spec.x} else spoken(part[str(spec.color)][0]), _LONGEST_NAME)


def _spark(values: pl.Series, room: int) -> str:
    """One character for each value, or for the mean of several where there is no room."""
    step = -(-values.len() // room)
    means = [values.slice(start, step).mean() for start in range(0, values.len(), step)]
    known = [float(str(mean)) for mean in means if mean is not None]
    if not known:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    return "".join(" " if mean is None else _LEVELS[min(7, int((float(str(mean)) - low) / span * 7.999))] for mean in means)


def _counts(spec: ChartSpec, frame: pl.DataFrame, width: int, max_rows: int) -> list[str]:
    column = (measures_of(spec) or [str(spec.x)])[0]
    title = _title(spec, f"rows by {column}")
    if not is_number(frame[column]) and not is_time(frame[column]):
        names, by_name = frame[column].value_counts(sort=True).get_columns()
        told = [spoken(name) for name in names]
        return [title, *_blocks(told, by_name.cast(pl.Float64).to_list(), [f"{each:,}" for each in by_name], width, max_rows)]
    numbers = numbers_of(frame[column])
    bins = bins_of(numbers, dates=is_time(frame[column]), whole=frame[column].dtype.is_integer(), most=12)
    counts = counted(numbers, bins)
    return [title, *_blocks(bins.spans(), [*counts], [f"{int(count):,}" for count in counts], width, bins.count)]


def _quartiles(spec: ChartSpec, frame: pl.DataFrame, width: int, max_rows: int) -> list[str]:
    keys = [name for name in dict.fromkeys([spec.x, spec.color]) if name is not None]
    told = [_title(spec, ", ".join(measures_of(spec)) + (f" by {' and '.join(keys)}" if keys else ""))]
    value = pl.col("racto value")
    spread = {"rows": value.count(), "lowest": value.min(), "a quarter below": value.quantile(0.25, "linear")}
    spread |= {"half below": value.median(), "three quarters": value.quantile(0.75, "linear"), "highest": value.max()}
    for measure in measures_of(spec):
        rows = frame.select(keys).with_columns(finite(frame[measure]).alias("racto value"))
        table = ordered(rows, keys[0]).group_by(keys, maintain_order=True).agg(**spread) if keys else rows.select(**spread)
        told += [f"{cell_text(measure)}:", text_table(_rounded(table), max_rows=max_rows, longest=max(8, width // 3))]
    return told


def _rounded(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col(pl.Float64).round_sig_figs(5))


def _points(spec: ChartSpec, frame: pl.DataFrame, width: int, max_rows: int) -> list[str]:
    x = str(spec.x)
    told = [_title(spec, f"{', '.join(measures_of(spec))} against {x}")]
    for measure in measures_of(spec):
        known = frame.drop_nulls([x, measure])
        lowest, highest = cell_text(known[measure].min()), cell_text(known[measure].max())
        line = f"{known.height:,} points, {cell_text(measure)} from {lowest} to {highest}"
        if is_number(frame[x]) and known.height > 2:  # noqa: PLR2004  (two points always lie on a line)
            both = pl.DataFrame([finite(known[x]).alias("x"), finite(known[measure]).alias("y")])
            line += f", correlation {both.select(pl.corr('x', 'y')).item() or 0.0:.2f}"
        told.append(line)
    return [*told, text_table(frame, max_rows=min(max_rows, 10), longest=max(8, width // 3))]


def _cells(spec: ChartSpec, frame: pl.DataFrame, width: int, max_rows: int) -> list[str]:
    x, y, colour = str(spec.x), measures_of(spec)[0], str(spec.color)
    across, down = ordered(frame, x)[x].unique(maintain_order=True), ordered(frame, y)[y].unique(maintain_order=True)
    values = {(a, b): value for a, b, value in frame.select(x, y, colour).iter_rows()}
    most = max(1, width // 10)
    table = pl.DataFrame({f"{y} \\ {x}": [spoken(row) for row in down]})
    for column in across.head(most):
        cells = [cell_text(values.get((column, row))) for row in down]
        table = table.with_columns(pl.Series(spoken(column), cells))
    told = [_title(spec, f"{colour} by {y} and {x}"), text_table(table, max_rows=max_rows)]
    more = across.len() - most
    return [*told, f"… and {more:,} columns more"] if more > 0 else told


_TOLD: Mapping[str, Callable[[ChartSpec, pl.DataFrame, int, int], list[str]]] = {
    "area": _lines, "bar": _bars, "box": _quartiles, "funnel": _bars, "heatmap": _cells, "histogram": _counts, "line": _lines,
    "pie": _bars, "scatter": _points, "violin": _quartiles,
}  # fmt: skip
