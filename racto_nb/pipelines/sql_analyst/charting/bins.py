"""How often the values of a column occur, in steps that are round numbers: the bars of a histogram. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import polars as pl

from racto_nb.pipelines.sql_analyst.charting.checking import finite
from racto_nb.pipelines.sql_analyst.charting.columns import is_time
from racto_nb.pipelines.sql_analyst.charting.points import moments

_FEWEST = 5
_DAY = 86_400.0
_SPANS = (1.0, 5.0, 15.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0)
_DAYS = (1, 2, 7, 14, 30, 91, 182, 365, 730, 1826, 3652, 18262, 36525)

_REST = {7: "-01 00:00:00", 10: " 00:00:00", 16: ":00", 19: ""}
"""What a moment of so many letters lacks."""


@dataclass(frozen=True, slots=True)
class Bins:
    """Equal steps from `start` on, each `step` wide, `count` of them. In seconds since 1970 where they are `dates`."""

    start: float
    step: float
    count: int
    dates: bool = False

    def middles(self) -> list[object]:
        """Where the bars stand."""
        middles = [self.start + (place + 0.5) * self.step for place in range(self.count)]
        return [_moment(middle) for middle in middles] if self.dates else list(middles)

    def spans(self) -> list[str]:
        """From where to where each bar goes, in words."""
        edges = [self.start + place * self.step for place in range(self.count + 1)]
        told = [_moment(edge) if self.dates else f"{round(edge, 12):g}" for edge in edges]
        return [f"{low} to below {high}" for low, high in pairwise(told)]


def numbers_of(series: pl.Series) -> pl.Series:
    """The values of `series` as numbers, without the empty ones; dates as seconds since 1970."""
    if not is_time(series):
        return finite(series).drop_nulls()
    texts = pl.Series(series.name, moments(series), dtype=pl.String).drop_nulls().str.slice(0, 19).str.replace("T", " ")
    whole = texts + texts.str.len_chars().replace_strict(_REST, return_dtype=pl.String)
    return whole.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).dt.epoch("s").cast(pl.Float64).drop_nulls()


def bins_of(numbers: pl.Series, *, dates: bool, whole: bool, most: int = 40) -> Bins:
    """About `most` round steps at most over all of `numbers`; of `whole` numbers none is narrower than 1."""
    least, largest = float(str(numbers.min())), float(str(numbers.max()))
    wide = (largest - least) / min(most, max(_FEWEST, math.ceil(math.sqrt(numbers.len()))))
    step = _round_span(wide) if dates else _round_step(wide)
    if whole:
        step = max(1.0, step)
    start = math.floor(least / step) * step
    return Bins(start, step, math.floor((largest - start) / step) + 1, dates=dates)


def counted(numbers: pl.Series, bins: Bins) -> list[float]:
    """How many of `numbers` lie in each of `bins`."""
    counts = [0.0] * bins.count
    placed = ((numbers - bins.start) / bins.step).floor().clip(0, bins.count - 1).cast(pl.Int64)
    for place, count in placed.value_counts().iter_rows():
        counts[place] = float(count)
    return counts


def _round_step(step: float) -> float:
    if step <= 0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next((factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= step * 0.999), 10.0 * power)


def _round_span(seconds: float) -> float:
    known: Sequence[float] = (*_SPANS, *(days * _DAY for days in _DAYS))
    return next((span for span in known if span >= seconds * 0.999), known[-1])


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return moment.date().isoformat() if seconds % _DAY == 0 else moment.isoformat(" ")
