"""Many texts through an embedder, a batch at a time, in their order. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from racto_nb.exceptions import RactoGatewayAPIError
from racto_nb.flow.effects import Flow, together

Vectors = list[list[float]]


def in_batches(embedded: Callable[[list[str]], Flow[Vectors]], texts: list[str], *, size: int, limit: int) -> Flow[Vectors]:
    """The vectors of `texts`, in their order, from `embedded`: it gets at most `size` at once, and runs up to `limit` times.

    An error carries a note that says how many texts had been embedded before it. Raises RactoGatewayAPIError where there is not
    one vector for each text, or where they differ in length.
    """
    parts = [texts[start : start + size] for start in range(0, len(texts), size)]
    done: list[int] = []

    def counted(part: list[str]) -> Flow[Vectors]:
        vectors = yield from embedded(part)
        refuse_missing_vectors(vectors, part)
        done.append(len(part))
        return vectors

    try:
        answers = yield from _all_of([counted(part) for part in parts], limit)
    except Exception as error:
        if done:
            error.add_note(f"{sum(done)} of {len(texts)} texts had been embedded before this, and are paid for.")
        raise
    vectors = list(chain.from_iterable(answers))
    lengths = sorted({len(vector) for vector in vectors})
    if len(lengths) > 1:
        msg = f"The vectors of {len(texts)} texts have different lengths: {lengths}. Vectors of one model have one length."
        raise RactoGatewayAPIError(msg)
    return vectors


def _all_of(flows: list[Flow[Vectors]], limit: int) -> Flow[list[Vectors]]:
    if len(flows) == 1:  # without a thread of its own
        return [(yield from flows[0])]
    return (yield from together(flows, limit=limit)) if flows else []


def refuse_missing_vectors(vectors: Vectors, texts: list[str]) -> None:
    """Raise RactoGatewayAPIError where there is not one vector for each text."""
    if len(vectors) != len(texts):
        msg = f"The embedder gave {len(vectors)} vectors for {len(texts)} texts. Nothing was kept of them."
        raise RactoGatewayAPIError(msg)
