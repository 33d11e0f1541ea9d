"""What chunkers take: processor time beside other libraries, and whether it grows with the length of a text and no faster.

All cut the same text in turns in one process: prose that is made the same on every run, in lines of 78 letters and in paragraphs
without line ends. langchain's RecursiveCharacterTextSplitter and chonkie stand beside ours where they can be imported (`pip
install --no-deps langchain-text-splitters langchain-core chonkie chonkie-core`, with what these need), else a line says that they
were not measured. Goals: `RecursiveChunker(512, 50)`, its texts sliced out, at least three times langchain's rate; a text of
800 kB at most 4.4 times as long as one of 200 kB, for every chunker. What has no goal is told to show what each costs.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping

from contenders.chunking import chonkie, langchain
from contenders.prose import prose
from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.rag import Document
from racto_nb.rag.chunkers import (
    FixedChunker,
    MarkdownChunker,
    RecursiveChunker,
    SemanticChunker,
    SentenceChunker,
    TokenChunker,
)
from racto_nb.rag.chunkers.chunker import SpanChunker

ROUNDS = 9
SIZE, LONG = 200_000, 800_000
GOAL, GROWTH = 3.0, 4.4

Work = Callable[[], object]


class Meaningless:
    """An embedder that costs nothing: what is left is the chunker's own work."""

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[1.0, len(text) % 7] for text in texts]

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts)


def sliced(chunker: SpanChunker, text: str) -> list[str]:
    return [text[start:end] for start, end in chunker.split(text)]


def beside(text: str) -> dict[str, Work]:
    """Ours with its texts sliced out and as chunks, and what is installed beside it."""
    recursive, document = RecursiveChunker(512, 50), Document(content=text, source="prose.txt")
    others = {name: (lambda split=split: split(text)) for name, split in {**langchain(), **chonkie()}.items()}
    return {"ours": lambda: sliced(recursive, text), "ours, chunk()": lambda: recursive.chunk(document), **others}


def ours(text: str) -> dict[str, Work]:
    """All our chunkers."""
    known = {
        "FixedChunker": FixedChunker(),
        "RecursiveChunker": RecursiveChunker(),
        "SentenceChunker": SentenceChunker(),
        "SemanticChunker, itself": SemanticChunker(Meaningless()),
        "MarkdownChunker": MarkdownChunker(),
        "TokenChunker, estimate": TokenChunker(),
        "TokenChunker, counter": TokenChunker(tokenizer=lambda piece: len(piece.split())),
    }
    return {name: (lambda chunker=chunker: chunker.split(text)) for name, chunker in known.items()}


def rates(figures: Mapping[str, list[float]], size: int) -> dict[str, float]:
    """Megabytes per second of processor time; every letter of the prose is one byte."""
    return {name: size / 1e6 / statistics.median(seconds) for name, seconds in figures.items()}


def compared(kind: str, *, wrapped: bool) -> bool:
    """Print our rate beside the others'; whether the goal was missed."""
    figures = in_turns(beside(prose(SIZE, wrapped=wrapped)), rounds=ROUNDS)
    print(f"{kind}, {SIZE // 1000} kB:")
    for name, rate in rates(figures, SIZE).items():
        figure(f"{kind}: {name}", rate, "MB/s")
        times = f"{ratio(figures[name], figures['ours']):8.2f} of our time" if name != "ours" else ""
        print(f"  {name:24}{rate:8.1f} MB/s{times}")
    if "langchain" not in figures:
        return False
    times = ratio(figures["langchain"], figures["ours"])
    missed = figure(f"{kind}: rate, to langchain's", times, at_least=GOAL)
    print(f"  rate as a ratio to langchain's: {times:.2f} (goal {GOAL:.2f}){'  missed' * missed}")
    placed = ratio(figures["langchain documents"], figures["ours, chunk()"])
    print(f"  chunk() to its documents with their places: {placed:.2f}")
    return missed


def grown() -> bool:
    """Print how each chunker's time grows with its text; whether one grows too fast."""
    short, long = ours(prose(SIZE, wrapped=True)), ours(prose(LONG, wrapped=True))
    missed = False
    print(f"{'':24}{'MB/s':>8}{'800/200 kB':>12} (goal {GROWTH:.1f})")
    for name, work in short.items():
        figures = in_turns({"short": work, "long": long[name]}, rounds=ROUNDS)
        times = ratio(figures["long"], figures["short"])
        rate = rates(figures, LONG)["long"]
        is_missed = figure(f"{name}: 800 kB, to 200 kB", times, at_most=GROWTH, told=f"{rate:.1f} MB/s")
        print(f"{name:24}{rate:8.1f}{times:12.2f}{'  missed' * is_missed}")
        missed |= is_missed
    return missed


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    missed = [compared("lines of 78 letters", wrapped=True), compared("paragraphs without line ends", wrapped=False), grown()]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
