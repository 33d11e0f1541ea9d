"""The vectors in a reply of the feature-extraction endpoint: bare lists, one vector for each text. Pure."""

from __future__ import annotations

from typing import cast

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.vectors import vectors_in
from racto_nb.providers.wire import ModelSpec


def pipeline_embeddings(reply: object, config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of `reply`, in the order of the texts: a list for each, or for one text its bare vector.

    Raises UnsupportedError for a model that gives a vector for each token, Unreadable when there is not one for each text, and
    for vectors that are none or of other sizes than asked for.
    """
    rows = cast("list[object]", reply) if isinstance(reply, list) else []
    if len(config.texts) == 1 and rows and isinstance(rows[0], int | float):
        rows = [rows]
    if any(_depth(row) > 1 for row in rows):
        raise _per_token(spec)
    return EmbeddingResponse(vectors=vectors_in(rows, config), model=spec.name, raw=reply)


def _depth(row: object) -> int:
    depth = 0
    while isinstance(row, list):
        depth, row = depth + 1, cast("list[object]", row)[0] if row else None
    return depth


def _per_token(spec: ModelSpec) -> UnsupportedError:
    message = (
        f"{spec.provider}:{spec.name} cannot do embed: it gives a vector for each token, not one for each text. Use a model "
        "that is made for sentences, such as 'sentence-transformers/all-MiniLM-L6-v2'."
    )
    return UnsupportedError(message, provider=spec.provider, wish="embed")
