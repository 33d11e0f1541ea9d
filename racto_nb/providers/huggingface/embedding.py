"""The vectors in a reply of the feature-extraction endpoint: bare lists, one vector for each text. Pure."""

from __future__ import annotations

from typing import cast

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.providers.chat_completions.embedding import numbers_in
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.wire import ModelSpec


def pipeline_embeddings(reply: object, config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of `reply`, in the order of the texts: a list for each, or for one text its bare vector.

    Raises UnsupportedError for a model that gives a vector for each token, Unreadable when there is not one for each text.
    """
    rows = cast("list[object]", reply) if isinstance(reply, list) else []
    if len(config.texts) == 1 and rows and isinstance(rows[0], int | float):
        rows = [rows]
    if any(_depth(row) > 1 for row in rows):
        raise _per_token(spec)
    if len(rows) != len(config.texts):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    vectors = [
        EmbeddingVector.model_construct(index=index, text=text, embedding=numbers_in(row))
        for index, (text, row) in enumerate(zip(config.texts, rows, strict=True))
    ]
    return sized(EmbeddingResponse(vectors=vectors, model=spec.name, raw=reply), config, spec)


def sized(response: EmbeddingResponse, config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """`response` itself; UnsupportedError where its vectors are of another size than asked for, which not all servers read."""
    sizes = {len(vector.embedding) for vector in response.vectors}
    if config.dimensions is not None and sizes != {config.dimensions}:
        wish = f"dimensions={config.dimensions}"
        message = (
            f"{spec.provider}:{spec.name} cannot do {wish}: its vectors have {max(sizes)} numbers. Leave dimensions out, or use "
            "another embedding model."
        )
        raise UnsupportedError(message, provider=spec.provider, wish=wish)
    return response


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
