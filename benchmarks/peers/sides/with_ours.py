"""racto_nb, used as its guides show: one kit, its ledger on, and the files of a store on the disk.

Its cache has its guard, which compares the words of the question with those of the one that lies near, and gives a copy of the
answer. What it remembers of a question that was asked before is forgotten before each look: each makes a vector and searches.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from asking import (
    GPT,
    OVERLAP,
    QUESTION,
    SIZE,
    SYSTEM,
    TOP,
    Job,
    Task,
    calls,
    cutting,
    exported,
    keeping,
    meant,
    parsed,
    questions,
    repeated,
    searches,
    streams,
    text_of,
    together,
    vectors,
)

from racto_nb import openai_developer_kit as gpt
from racto_nb.models import ChatConfig, LLMResponse, Message

JOBS = ["chat", "achat", "parse", "stream", "kept", "search", "search_filtered", "chunk", "split", "cache", "load", "export"]
ASK = ChatConfig(user_message=QUESTION, history=[Message(role="system", content=SYSTEM)])


def kit(task: Task) -> Any:
    return gpt.Chat(GPT, api_key="k", base_url=task["url"], api="chat")


def chat(task: Task) -> Job:
    one = kit(task)
    return calls(lambda: one.chat(ASK).content)


def achat(task: Task) -> Job:
    def make() -> Any:
        one = kit(task)

        async def call() -> str | None:
            return (await one.achat(ASK)).content

        return call

    return together(make)


def parse(task: Task) -> Job:
    from pydantic import BaseModel

    class Reply(BaseModel):
        answer: str
        score: int

    one, ask = kit(task), ASK.model_copy(update={"response_model": Reply})
    return parsed(lambda: one.chat(ask).parsed_model)


def stream(task: Task) -> Job:
    one = kit(task)
    return streams(task, lambda: (chunk.delta.text for chunk in one.stream(ASK)))


def kept(task: Task) -> Job:
    one = kit(task)
    return keeping(task, lambda: one.stream(ASK))


def among(task: Task, filters: dict[str, int] | None) -> Job:
    from racto_nb.rag.stores import DuckDBStore

    given = vectors(task)
    store = DuckDBStore(Path(tempfile.mkdtemp(dir=task["data"])) / "store")
    names = [str(row) for row in range(given.count)]
    store.add_arrays(names, given.texts, given.array(), [{"cat": category} for category in given.categories])

    def search(asked: list[float]) -> list[int]:
        return [int(hit.chunk.chunk_id) for hit in store.search(asked, TOP, filters) if hit.chunk.content]

    return searches(task, given.asked, search)


def search(task: Task) -> Job:
    return among(task, None)


def search_filtered(task: Task) -> Job:
    return among(task, {"cat": 7})


def chunk(task: Task) -> Job:
    from racto_nb.rag import Document
    from racto_nb.rag.chunkers import RecursiveChunker

    chunker, document = RecursiveChunker(SIZE, OVERLAP), Document(content=text_of(task), source="prose.txt")
    return cutting(lambda: [each.content for each in chunker.chunk(document)])


def split(task: Task) -> Job:
    from racto_nb.rag.chunkers import RecursiveChunker

    chunker, text = RecursiveChunker(SIZE, OVERLAP), text_of(task)
    return cutting(lambda: [text[start:end] for start, end in chunker.split(text)])


def cache(task: Task) -> Job:
    from racto_nb.cache import SemanticCache

    given = vectors(task)
    names, asked = questions(given.count), meant(given.count)
    known = dict(zip(names, given.rows, strict=True))
    one = SemanticCache(lambda text: known[names[-1] if text == asked else text], 0.95, max_size=0)
    for name in names:
        one.put(name, LLMResponse(content=name))

    def look() -> str | None:
        one._remembered.clear()  # else the second look would not search
        return one.get(asked).content

    return repeated(look, names[-1])


def load(task: Task) -> Job:
    from racto_nb.finetune import RactoDataset

    path = Path(task["data"], "train.jsonl")
    return repeated(lambda: len(RactoDataset.from_jsonl(path)), task["examples"])


def export(task: Task) -> Job:
    from racto_nb.finetune import RactoDataset

    data, out = RactoDataset.from_jsonl(Path(task["data"], "train.jsonl")), Path(task["data"], "ours.jsonl")
    return exported(task, out, lambda: data.export_jsonl(out, overwrite=True))
