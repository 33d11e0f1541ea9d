"""The rows of a server that are kept, within limits, and the result that they become. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from racto_nb.exceptions import ResultTooLargeError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.column_names import unique_names
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.pipelines.sql_analyst.sources.text_columns import Kind, typed

if TYPE_CHECKING:
    import polars as pl

Row = Sequence[str | bytes | None]
_MIB = 1024 * 1024


def kept(rows: Iterable[Row], limits: RunLimits, *, sql: str, source: str) -> tuple[list[Row], bool]:
    """The rows that are kept, and whether there were more: no more than one of those is read. Raises ResultTooLargeError."""
    found: list[Row] = []
    taken = 0
    for row in rows:
        if limits.max_rows is not None and len(found) == limits.max_rows:
            return found, True
        found.append(row)
        taken += sum(8 if value is None else len(value) + 8 for value in row)
        if taken > limits.max_bytes:
            raise too_large(sql, source, limits, f"more than {taken} bytes in {len(found)} rows")
    return found, False


def too_large(sql: str, source: str, limits: RunLimits, words: str) -> ResultTooLargeError:
    """The error for a result of more than `max_bytes`."""
    msg = (
        f"The result from {source} is larger than the {limits.max_bytes / _MIB:g} MiB that it may be ({words}). "
        "Ask for fewer rows or columns, or raise max_bytes of RunLimits."
    )
    return ResultTooLargeError(msg, sql=sql, reason=words)


def result_of_texts(names: Sequence[str], kinds: Sequence[tuple[Kind, int]], rows: Sequence[Row]) -> QueryResult:
    """The columns of rows of texts: what has no place in a column's kind stays text, and is named in `as_text`."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    made = [_column(values, kind, places) for values, (kind, places) in zip(columns, kinds, strict=True)]
    return result_of_columns(names, made)


def result_of_columns(names: Sequence[str], columns: Sequence[tuple[pl.Series, bool]]) -> QueryResult:
    """A result of `columns`, each with whether it came as text."""
    import polars as pl

    unique = unique_names(names)
    pairs = list(zip(unique, columns, strict=True))
    frame = pl.DataFrame([series.alias(name) for name, (series, _) in pairs])
    return QueryResult(frame, tuple(names), as_text=tuple(name for name, (_, is_text) in pairs if is_text))


def _column(values: Sequence[str | bytes | None], kind: Kind, places: int) -> tuple[pl.Series, bool]:
    import polars as pl

    if kind == "bytes":
        return pl.Series(values, dtype=pl.Binary), False
    texts = [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values]
    made = typed(texts, kind, places)
    if made is None:
        return pl.Series(texts, dtype=pl.String), True
    return made, kind == "other"
