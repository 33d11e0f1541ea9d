"""Embeddings in Gemini's words. Pure.

Each text is a request of its own inside one batch: as a list of texts in one content, gemini-embedding-2 makes one vector of all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.usage import usage_of
from racto_nb.providers.google.facts import EMBEDDING, UNNORMALISED
from racto_nb.providers.vectors import vectors_in
from racto_nb.providers.wire import ModelSpec


def embedding_body(config: EmbeddingConfig, path: str) -> dict[str, Any]:
    """The request for `config`; `path` is the model's, such as "models/gemini-embedding-2"."""
    wishes = {EMBEDDING[key]: value for key, value in config.extra.items()}
    if config.dimensions is not None:
        wishes["outputDimensionality"] = config.dimensions
    return {"requests": [{"model": path, "content": {"parts": [{"text": text}]}, **wishes} for text in config.texts]}


def embeddings(reply: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of a reply, in the order of the texts.

    Raises Unreadable when there is not one for each text, and for vectors that no distance could be computed with.
    """
    told: object = reply.get("embeddings")
    rows = cast("list[Any]", told) if isinstance(told, list) else []
    vectors = vectors_in([_values(row) for row in rows], config)
    if config.dimensions is not None and spec.name.removeprefix("models/") in UNNORMALISED:
        for vector in vectors:
            vector.embedding = _normalised(vector.embedding)
    return EmbeddingResponse(vectors=vectors, model=spec.name, usage=_usage(reply.get("usageMetadata")), raw=reply)


def _usage(told: Any) -> dict[str, int]:
    count = told.get("promptTokenCount") if isinstance(told, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return usage_of(count, 0) if isinstance(count, int) else {}


def _values(row: object) -> object:
    return cast("Mapping[str, object]", row).get("values") if isinstance(row, Mapping) else row


def _normalised(numbers: list[float]) -> list[float]:
    length = math.hypot(*numbers)
    return [number / length for number in numbers] if length else numbers
