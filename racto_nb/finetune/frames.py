"""Tables of pandas, polars, Arrow and Hugging Face: their rows, and new ones made of examples. Kind: plain.

Which library a table is of is told by its class, and no other library is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, cast

from racto_nb._extras import imported
from racto_nb.exceptions import DatasetFormatError, UsageError, WrongTypeError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.frame_rows import CALL_FIELDS, PairColumns, TableColumn, columns_of, record_of_row, tags_in
from racto_nb.finetune.reading import OnError, Reading, reading_of
from racto_nb.finetune.record_lines import example_in, shortened

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_NAMES = {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "Table", "datasets": "Dataset"}


class FrameColumns(TypedDict, total=False):
    """Where in a table the examples are, and what becomes of bad rows: see `RactoDataset.from_frame`."""

    user: str | None
    assistant: str | None
    system: str
    system_column: str | None
    tags: Sequence[str]
    on_error: OnError


def read_frame(
    frame: object,
    provider: str | None = "auto",
    *,
    user: str | None = None,
    assistant: str | None = None,
    system: str = "",
    system_column: str | None = None,
    tags: Sequence[str] = (),
    on_error: OnError = "raise",
) -> Reading:
    """All examples of a table."""
    pairs = _pairs(user, assistant, system, system_column)
    reading = reading_of(f"the {_called(frame)}", provider, on_error, unit="Row")
    named = [name for name in (user, assistant, system_column, *tags) if name is not None]
    known = _known_columns(frame)
    if known is not None:
        _check_columns(named, known)
    for row in _rows(frame):
        reading.place += 1
        if known is None:
            _check_columns(named, list(row))
        try:
            reading.examples.append(_example(row, pairs, tags, reading.provider))
        except DatasetFormatError as error:
            reading.refuse(error, shortened(repr(row).encode(errors="replace")))
    return reading


def _pairs(user: str | None, assistant: str | None, system: str, system_column: str | None) -> PairColumns | None:
    if user is not None and assistant is not None:
        if system and system_column is not None:
            msg = "Give `system`, one text before all, or `system_column`, the name of a column; not both."
            raise UsageError(msg)
        return PairColumns(user, assistant, system, system_column)
    if user is not None or assistant is not None or system or system_column is not None:
        msg = "Questions and answers need two columns: user='question', assistant='answer'. Without both, rows are records."
        raise UsageError(msg)
    return None


def _example(row: Mapping[str, object], pairs: PairColumns | None, tags: Sequence[str], provider: str) -> RactoTrainingExample:
    if pairs is not None:
        example = pairs.example(row)
    else:
        record = record_of_row({key: value for key, value in row.items() if key not in tags})
        example = example_in(record, "racto" if "racto" in record and provider == "auto" else provider)
    return example.tagged(tags_in(row, tags)) if tags else example


def table_kind(frame: object) -> str | None:
    """The library of a table; None for another object."""
    for library, name in _NAMES.items():
        module = sys.modules.get(library)  # a table of a library is there only if the library is loaded
        if module is not None and isinstance(frame, getattr(module, name)):
            return library
    return None


def refuse_other(frame: object, library: str) -> None:
    """Raise WrongTypeError where `frame` is no table of `library`."""
    if table_kind(frame) != library:
        msg = (
            f"This takes a {library}.{_NAMES[library]}, not {_class(frame)}. RactoDataset.from_frame takes tables of any library."
        )
        raise WrongTypeError(msg)


def _called(frame: object) -> str:
    return {None: "records", "pyarrow": "table", "datasets": "dataset"}.get(table_kind(frame), "frame")


def _class(frame: object, /) -> str:
    return f"{type(frame).__module__.partition('.')[0]}.{type(frame).__name__}"


def _known_columns(frame: object) -> list[str] | None:
    """The columns of a table, each a name of its own; None where only its rows know them."""
    given, kind = cast("Any", frame), table_kind(frame)
    if kind is None:
        return None
    names = [str(name) for name in (given.column_names if kind in {"pyarrow", "datasets"} else given.columns)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        msg = f"The table has two columns {twice!r}. Rename one."
        raise UsageError(msg)
    return names


def _check_columns(named: Sequence[str], known: Sequence[str]) -> None:
    for name in named:
        if name not in known:
            msg = f"There is no column {name!r}. The columns are {', '.join(map(repr, known))[:300] or 'none'}."
            raise UsageError(msg)


def _rows(frame: object) -> Iterator[Mapping[str, object]]:
    given = cast("Any", frame)
    match table_kind(frame):
        case "pandas":
            names = [str(name) for name in given.columns]
            for row in given.itertuples(index=False, name=None):
                yield dict(zip(names, row, strict=True))
        case "polars":
            yield from given.iter_rows(named=True)
        case "pyarrow":
            for batch in given.to_batches(max_chunksize=1000):
                yield from batch.to_pylist()
        case "datasets":
            yield from given
        case _:
            yield from _records(frame)


def _records(frame: object) -> Iterator[Mapping[str, object]]:
    """The rows of any iterable of them, such as a list, or a Hugging Face dataset that is streamed."""
    if not _has_rows(frame):
        raise _no_table(frame)
    for row in cast("Iterable[object]", frame):
        if not isinstance(row, Mapping):
            msg = f"A row is a mapping of columns to values, not {_class(row)}."
            raise WrongTypeError(msg)
        yield cast("Mapping[str, object]", row)


def _has_rows(frame: object) -> bool:
    return isinstance(frame, Iterable) and not isinstance(frame, str | bytes | Mapping)


def _no_table(frame: object) -> WrongTypeError:
    called = _class(frame)
    advice = "Rows are read from tables of pandas, polars, Arrow and Hugging Face datasets, and from lists of dicts."
    if type(frame).__name__ == "LazyFrame":
        advice = "It has no rows yet: give frame.collect()."
    elif isinstance(frame, Mapping):
        advice = "Choose one of its parts, such as dataset['train']."
    return WrongTypeError(f"{called} has no rows to read. {advice}")


def polars_frame(examples: Sequence[RactoTrainingExample]) -> pl.DataFrame:
    """A polars DataFrame with a row for each example."""
    import polars as pl

    return pl.DataFrame([pl.Series(column.name, column.values, dtype=_dtype(column)) for column in columns_of(examples)])


def _dtype(column: TableColumn) -> Any:
    import polars as pl

    if column.kind == "turns":
        kinds = {"weight": pl.Float64(), "tool_calls": pl.List(pl.Struct(dict.fromkeys(CALL_FIELDS, pl.String())))}
        return pl.List(pl.Struct({name: kinds.get(name, pl.String()) for name in column.fields}))
    if column.kind == "texts":
        return pl.Struct(dict.fromkeys(column.fields, pl.String()))
    return pl.Boolean() if column.kind == "truth" else pl.String()


def pandas_frame(examples: Sequence[RactoTrainingExample]) -> pd.DataFrame:
    """A pandas DataFrame with a row for each example; messages are lists of dicts."""
    import pandas as pd

    columns = columns_of(examples)
    return pd.DataFrame({column.name: pd.Series(list(column.values), dtype=object) for column in columns})


def arrow_table(examples: Sequence[RactoTrainingExample]) -> object:
    """A pyarrow Table with a row for each example."""
    imported("pyarrow", extra="finetune")
    return cast("object", polars_frame(examples).to_arrow())  # pyright: ignore[reportUnknownMemberType]


def hf_dataset(examples: Sequence[RactoTrainingExample]) -> object:
    """A Dataset of the library `datasets` with a row for each example."""
    library = imported("datasets", extra="finetune")
    return cast("object", library.Dataset.from_polars(polars_frame(examples)))
