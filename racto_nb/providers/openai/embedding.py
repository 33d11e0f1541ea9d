"""Embeddings in OpenAI's words. Pure."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.models.usage import usage_of
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.wire import ModelSpec


def embedding_body(config: EmbeddingConfig, spec: ModelSpec) -> dict[str, Any]:
    """The request for `config`. Base64 takes a quarter of the bytes that decimal numbers take; every server may ignore it."""
    body: dict[str, Any] = {"model": spec.name, "input": list(config.texts), "encoding_format": "base64"}
    if config.dimensions is not None:
        body["dimensions"] = config.dimensions
    return body | dict(config.extra)


def embeddings(reply: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
    """The vectors of a reply, in the order of the texts. Raises Unreadable when there is not one for each text."""
    rows: list[Mapping[str, Any]] = reply.get("data") or []
    found = {row.get("index", place): row.get("embedding") for place, row in enumerate(rows)}
    if found.keys() != set(range(len(config.texts))):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    vectors = [
        EmbeddingVector.model_construct(index=index, text=text, embedding=_numbers(found[index]))
        for index, text in enumerate(config.texts)
    ]
    usage: Mapping[str, Any] = reply.get("usage") or {}
    counted = usage_of(usage["prompt_tokens"], 0) if "prompt_tokens" in usage else {}
    return EmbeddingResponse(vectors=vectors, model=reply.get("model") or spec.name, usage=counted, raw=reply)


def _numbers(vector: object) -> list[float]:
    match vector:
        case str():
            try:
                numbers = array("f", b64decode(vector, validate=True))
            except (Base64Error, ValueError) as error:
                message = f"a vector that is no base64 of 32-bit numbers: {error}"
                raise Unreadable(message) from error
            if sys.byteorder == "big":
                numbers.byteswap()
            return numbers.tolist()
        case list():
            return [float(number) for number in vector]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case _:
            message = f"a vector of type {type(vector).__name__}"
            raise Unreadable(message)
