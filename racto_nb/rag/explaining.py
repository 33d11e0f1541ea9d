"""Why a hit stands where it stands, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Literal

from pydantic.dataclasses import dataclass

from racto_nb.rag.documents import Chunk

Stage = Literal["vector", "bm25", "fused", "rerank", "mmr"]
"""What ranks hits, in this order: the search by meaning, that by words, both together, a reranker, the choice of unlike ones."""
_SHOWN = 300
_SAID: Mapping[Stage, str] = {
    "vector": "By meaning: rank {rank}, cosine {score:.3f}.",
    "bm25": "By words: rank {rank}, BM25 {score:.2f}{words}.",
    "fused": "Together: rank {rank}, {score:.3f} of 1, which is the first place in both.",
    "rerank": "Reranked: rank {rank}, {score:.3f}.",
    "mmr": "Chosen as number {rank} for being relevant and unlike those before: {score:.3f}.",
}


@dataclass(frozen=True, slots=True)
class StageScore:
    """The `rank` (1 is best) and the `score` that one stage gave to a hit."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class WordMatch:
    """A word of the question in a chunk: `chunk.content[start:end]`.

    `points` is what the word adds to the BM25 score, all its places together.
    """

    word: str
    start: int
    end: int
    points: float


class Explanation:
    """Why a hit stands where it stands: `print` it, or let a notebook show it with the words of the question marked."""

    __slots__ = ("_chunk", "_lines", "_matches")

    def __init__(self, chunk: Chunk, rank: int, parts: Mapping[Stage, StageScore], matches: Sequence[WordMatch]) -> None:
        self._chunk, self._matches = chunk, matches
        self._lines = [f"Rank {rank}: {place_of(chunk)}", _summary(parts)]
        self._lines += [_line(stage, parts[stage], matches) for stage in _SAID if stage in parts]

    @property
    def chunk(self) -> Chunk:
        """The chunk that was found."""
        return self._chunk

    @property
    def lines(self) -> list[str]:
        """What there is to say: where the chunk stands first, then why."""
        return list(self._lines)

    @property
    def matches(self) -> Sequence[WordMatch]:
        """The words of the question in the chunk."""
        return self._matches

    @property
    def text(self) -> str:
        """The explanation as plain text, with the beginning of the chunk."""
        content = self._chunk.content
        shown = content if len(content) <= _SHOWN else content[:_SHOWN].rstrip() + " …"
        return "\n".join([*self._lines, "", shown])

    def _repr_html_(self) -> str:
        head, *lines = map(escape, self._lines)
        said = "".join(f"<li>{line}</li>" for line in lines)
        return (
            f'<div class="racto-explanation"><strong>{head}</strong><ul>{said}</ul>'
            f'<blockquote style="white-space: pre-wrap">{_marked(self._chunk.content, self._matches)}</blockquote></div>'
        )

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def place_of(chunk: Chunk) -> str:
    """Where a chunk stands: its source, page, headings and characters."""
    known = chunk.metadata
    page = f", page {known.page}" if known.page is not None else ""
    heading = f", {known.heading}" if known.heading else ""
    return f"{known.source}{page}{heading}, characters {known.start_char} to {known.end_char}"


def _summary(parts: Mapping[Stage, StageScore]) -> str:
    if "rerank" in parts:
        return "The reranker has read it beside the question and decided its place."
    if "mmr" in parts:
        return "It is near the question and says something that those before do not."
    match "vector" in parts, "bm25" in parts, "fused" in parts:
        case True, True, _:
            return "Both searches found it: its meaning is near the question, and it has words of it."
        case True, False, True:
            return "Only the search by meaning found it: by its words it is not among those that were looked at."
        case False, True, True:
            return "Only the search by words found it: by its meaning it is not among those that were looked at."
        case True, False, False:
            return "Its meaning is near the question."
        case False, True, False:
            return "It has words of the question, and the rarer ones count more."
        case _:
            return "The store gave it; nothing else is known of its rank."


def _line(stage: Stage, part: StageScore, matches: Sequence[WordMatch]) -> str:
    return _SAID[stage].format(rank=part.rank, score=part.score, words=_words(matches))


def _words(matches: Sequence[WordMatch]) -> str:
    """The words with their points, the most first, and how often each stands there."""
    times: dict[str, int] = {}
    for match in matches:
        times[match.word] = times.get(match.word, 0) + 1
    points = {match.word: match.points for match in matches}
    ordered = sorted(times, key=lambda word: -points[word])
    told = (f"{word}{f' {times[word]} times' if times[word] > 1 else ''} ({points[word]:.2f})" for word in ordered)
    return f": {', '.join(told)}" if times else ""


def _marked(content: str, matches: Sequence[WordMatch]) -> str:
    places = {place for match in matches for place in range(match.start, match.end)}
    runs = groupby(range(len(content)), lambda place: place in places)
    pieces = ((inside, escape("".join(content[place] for place in run))) for inside, run in runs)
    return "".join(f"<mark>{piece}</mark>" if inside else piece for inside, piece in pieces)
