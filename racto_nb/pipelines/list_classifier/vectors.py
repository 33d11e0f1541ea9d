"""The vectors of texts, by any kit that embeds, in rounds. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from racto_nb.exceptions import RactoGatewayAPIError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse

Vectors = NDArray[np.float32]
"""One row a text, each of length one."""
ROUND = 256
"""Texts that a kit gets at once."""


@runtime_checkable
class EmbeddingKit(Protocol):
    """Anything that turns texts into vectors, in both colours: the kits, or an object of yours."""

    def embed(self, config: EmbeddingConfig) -> EmbeddingResponse: ...

    async def aembed(self, config: EmbeddingConfig) -> EmbeddingResponse: ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of texts, and the tokens that they took."""

    vectors: Vectors
    tokens: int


def embedded(
    kit: EmbeddingKit, model: str | None, texts: Sequence[str], told: Callable[[int], None] = lambda _: None
) -> Flow[Embedded]:
    """The vectors of `texts`, in their order; equal texts are embedded once. `told` hears how many are done after each round.

    Raises RactoGatewayAPIError where the kit gives no vector for a text, or one without a direction.
    """
    wanted = list(dict.fromkeys(texts))
    parts: list[Vectors] = []
    tokens = 0
    for start in range(0, len(wanted), ROUND):
        part = wanted[start : start + ROUND]
        answer = yield from either(kit.embed, kit.aembed, EmbeddingConfig(texts=part, model=model))
        parts.append(_unit([vector.embedding for vector in answer.vectors], len(part)))
        tokens += answer.usage.get("total_tokens", 0)
        told(start + len(part))
    place = {text: number for number, text in enumerate(wanted)}
    return Embedded(np.concatenate(parts)[[place[text] for text in texts]], tokens)


def embedding_name(kit: EmbeddingKit, model: str | None) -> str:
    """What names the model that makes the vectors: vectors under one name can be compared."""
    facts = kit.embedding if isinstance(kit, DeveloperKit) else None
    if facts is None:
        return f"{type(kit).__module__}.{type(kit).__qualname__}:{model or ''}"
    return facts.name if model is None else f"{facts.name}:{model}"


def _unit(rows: list[list[float]], count: int) -> Vectors:
    lengths = {len(row) for row in rows}
    if len(rows) != count or len(lengths) != 1 or lengths == {0}:
        msg = f"The kit gave {len(rows)} vectors of the lengths {sorted(lengths)} for {count} texts. One of the same length each."
        raise RactoGatewayAPIError(msg)
    found = np.asarray(rows, dtype=np.float32)
    sizes = np.linalg.norm(found, axis=1, keepdims=True)
    if not bool(np.isfinite(sizes).all()) or not bool((sizes > 0).all()):
        msg = "A vector of the kit has no direction: its numbers are all 0, or one is NaN or infinite."
        raise RactoGatewayAPIError(msg)
    return found / sizes
