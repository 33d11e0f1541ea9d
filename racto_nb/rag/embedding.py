"""The vectors of many texts, in rounds, so that a caller sees how far it is. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.rag.embedders.batching import refuse_missing_vectors
from racto_nb.rag.embedders.embedder import BaseEmbedder

_ROUND = 256
"""Texts that an embedder gets at once that says nothing of what it takes."""


def vectors_of(
    embedder: BaseEmbedder, texts: Sequence[str], told: Callable[[int], None] = lambda _: None
) -> Flow[dict[str, list[float]]]:
    """The vector of each of `texts`, by its text. `told` hears after each round how many there are."""
    wanted = list(dict.fromkeys(texts))
    step = getattr(embedder, "batch_size", _ROUND) * getattr(embedder, "concurrency", 1)
    found: dict[str, list[float]] = {}
    for start in range(0, len(wanted), step):
        part = wanted[start : start + step]
        vectors = yield from either(embedder.embed, embedder.aembed, part)
        refuse_missing_vectors(vectors, part)
        found.update(zip(part, map(_listed, vectors), strict=True))
        told(len(found))
    return found


def _listed(vector: Sequence[float]) -> list[float]:
    """A vector of an array library becomes a list, as chunks hold it."""
    return cast("list[float]", vector) if type(vector) is list else [float(number) for number in vector]
