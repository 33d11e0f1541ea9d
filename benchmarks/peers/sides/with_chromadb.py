"""Chroma in a folder, with the graph that our own page on stores gives it."""

from __future__ import annotations

import tempfile
from typing import Any

import chromadb
from asking import TOP, Job, Task, searches, vectors

JOBS = ["search", "search_filtered"]


def collection(task: Task) -> tuple[Any, Any]:
    given, folder = vectors(task), tempfile.mkdtemp(dir=task["data"])
    client = chromadb.PersistentClient(folder, settings=chromadb.config.Settings(anonymized_telemetry=False))
    hnsw = {"hnsw:space": "cosine", "hnsw:M": 16, "hnsw:construction_ef": 128, "hnsw:search_ef": 64}
    made = client.create_collection("vectors", metadata=hnsw, embedding_function=None)
    rows, texts = given.array(), given.texts
    for start in range(0, given.count, 5_000):
        end = min(start + 5_000, given.count)
        cats = [{"cat": category} for category in given.categories[start:end]]
        made.add(
            ids=[str(row) for row in range(start, end)], embeddings=rows[start:end], documents=texts[start:end], metadatas=cats
        )
    return made, given


def among(task: Task, where: dict[str, Any] | None) -> Job:
    made, given = collection(task)

    def search(asked: list[float]) -> list[int]:
        found = made.query(query_embeddings=[asked], n_results=TOP, include=["documents", "distances"], where=where)
        return [int(row) for row, text in zip(found["ids"][0], found["documents"][0], strict=True) if text]

    return searches(task, given.asked, search)


def search(task: Task) -> Job:
    return among(task, None)


def search_filtered(task: Task) -> Job:
    return among(task, {"cat": 7})
