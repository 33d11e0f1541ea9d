"""The vectors in Ollama's replies. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.usage import usage_of
from racto_nb.providers.vectors import vectors_in
from racto_nb.providers.wire import ModelSpec


def embeddings(reply: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of a reply, in the order of the texts.

    Raises Unreadable when there is not one for each text, and for vectors that are none or of other sizes than asked for: older
    servers leave `dimensions` unread.
    """
    told: object = reply.get("embeddings")
    read, model = reply.get("prompt_eval_count"), reply.get("model")
    return EmbeddingResponse(
        vectors=vectors_in(cast("list[object]", told) if isinstance(told, list) else [], config),
        model=model if isinstance(model, str) and model else spec.name,
        usage=usage_of(read, 0) if isinstance(read, int) else {},
        raw=reply,
    )
