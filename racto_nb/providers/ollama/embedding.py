"""The vectors in Ollama's replies. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, cast

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.usage import usage_of
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.wire import ModelSpec


def embeddings(reply: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of a reply, in the order of the texts. Raises Unreadable when there is not one for each text.

    Older servers leave `dimensions` unread: vectors of another size than was asked for raise UnsupportedError.
    """
    told: object = reply.get("embeddings")
    rows = cast("list[object]", told) if isinstance(told, list) else []
    if len(rows) != len(config.texts):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    vectors = [
        EmbeddingVector.model_construct(index=index, text=text, embedding=_numbers(row))
        for index, (text, row) in enumerate(zip(config.texts, rows, strict=True))
    ]
    _check_size(vectors, config, spec)
    read = reply.get("prompt_eval_count")
    model = reply.get("model")
    return EmbeddingResponse(
        vectors=vectors,
        model=model if isinstance(model, str) and model else spec.name,
        usage=usage_of(read, 0) if isinstance(read, int) else {},
        raw=reply,
    )


def _numbers(row: object) -> list[float]:
    try:
        numbers = array("d", cast("list[float]", row)).tolist() if isinstance(row, list) else []
    except (TypeError, ValueError) as error:
        message = f"a vector that is no list of numbers: {error}"
        raise Unreadable(message) from error
    if not numbers:
        message = "a vector without numbers"
        raise Unreadable(message)
    return numbers


def _check_size(vectors: list[EmbeddingVector], config: EmbeddingConfig, spec: ModelSpec) -> None:
    sizes = {len(vector.embedding) for vector in vectors}
    if config.dimensions is not None and sizes != {config.dimensions}:
        wish = f"dimensions={config.dimensions}"
        message = (
            f"{spec.provider}:{spec.name} cannot do {wish}: its vectors have {max(sizes)} numbers. Leave dimensions out, use "
            "another embedding model, or a newer Ollama."
        )
        raise UnsupportedError(message, provider=spec.provider, wish=wish)
