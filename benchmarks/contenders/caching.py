"""What stands beside our caches: the smallest thing that would do, and the libraries that are installed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from contenders.telling import absent
from racto_nb.models import LLMResponse, Message

Work = Callable[[], object]

TEXT = "Paris is the capital of France, and has been for most of the time since the sixth century. " * 5
KEY = "0f" * 32
FIVE = ("What is the capital of France?", "Answer briefly.", "gpt-6-luna", 0.0, 4096)
"""A short question as ractogateway names it."""
MIDDLE = 0.6
"""How alike two questions of the benchmark are on the average: those of one subject are not at right angles."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The other side of a comparison, and the most that ours may take of its time; None where that is only told."""

    name: str
    work: Work
    goal: float | None = None


def answer() -> LLMResponse:
    """An answer of some length."""
    usage = {"prompt_tokens": 21, "completion_tokens": 90, "total_tokens": 111}
    return LLMResponse(content=TEXT, usage=usage, model="gpt-6-luna", messages=[Message(role="assistant", content=TEXT)])


def library(name: str) -> ModuleType | None:
    """A library that need not be there; where it is not, a line says so."""
    try:
        return import_module(name)
    except ImportError as error:
        absent(name.partition(".")[0], error)
        return None


def json_and_sha256(request: dict[str, Any]) -> Work:
    """The key that is written first: of a request that is there as a dict already."""
    return lambda: hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def in_memory(goals: dict[str, float]) -> list[Beside]:
    """Caches of this process that hand out what they were given, to all the same object."""
    beside: list[Beside] = []
    if (cachetools := library("cachetools")) is not None:
        known = cachetools.LRUCache(1024)
        known[KEY] = answer()
        beside.append(Beside("cachetools", lambda: known[KEY], goals.get("cachetools")))
    if (theirs := library("ractogateway.cache")) is not None:
        exact = theirs.ExactMatchCache()
        exact.put(*FIVE, _their_answer())
        beside.append(Beside("ractogateway", lambda: exact.get(*FIVE), goals.get("ractogateway")))
    return beside


@contextmanager
def on_disk(folder: Path, goals: dict[str, float]) -> Generator[list[Beside]]:
    """A row of SQLite as bytes, the same made an answer, and diskcache with an answer and with bytes."""
    data = answer().model_dump_json(exclude={"raw", "parsed_model"}).encode()
    with closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL").fetchall()
        bare.execute("CREATE TABLE answers (key TEXT PRIMARY KEY, answer BLOB, stored REAL) WITHOUT ROWID")
        bare.execute("INSERT INTO answers VALUES (?, ?, 0)", (KEY, data))

        def row() -> bytes:
            return bare.execute("SELECT answer, stored FROM answers WHERE key = ?", (KEY,)).fetchone()[0]

        beside = [
            Beside("sqlite, bytes", row, goals.get("sqlite")),
            Beside("sqlite, an answer", lambda: LLMResponse.model_validate_json(row())),
        ]
        if (diskcache := library("diskcache")) is None:
            yield beside
            return
        with diskcache.Cache(str(folder / "diskcache")) as known:
            known[KEY], known["bytes"] = answer(), data
            beside += [
                Beside("diskcache, an answer", lambda: known[KEY], goals.get("diskcache")),
                Beside("diskcache, bytes", lambda: known["bytes"]),
            ]
            yield beside


def vectors(count: int, dimensions: int = 384) -> Any:
    """As many vectors of length one, the same on every run, and one more that lies next to the last of them."""
    import numpy as np

    chance = np.random.default_rng(7)
    rows = chance.standard_normal((count + 1, dimensions), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = (1 - MIDDLE) ** 0.5 * rows + MIDDLE**0.5 * rows[0]
    rows[-1] = rows[-2] + 0.01 * rows[-1]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def argmax(rows: Any, vector: Any) -> Work:
    """The nearest row as numpy finds it."""

    def nearest() -> object:
        return (rows @ vector).argmax()

    return nearest


def their_cache_by_meaning(embedded: dict[str, list[float]], asked: str) -> Work | None:
    """The look-up of ractogateway's semantic cache that keeps all of `embedded` but `asked`."""
    if (theirs := library("ractogateway.cache")) is None:
        return None
    cache = theirs.SemanticCache(embedded.__getitem__, max_size=0)
    for question in embedded:
        if question != asked:
            cache.put(question, _their_answer())
    return lambda: cache.get(asked)


def _their_answer() -> object:
    return import_module("ractogateway.adapters.base").LLMResponse(content=TEXT)
