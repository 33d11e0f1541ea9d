"""Many texts, in as many requests as the provider needs, and one answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.exceptions import RactoGatewayAPIError
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.usage import added
from racto_nb.providers.wire import ModelSpec

MOST_HALF_TOKENS = 600_000
"""In one request, where the provider limits the number of texts: OpenAI takes 300,000 tokens."""


def batches(config: EmbeddingConfig, spec: ModelSpec) -> Iterator[EmbeddingConfig]:
    """`config` cut into parts that the model of `spec` takes in one request each, in order."""
    most = spec.abilities.embed_batch
    if most is None or (len(config.texts) <= most and sum(map(half_tokens, config.texts)) <= MOST_HALF_TOKENS):
        yield config
        return
    part: list[str] = []
    size = 0
    for text in config.texts:
        more = half_tokens(text)
        if part and (len(part) == most or size + more > MOST_HALF_TOKENS):
            yield config.model_copy(update={"texts": part})
            part, size = [], 0
        part.append(text)
        size += more
    yield config.model_copy(update={"texts": part})


def half_tokens(text: str) -> int:
    """How many tokens `text` may be, in halves: two ASCII characters in one, other characters at least one each.

    Three bytes of UTF-8 are one there, so that a request has 600,000 ASCII characters, or 300,000 others in 900,000 bytes.

    >>> half_tokens("an index"), half_tokens("索引"), half_tokens("🗂")
    (8, 4, 3)
    """
    if text.isascii():
        return len(text)
    plain = len(text.encode("ascii", "ignore"))
    rest, size = len(text) - plain, len(text.encode("utf-8", "surrogatepass")) - plain
    return plain + max(2 * rest, -(-2 * size // 3))


def told(error: Exception, parts: Sequence[EmbeddingResponse], config: EmbeddingConfig) -> None:
    """Say in a note of `error` how many texts had been embedded, and are paid for, before it came."""
    done = sum(len(part.vectors) for part in parts)
    if done:
        error.add_note(f"{done} of {len(config.texts)} texts had been embedded before this, and are paid for: texts[:{done}].")


def joined(parts: Sequence[EmbeddingResponse]) -> EmbeddingResponse:
    """The answers to all parts as one, counted through; `raw` is the list of theirs where there are several.

    Raises RactoGatewayAPIError where the vectors of one are longer than those of another.
    """
    if len(parts) == 1:
        return parts[0]
    lengths = sorted({len(part.vectors[0].embedding) for part in parts})
    if len(lengths) > 1:
        message = f"{parts[0].model} answered {len(parts)} requests with vectors of different lengths ({lengths}). Ask again."
        raise RactoGatewayAPIError(message)
    vectors = [
        EmbeddingVector.model_construct(index=index, text=vector.text, embedding=vector.embedding)
        for index, vector in enumerate(vector for part in parts for vector in part.vectors)
    ]
    usage = added(*(part.usage for part in parts))
    return EmbeddingResponse(vectors=vectors, model=parts[0].model, usage=usage, raw=[part.raw for part in parts])
