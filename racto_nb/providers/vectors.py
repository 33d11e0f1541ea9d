"""The vectors in a reply, read without trusting its shape. Pure."""

from __future__ import annotations

import math
import sys
from array import array
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingVector
from racto_nb.providers.failures import Unreadable


def vectors_in(rows: Sequence[object], config: EmbeddingConfig) -> list[EmbeddingVector]:
    """The vectors in `rows`, one for each text and in their order: lists of numbers, or base64 of 32-bit numbers.

    Raises Unreadable when there is not one for each text, when their lengths differ from each other or from the `dimensions` that
    were asked for, and for a number that is none (NaN) or infinite: no distance could be computed with it.
    """
    if len(rows) != len(config.texts):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    numbers = [_numbers(row) for row in rows]
    _check_lengths(numbers, config.dimensions)
    return [
        EmbeddingVector.model_construct(index=index, text=text, embedding=vector)
        for index, (text, vector) in enumerate(zip(config.texts, numbers, strict=True))
    ]


def _check_lengths(vectors: Sequence[Sequence[float]], dimensions: int | None) -> None:
    lengths = {len(vector) for vector in vectors}
    told = " and ".join(map(str, sorted(lengths)))
    if dimensions is not None and lengths != {dimensions}:
        message = f"asked for {dimensions} dimensions, got {told}: this server ignores dimensions"
        raise Unreadable(message)
    if len(lengths) > 1:
        message = f"vectors of different lengths: {told}"
        raise Unreadable(message)


def _numbers(vector: object) -> list[float]:
    numbers = _read(vector)
    if not numbers:
        message = "a vector without numbers"
        raise Unreadable(message)
    # A finite sum has finite terms only; the slower look is for finite terms whose sum is too large.
    if not math.isfinite(sum(numbers)) and not all(map(math.isfinite, numbers)):
        wrong = next(number for number in numbers if not math.isfinite(number))
        message = f"a vector with {wrong} in it, which is no finite number"
        raise Unreadable(message)
    return numbers


def _read(vector: object) -> list[float]:
    match vector:
        case str():
            try:
                numbers = array("f", b64decode(vector, validate=True))
            except (Base64Error, ValueError) as error:
                message = f"a vector that is no base64 of 32-bit numbers: {error}"
                raise Unreadable(message) from error
            if sys.byteorder == "big":
                numbers.byteswap()
            return numbers.tolist()
        case list():
            try:
                return array("d", vector).tolist()  # pyright: ignore[reportUnknownArgumentType]
            except (OverflowError, TypeError, ValueError) as error:
                message = f"a vector that is no list of numbers: {error}"
                raise Unreadable(message) from error
        case _:
            message = f"a vector of type {type(vector).__name__}"
            raise Unreadable(message)
