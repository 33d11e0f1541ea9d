"""Embeddings in OpenAI's words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.chat_completions.reading import chat_usage
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.refusing import dict_extra, refusal
from racto_nb.providers.shapes import as_objects, as_text
from racto_nb.providers.vectors import vectors_in
from racto_nb.providers.wire import ModelSpec

BODY_EXTRA = "extra_body"
"""A dict that is merged into the request as it stands, for what a compatible server knows beyond OpenAI."""
EMBEDDING_EXTRAS = frozenset({"encoding_format", "user", BODY_EXTRA})
"""What `EmbeddingConfig.extra` may name."""


def embedding_body(config: EmbeddingConfig, spec: ModelSpec) -> dict[str, Any]:
    """The request for `config`.

    Base64 takes a quarter of the bytes that decimal numbers take; every server may ignore it, and
    `extra={"encoding_format": "float"}` asks for numbers. Raises UnsupportedError for an extra that embeddings do not have.
    """
    if unknown := sorted(config.extra.keys() - EMBEDDING_EXTRAS):
        known = ", ".join(sorted(EMBEDDING_EXTRAS))
        raise refusal(spec, f"extra[{unknown[0]!r}]", f"embeddings take only {known}")
    body: dict[str, Any] = {"model": spec.name, "input": list(config.texts), "encoding_format": "base64"}
    if config.dimensions is not None:
        body["dimensions"] = config.dimensions
    body |= {key: value for key, value in config.extra.items() if key != BODY_EXTRA}
    return body | dict_extra(config, spec, BODY_EXTRA)


def embeddings(reply: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of a reply, in the order of the texts.

    Raises Unreadable when there is not one for each text, when their lengths differ from each other or from the `dimensions` that
    were asked for, and for a number that is none (NaN) or infinite: no distance could be computed with it.
    """
    rows = as_objects(reply.get("data"))
    found = {_place(row, place): row.get("embedding") for place, row in enumerate(rows)}
    if found.keys() != set(range(len(config.texts))) or len(rows) != len(found):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    vectors = vectors_in([found[index] for index in range(len(config.texts))], config)
    model = as_text(reply.get("model")) or spec.name
    return EmbeddingResponse(vectors=vectors, model=model, usage=chat_usage(reply.get("usage")), raw=reply)


def _place(row: Mapping[str, Any], place: int) -> int:
    """The place that `row` names, its own one where it names none; one that no text has for what is no number."""
    match row.get("index"):
        case None:
            return place
        case int(told):
            return told
        case _:
            return -1
