"""The client of Qdrant without a server: its own search in this process, in memory."""

from __future__ import annotations

from asking import TOP, Job, Task, searches, vectors
from qdrant_client import QdrantClient, models

JOBS = ["search", "search_filtered"]


def among(task: Task, wanted: models.Filter | None) -> Job:
    given, client = vectors(task), QdrantClient(":memory:")
    client.create_collection("t", models.VectorParams(size=given.dimension, distance=models.Distance.COSINE))
    payload = [{"cat": category, "text": text} for category, text in zip(given.categories, given.texts, strict=True)]
    client.upload_collection("t", vectors=given.array(), payload=payload, ids=range(given.count), batch_size=1000)

    def search(asked: list[float]) -> list[int]:
        found = client.query_points("t", query=asked, limit=TOP, with_payload=True, query_filter=wanted)
        return [int(point.id) for point in found.points if point.payload["text"]]

    return searches(task, given.asked, search)


def search(task: Task) -> Job:
    return among(task, None)


def search_filtered(task: Task) -> Job:
    category = models.FieldCondition(key="cat", match=models.MatchValue(value=7))
    return among(task, models.Filter(must=[category]))
