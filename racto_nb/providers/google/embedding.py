"""Embeddings in Gemini's words. Pure.

Each text is a request of its own inside one batch: as a list of texts in one content, gemini-embedding-2 makes one vector of all.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any, cast

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.usage import usage_of
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.google.facts import UNNORMALISED
from racto_nb.providers.wire import ModelSpec


def embedding_body(config: EmbeddingConfig, path: str) -> dict[str, Any]:
    """The request for `config`; `path` is the model's, such as "models/gemini-embedding-2"."""
    wishes = {} if config.dimensions is None else {"outputDimensionality": config.dimensions}
    return {"requests": [{"model": path, "content": {"parts": [{"text": text}]}, **wishes} for text in config.texts]}


def embeddings(reply: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of a reply, in the order of the texts. Raises Unreadable when there is not one for each text."""
    told: object = reply.get("embeddings")
    rows = cast("list[Any]", told) if isinstance(told, list) else []
    if len(rows) != len(config.texts):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    shortened = config.dimensions is not None and spec.name.removeprefix("models/") in UNNORMALISED
    vectors = [
        EmbeddingVector.model_construct(index=index, text=text, embedding=_numbers(row, normalised=shortened))
        for index, (text, row) in enumerate(zip(config.texts, rows, strict=True))
    ]
    return EmbeddingResponse(vectors=vectors, model=spec.name, usage=_usage(reply.get("usageMetadata")), raw=reply)


def _usage(told: Any) -> dict[str, int]:
    count = told.get("promptTokenCount") if isinstance(told, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return usage_of(count, 0) if isinstance(count, int) else {}


def _numbers(row: Any, *, normalised: bool) -> list[float]:
    told = row.get("values") if isinstance(row, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(told, list) or not told:
        message = "a vector without numbers"
        raise Unreadable(message)
    try:
        numbers = array("d", told).tolist()  # pyright: ignore[reportUnknownArgumentType]
    except (TypeError, ValueError) as error:
        message = f"a vector that is no list of numbers: {error}"
        raise Unreadable(message) from error
    length = math.hypot(*numbers) if normalised else 0.0
    return [number / length for number in numbers] if length else numbers
