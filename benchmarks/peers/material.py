"""What all libraries are given, written once a run: vectors and what is right, a text, and training data."""

from __future__ import annotations

import json
import random
from pathlib import Path

import msgspec
import numpy as np
from contenders.jsonl import records
from contenders.prose import prose
from contenders.searching import TOP, clustered, numpy_search

COUNT, QUESTIONS, LETTERS, EXAMPLES = 10_000, 20, 200_000, 20_000


def written(folder: Path) -> dict[str, list[set[int]]]:
    """Write all of it; the rows that are right for each question, among all and among the filtered ones."""
    corpus = clustered(COUNT, QUESTIONS)
    (folder / "rows.f32").write_bytes(corpus.rows.astype("<f4").tobytes())
    (folder / "asked.f32").write_bytes(corpus.asked.astype("<f4").tobytes())
    facts = {"count": COUNT, "dimension": corpus.rows.shape[1], "categories": corpus.categories.tolist()}
    (folder / "vectors.json").write_text(json.dumps(facts))
    (folder / "prose.txt").write_text(prose(LETTERS, wrapped=True), encoding="utf-8")
    (folder / "train.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(records(EXAMPLES, random.Random(7))))
    searches = {"search": numpy_search(corpus.rows), "search_filtered": numpy_search(corpus.rows, corpus.categories == 7)}
    return {job: [set(map(int, search(one))) for one in corpus.asked] for job, search in searches.items()}


def recall(found: list[list[int]], right: list[set[int]]) -> float:
    """The share of the right rows that were found."""
    return float(np.mean([len(set(one) & wanted) / TOP for one, wanted in zip(found, right, strict=True)]))
