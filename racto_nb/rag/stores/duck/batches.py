"""Chunks as columns, the way they go into the database, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

import orjson

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.documents import Chunk, ChunkMetadata
from racto_nb.rag.matching import OWN_FIELDS
from racto_nb.rag.stores.duck.values import EXACT, as_json, coded, number_of

COLUMNS = {
    "chunk_id": "VARCHAR NOT NULL",
    "doc_id": "VARCHAR NOT NULL",
    "source": "VARCHAR NOT NULL",
    "page": "BIGINT",
    "heading": "VARCHAR",
    "chunk_index": "BIGINT NOT NULL",
    "total_chunks": "BIGINT NOT NULL",
    "start_char": "BIGINT NOT NULL",
    "end_char": "BIGINT NOT NULL",
    "content": "VARCHAR NOT NULL",
    "processed": "VARCHAR",
    "extra": "VARCHAR",
    "owner_id": "VARCHAR",
}
"""The columns of the table of chunks, behind the number of the row. `extra` is JSON. `owner_id` is the chunk's own `doc_id` where
it is not that of its metadata."""

_COLUMNS_ARE_FIELDS = {*OWN_FIELDS, "content", "chunk_id"}
"""Fields that a filter reads in the table of chunks, also where metadata have a key of that name."""

Column = Sequence[object]


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of some chunks, in their order. `extras` are their metadata; None where there are none."""

    columns: Mapping[str, Column]
    extras: Sequence[Mapping[str, Any]] | None

    def __len__(self) -> int:
        return len(self.columns["chunk_id"])

    @property
    def ids(self) -> Sequence[str]:
        """The ids of the chunks."""
        return cast("Sequence[str]", self.columns["chunk_id"])


def batch_of(chunks: Sequence[Chunk]) -> Batch:
    """`chunks` as columns."""
    places = [chunk.metadata for chunk in chunks]
    columns: dict[str, Column] = {field: [getattr(place, field) for place in places] for field in OWN_FIELDS}
    columns["chunk_id"] = [chunk.chunk_id for chunk in chunks]
    columns["content"] = [chunk.content for chunk in chunks]
    columns["processed"] = [chunk.processed for chunk in chunks]
    columns["owner_id"] = [None if chunk.doc_id == chunk.metadata.doc_id else chunk.doc_id for chunk in chunks]
    extras = [place.extra for place in places]
    return Batch(columns, extras if any(extras) else None)


def batch_of_arrays(ids: Sequence[str], texts: Sequence[str], metadata: Sequence[Mapping[str, Any]] | None, source: str) -> Batch:
    """Columns of `texts`, one chunk each. Keys of `metadata` that a chunk has itself (`page`, `source`, …) are those."""
    import numpy as np

    ids, texts = list(ids), list(texts)
    if len(texts) != len(ids) or (metadata is not None and len(metadata) != len(ids)):
        told = "" if metadata is None else f", and {len(metadata)} of metadata"
        msg = f"There are {len(ids)} ids and {len(texts)} texts{told}: one of each belongs to a chunk."
        raise UsageError(msg)
    for name, column in (("ids", ids), ("texts", texts)):
        if wrong := set(map(type, column)) - {str}:
            msg = f"{name} are texts, not {wrong.pop().__name__}."
            raise WrongTypeError(msg)
    ones = np.ones(len(ids), np.int64)
    columns: dict[str, Column] = {
        "chunk_id": ids, "doc_id": ids, "content": texts, "source": [source] * len(ids),
        "end_char": list(map(len, texts)), "total_chunks": cast("Column", ones),
        "chunk_index": cast("Column", 0 * ones), "start_char": cast("Column", 0 * ones),
    }  # fmt: skip
    if metadata is None:
        return Batch(columns, None)
    own = set(chain.from_iterable(metadata)).intersection(OWN_FIELDS)
    for name in own:
        others = columns.get(name, [None] * len(ids))
        columns[name] = [each.get(name, other) for each, other in zip(metadata, others, strict=True)]
    extras = [{key: value for key, value in each.items() if key not in own} for each in metadata] if own else metadata
    return Batch(columns, extras if any(extras) else None)


def frames(batch: Batch, first: int) -> tuple[Any, Any]:
    """The rows of `batch` from row `first` on as a frame of polars, and the facts to filter by as another (None: there are none).

    Raises UsageError for what cannot be stored: half a character, a whole number that is too large, a kind of value JSON has not.
    """
    import numpy as np
    import polars as pl

    rows = np.arange(first, first + len(batch), dtype=np.int64)
    extras, by_key, simple = _plain(batch.extras)
    columns: dict[str, Column | None] = {**batch.columns, "extra": None if extras is None else _written(extras, simple=simple)}
    made = [pl.Series("row", rows), *(_series(name, columns.get(name), kind, len(batch)) for name, kind in COLUMNS.items())]
    return pl.DataFrame(made), None if extras is None else _facts(by_key, rows)


def _series(name: str, column: Column | None, kind: str, count: int) -> Any:
    import numpy as np
    import polars as pl

    dtype = pl.Int64 if kind.startswith("BIGINT") else pl.String
    if column is None:
        return pl.repeat(None, count, dtype=dtype, eager=True).alias(name)
    if isinstance(column, np.ndarray):
        return pl.Series(name, column)
    try:
        return pl.Series(name, column, dtype=dtype)
    except UnicodeEncodeError as error:
        raise _torn(name, error) from error
    except (TypeError, OverflowError) as error:
        wanted = "a text" if dtype == pl.String else "a whole number of at most 64 bits"
        msg = f"The {name!r} of a chunk is {wanted}: {error}".splitlines()[0]
        raise WrongTypeError(msg) from error


def _torn(name: str, error: UnicodeEncodeError) -> UsageError:
    text, place = error.object, error.start
    msg = (
        f"The {name!r} of a chunk has half of a character ({text[place]!r} at {place}: {text[place : place + 40]!r:.60}), "
        "which no database takes. Read the file with its right encoding, or replace it: "
        "text.encode('utf-8', 'replace').decode()."
    )
    return UsageError(msg)


def _plain(extras: Sequence[Mapping[str, Any]] | None) -> tuple[Sequence[Mapping[str, Any]] | None, dict[str, list[Any]], bool]:
    """Metadata in the kinds that JSON has, the same by its keys, and whether any JSON library writes it as it is."""
    if extras is None:
        return None, {}, True
    columns = _by_key(extras)
    if all(map(_is_simple, columns.values())):
        return extras, columns, True
    plain = [{str(key): as_json(value, str(key)) for key, value in each.items()} for each in extras]
    return plain, _by_key(plain), False


def _by_key(extras: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {key: [each.get(key) for each in extras] for key in dict.fromkeys(chain.from_iterable(extras))}


_SIMPLE = {str, bool, int, type(None)}


def _is_simple(column: list[Any]) -> bool:
    """Whether all values are such that JSON libraries agree on them."""
    kinds = set(map(type, column))
    return kinds <= _SIMPLE and (
        int not in kinds or _is_small(column if kinds == {int} else [v for v in column if type(v) is int])
    )


def _is_small(column: list[int]) -> bool:
    return min(column) > -EXACT and max(column) < EXACT


def _written(extras: Sequence[Mapping[str, Any]], *, simple: bool) -> list[str | None]:
    try:
        if simple:
            return [orjson.dumps(each).decode() if each else None for each in extras]
    except TypeError:  # half of a character, or a key that is no text: told below
        extras = [{str(key): value for key, value in each.items()} for each in extras]
    return [json.dumps(each, ensure_ascii=False) if each else None for each in extras]


def _facts(columns: Mapping[str, list[Any]], rows: Any) -> Any:
    """What the metadata of the rows say, one row for each value of a key."""
    import polars as pl

    parts = [_fact(name, column, rows) for name, column in columns.items() if name not in _COLUMNS_ARE_FIELDS]
    return pl.concat(parts) if parts else None


def _fact(name: str, column: list[Any], rows: Any) -> Any:
    """The values of the key `name`."""
    import polars as pl

    kinds = set(map(type, column))
    frame = pl.DataFrame({"row": rows})
    named = pl.lit(name).alias("name")
    try:
        if kinds == {int} and _is_small(column):
            numbers = pl.Series("number", column, dtype=pl.Int64)
            value = ("n" + numbers.cast(pl.String)).alias("value")
            return frame.with_columns(named, value, numbers.cast(pl.Float64))
        if kinds == {str}:
            value = ("t" + pl.Series("value", column, dtype=pl.String)).alias("value")
            return frame.with_columns(named, value, pl.lit(None, pl.Float64).alias("number"))
        values = pl.Series("value", [coded(value) for value in column], dtype=pl.String)
        numbers = pl.Series("number", [number_of(value) for value in column], dtype=pl.Float64)
        return frame.with_columns(named, values, numbers).filter(pl.col("value").is_not_null())
    except UnicodeEncodeError as error:
        raise _torn(name, error) from error


def chunk_of(row: Sequence[Any], embedding: list[float] | None) -> Chunk:
    """The chunk of a row of the table, without its number."""
    named = dict(zip(COLUMNS, row, strict=True))
    extra = named["extra"]
    place = ChunkMetadata(**{field: named[field] for field in OWN_FIELDS}, extra={} if extra is None else json.loads(extra))
    return Chunk(
        chunk_id=named["chunk_id"],
        doc_id=named["doc_id"] if named["owner_id"] is None else named["owner_id"],
        content=named["content"],
        processed=named["processed"],
        metadata=place,
        embedding=embedding,
    )


def ids_of(values: Iterable[str]) -> list[str]:
    """`values` as ids that a row can have: none has half of a character."""
    return [value for value in values if value.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in value)]
