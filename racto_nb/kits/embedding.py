"""Many texts, in as many requests as the provider needs, and one answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.usage import added
from racto_nb.providers.wire import ModelSpec

MOST_CHARACTERS = 600_000
"""In one request, where the provider limits their number: OpenAI takes 300,000 tokens, and two characters can be one."""


def batches(config: EmbeddingConfig, spec: ModelSpec) -> Iterator[EmbeddingConfig]:
    """`config` cut into parts that the model of `spec` takes in one request each, in order."""
    most = spec.abilities.embed_batch
    if most is None or (len(config.texts) <= most and sum(map(len, config.texts)) <= MOST_CHARACTERS):
        yield config
        return
    part: list[str] = []
    size = 0
    for text in config.texts:
        if part and (len(part) == most or size + len(text) > MOST_CHARACTERS):
            yield config.model_copy(update={"texts": part})
            part, size = [], 0
        part.append(text)
        size += len(text)
    yield config.model_copy(update={"texts": part})


def joined(parts: Sequence[EmbeddingResponse]) -> EmbeddingResponse:
    """The answers to all parts as one, counted through; `raw` is the list of theirs where there are several."""
    if len(parts) == 1:
        return parts[0]
    vectors = [
        EmbeddingVector.model_construct(index=index, text=vector.text, embedding=vector.embedding)
        for index, vector in enumerate(vector for part in parts for vector in part.vectors)
    ]
    usage = added(*(part.usage for part in parts))
    return EmbeddingResponse(vectors=vectors, model=parts[0].model, usage=usage, raw=[part.raw for part in parts])
