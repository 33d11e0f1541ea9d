"""FAISS, exact and with one thread. It keeps vectors alone: the texts lie in a list, a filter is a bitmap."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from asking import TOP, Job, Task, searches, vectors

JOBS = ["search", "search_filtered"]


def among(task: Task, category: int | None) -> Job:
    faiss.omp_set_num_threads(1)
    given = vectors(task)
    index, texts = faiss.IndexFlatIP(given.dimension), given.texts
    index.add(given.array())
    options: dict[str, Any] = {}
    if category is not None:
        bits = np.packbits(np.array(given.categories) == category, bitorder="little")
        options["params"] = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))

    def search(asked: np.ndarray) -> list[int]:
        return [int(row) for row in index.search(asked, TOP, **options)[1][0] if texts[row]]

    return searches(task, [np.array([one], np.float32) for one in given.asked], search)


def search(task: Task) -> Job:
    return among(task, None)


def search_filtered(task: Task) -> Job:
    return among(task, 7)
