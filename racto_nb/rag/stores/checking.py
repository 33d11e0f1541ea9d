"""What every store refuses before it touches anything. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, cast

from racto_nb.exceptions import DimensionError, UsageError, WrongTypeError
from racto_nb.rag.documents import Chunk

_SMALL = 1e-20
_ROWS_AND_COLUMNS = 2

Array = Any
"""A NumPy array: NumPy is loaded when the first vector comes."""


def unit_vectors(vectors: Sequence[Sequence[float]] | Array, expected: int | None = None) -> Array:
    """`vectors` as rows of float32 of length one.

    Raises WrongTypeError for what are no vectors, DimensionError where their length is not `expected` (None: any, but one), and
    UsageError for a vector without a direction.
    """
    import numpy as np

    lengths = _lengths(vectors)
    for length in sorted(lengths):
        refuse_length(length, expected if expected is not None else min(lengths))
    try:
        with np.errstate(over="ignore"):  # what is too large is infinite, and refused below
            rows = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise _no_vectors(vectors) from error
    if rows.ndim != _ROWS_AND_COLUMNS:
        raise _no_vectors(vectors)
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    if not (np.isfinite(largest) & (largest > 0)).all():
        row = int((~(np.isfinite(largest) & (largest > 0)))[:, 0].argmax())
        msg = f"Vector {row} has no direction: all its numbers are 0, or one is NaN or infinite."
        raise UsageError(msg)
    rows = rows / largest  # so that the squares are neither too large nor nothing
    return rows / np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]


def _lengths(vectors: Sequence[Sequence[float]] | Array) -> set[int]:
    given = cast("object", vectors)
    listed = cast("Sequence[Sequence[float]]", vectors)
    try:
        return {len(vector) for vector in listed} if isinstance(vectors, Sequence) else {vectors.shape[-1]}
    except (TypeError, AttributeError, IndexError) as error:
        raise _no_vectors(given) from error


def _no_vectors(vectors: object) -> WrongTypeError:
    return WrongTypeError(f"A vector is a list of numbers: {vectors!r:.80} holds something else.")


def unit_vector(vector: Sequence[float] | Array, expected: int | None = None) -> Array:
    """One vector, as a search asks with it: float32, of length one. Raises what `unit_vectors` does."""
    import numpy as np

    if isinstance(vector, np.ndarray):
        row = cast("Array", vector)
        square = float(np.dot(row, row)) if row.dtype == np.float32 and row.shape == (expected,) else 0.0
        if _SMALL < square < 1 / _SMALL:  # neither nothing nor too much, and no NaN
            return row / np.float32(math.sqrt(square))
    return unit_vectors([vector], expected)[0]


def refuse_length(actual: int, expected: int | None) -> None:
    """Raise DimensionError for a vector of another length than the others (`expected` None: there are none yet)."""
    if not actual:
        msg = "A vector holds at least one number."
        raise UsageError(msg)
    if expected is not None and actual != expected:
        msg = (
            f"A vector of {actual} dimensions cannot be compared with those of the store, which have {expected}. "
            "Use the embedder that the store was filled with, or clear() the store and ingest again."
        )
        raise DimensionError(msg, expected=expected, actual=actual)


def embeddings_of(chunks: Iterable[Chunk]) -> list[list[float]]:
    """The vectors of `chunks`. UsageError for a chunk without one."""
    vectors: list[list[float]] = []
    for chunk in chunks:
        if chunk.embedding is None:
            msg = f"Chunk {chunk.chunk_id!r} of {chunk.metadata.source!r} has no embedding. Embed its text before it is stored."
            raise UsageError(msg)
        vectors.append(chunk.embedding)
    return vectors


def last_of_each(chunks: Iterable[Chunk]) -> list[Chunk]:
    """`chunks` with one of each id: the last, as if they had been added one after another. WrongTypeError for what are none."""
    given = [chunks] if isinstance(chunks, Chunk) else list(chunks)
    strange = [each for each in given if not isinstance(each, Chunk)]  # pyright: ignore[reportUnnecessaryIsInstance]
    if strange or isinstance(chunks, Chunk):
        msg = f"A store takes a list of chunks, not {(strange or given)[0]!r:.80}. Put one chunk into a list: [chunk]."
        raise WrongTypeError(msg)
    return list({chunk.chunk_id: chunk for chunk in given}.values())


def checked_ids(chunk_ids: Iterable[str]) -> list[str]:
    """`chunk_ids` as a list. WrongTypeError for one text: its letters would be the ids, and nothing be found or deleted."""
    listed = [chunk_ids] if isinstance(chunk_ids, str) else list(chunk_ids)
    if isinstance(chunk_ids, str) or not all(isinstance(each, str) for each in listed):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"Chunks are named by a list of their ids, not by {chunk_ids!r:.80}. Put one id into a list."
        raise WrongTypeError(msg)
    return listed


def checked_top_k(top_k: int) -> int:
    """`top_k`, at least 1; UsageError otherwise."""
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"top_k is the number of chunks that are wanted, 1 or more, not {top_k!r}."
        raise UsageError(msg)
    return top_k
