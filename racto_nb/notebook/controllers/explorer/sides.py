"""Hits as a page shows them: scores as parts, what is marked in their texts, and what moved between two ways. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from racto_nb.notebook.controllers.explorer.state import Results, Side
from racto_nb.notebook.display.passages import Places, excerpt, matched, place
from racto_nb.notebook.display.sanitising import printable
from racto_nb.rag.citing import best_span
from racto_nb.rag.explaining import Stage
from racto_nb.rag.results import RetrievalResult

STAGES: dict[Stage, str] = {"vector": "vector", "bm25": "BM25", "fused": "together", "rerank": "rerank", "mmr": "unlike"}
_PLACES: dict[Stage, int] = {"vector": 3, "bm25": 2, "fused": 3, "rerank": 3, "mmr": 3}


def sides_view(results: Results) -> dict[str, Any]:
    """Both sides with their hits, and in words what moved from the second to the first."""
    ranks = [ranks_of(side) for side in results.sides]
    return {
        "sides": [_side(results, number, ranks) for number in range(len(results.sides))],
        "moved": moved(results.sides) if len(results.sides) > 1 else "",
        "seconds": round(results.seconds, 3),
    }


def ranks_of(side: Side) -> dict[str, int]:
    """The rank of each chunk."""
    return {hit.chunk.chunk_id: hit.rank for hit in side.hits}


def moved(sides: Sequence[Side]) -> str:
    """What the second side does otherwise than the first, in words."""
    one, two = map(ranks_of, sides[:2])
    shared = [name for name in one if name in two]
    up, down = (sum(sign * (one[name] - two[name]) > 0 for name in shared) for sign in (1, -1))
    same = len(shared) - up - down
    told = f"Both find {len(shared)}: {same} at the same rank; {up} higher and {down} lower in {sides[1].way!r}."
    return f"{told} Only {sides[0].way!r}: {len(one) - len(shared)}. Only {sides[1].way!r}: {len(two) - len(shared)}."


def _side(results: Results, number: int, ranks: Sequence[dict[str, int]]) -> dict[str, Any]:
    side = results.sides[number]
    other = ranks[1 - number] if len(ranks) > 1 else None
    most: dict[Stage, float] = {
        stage: max((hit.parts[stage].score for hit in side.hits if stage in hit.parts), default=0.0) for stage in STAGES
    }
    return {"way": printable(side.way), "hits": [_hit(results, hit, most, other) for hit in side.hits]}


def _hit(results: Results, hit: RetrievalResult, most: dict[Stage, float], other: dict[str, int] | None) -> dict[str, Any]:
    known = hit.chunk.metadata
    return {
        "rank": hit.rank,
        "source": printable(known.source),
        "place": " · ".join(filter(None, (*map(printable, place(hit.chunk)), f"chunk {known.chunk_index + 1}"))),
        "parts": _parts(hit, most),
        "html": excerpt(hit.chunk.content, marks_of(hit, results.asked.text)).html,
        "why": [printable(line) for line in hit.explain().lines],
        "moved": "" if other is None else _moved(hit.rank, other.get(hit.chunk.chunk_id)),
    }


def _moved(rank: int, other: int | None) -> str:
    if other is None:
        return "only here"
    return "same rank" if rank == other else f"{'↑' if rank < other else '↓'} {abs(rank - other)} (#{other} there)"


def _parts(hit: RetrievalResult, most: dict[Stage, float]) -> list[dict[str, Any]]:
    """Each score with a share of what it could be: of 1, or of the best hit where nobody knows how large it can be."""
    found: list[dict[str, Any]] = []
    for stage, part in hit.parts.items():
        whole = 1.0 if stage in {"vector", "fused"} else most[stage]
        share = min(1.0, max(0.0, part.score / whole)) if whole > 0 else 0.0
        score = f"{part.score:.{_PLACES[stage]}f}"
        found.append({"stage": STAGES[stage], "score": score, "rank": part.rank, "share": round(share, 3)})
    if found:
        return found
    return [{"stage": "score", "score": f"{hit.score:.3f}", "rank": hit.rank, "share": round(min(1.0, max(0.0, hit.score)), 3)}]


def marks_of(hit: RetrievalResult, question: str) -> Places:
    """What is marked: the words that were found, else the sentence that has most words of the question."""
    if words := matched(hit):
        return words
    span = best_span(question, hit.chunk)
    return [] if span is None else [span]
