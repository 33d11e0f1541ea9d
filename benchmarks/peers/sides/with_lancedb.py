"""LanceDB in a folder, without an index, as it is until one is made: exact."""

from __future__ import annotations

import tempfile

import lancedb
import numpy as np
import pyarrow as pa
from asking import TOP, Job, Task, searches, vectors

JOBS = ["search", "search_filtered"]


def among(task: Task, where: str | None) -> Job:
    given = vectors(task)
    columns = {
        "row": pa.array(np.arange(given.count)),
        "cat": pa.array(given.categories),
        "text": pa.array(given.texts),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(given.array().ravel()), given.dimension),
    }
    table = lancedb.connect(tempfile.mkdtemp(dir=task["data"])).create_table("t", pa.table(columns))

    def search(asked: np.ndarray) -> list[int]:
        query = table.search(asked).distance_type("cosine").limit(TOP).select(["row", "text"])
        found = (query if where is None else query.where(where, prefilter=True)).to_arrow().to_pylist()
        return [each["row"] for each in found if each["text"]]

    return searches(task, [np.array(one, np.float32) for one in given.asked], search)


def search(task: Task) -> Job:
    return among(task, None)


def search_filtered(task: Task) -> Job:
    return among(task, "cat = 7")
