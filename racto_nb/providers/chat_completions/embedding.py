"""Embeddings as servers of Chat Completions give them, and the numbers in vectors. Pure."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse, EmbeddingVector
from racto_nb.providers.chat_completions.reading import as_objects, as_text, chat_usage
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
    rows = as_objects(reply.get("data"))
    found = {_place(row, place): row.get("embedding") for place, row in enumerate(rows)}
    if found.keys() != set(range(len(config.texts))) or len(rows) != len(found):
        message = f"{len(rows)} vectors for {len(config.texts)} texts"
        raise Unreadable(message)
    vectors = [
        EmbeddingVector.model_construct(index=index, text=text, embedding=numbers_in(found[index]))
        for index, text in enumerate(config.texts)
    ]
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


def numbers_in(vector: object) -> list[float]:
    """The numbers of a vector, a list or base64 of 32-bit numbers. Raises Unreadable for anything else, and for none."""
    numbers = _read(vector)
    if not numbers:
        message = "a vector without numbers"
        raise Unreadable(message)
    return numbers


def _read(vector: object) -> list[float]:
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
            try:
                return array("d", vector).tolist()  # pyright: ignore[reportUnknownArgumentType]
            except (TypeError, ValueError) as error:
                message = f"a vector that is no list of numbers: {error}"
                raise Unreadable(message) from error
        case _:
            message = f"a vector of type {type(vector).__name__}"
            raise Unreadable(message)
