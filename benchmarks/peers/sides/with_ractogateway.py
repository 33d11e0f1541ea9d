"""ractogateway 0.2.1, used as its documentation shows.

It takes no call without a prompt of five parts, which it compiles each time: what it sends is longer than the system message of
the others. Its cache gives one answer to all, by vectors alone: it does not look at the words.
"""

from __future__ import annotations

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
from ractogateway import RactoPrompt
from ractogateway import openai_developer_kit as gpt

JOBS = ["chat", "achat", "parse", "stream", "kept", "search", "search_filtered", "chunk", "cache", "load", "export"]
PROMPT = RactoPrompt(role=SYSTEM, aim="Answer.", constraints=["Be kind."], tone="friendly", output_format="text")
ASK = gpt.ChatConfig(user_message=QUESTION)


def kit(task: Task) -> Any:
    return gpt.Chat(model=GPT, api_key="k", base_url=task["url"], default_prompt=PROMPT)


def chat(task: Task) -> Job:
    one = kit(task)
    return calls(lambda: one.chat(ASK).content)


def achat(task: Task) -> Job:
    one = kit(task)

    async def call() -> object:
        return (await one.achat(ASK)).content

    return together(lambda: call)


def parse(task: Task) -> Job:
    from pydantic import BaseModel

    class Reply(BaseModel):
        answer: str
        score: int

    one, ask = kit(task), gpt.ChatConfig(user_message=QUESTION, response_model=Reply)
    return parsed(lambda: Reply.model_validate(one.chat(ask).parsed))


def stream(task: Task) -> Job:
    one = kit(task)
    return streams(task, lambda: (chunk.delta.text for chunk in one.stream(ASK)))


def kept(task: Task) -> Job:
    one = kit(task)
    return keeping(task, lambda: one.stream(ASK))


def among(task: Task, filters: dict[str, Any] | None) -> Job:
    from ractogateway.rag import InMemoryVectorStore
    from ractogateway.rag._models.document import Chunk, ChunkMetadata

    given, store = vectors(task), InMemoryVectorStore()
    place = {"source": "s", "total_chunks": given.count, "start_char": 0, "end_char": 1, "doc_id": "d"}
    rows = zip(given.rows, given.texts, given.categories, strict=True)
    chunks = [
        Chunk(chunk_id=str(row), doc_id="d", content=text, embedding=numbers,
              metadata=ChunkMetadata(chunk_index=row, extra={"cat": category}, **place))
        for row, (numbers, text, category) in enumerate(rows)
    ]  # fmt: skip
    store.add(chunks)

    def search(asked: list[float]) -> list[int]:
        return [int(hit.chunk.chunk_id) for hit in store.search(asked, TOP, filters) if hit.chunk.content]

    return searches(task, given.asked, search)


def search(task: Task) -> Job:
    return among(task, None)


def search_filtered(task: Task) -> Job:
    return among(task, {"cat": 7})


def chunk(task: Task) -> Job:
    from ractogateway.rag._models.document import Document
    from ractogateway.rag.chunkers import RecursiveChunker

    chunker, document = RecursiveChunker(SIZE, OVERLAP), Document(content=text_of(task), source="prose.txt")
    return cutting(lambda: [each.content for each in chunker.chunk(document)])


def cache(task: Task) -> Job:
    from ractogateway.adapters.base import LLMResponse
    from ractogateway.cache import SemanticCache

    given = vectors(task)
    names, asked = questions(given.count), meant(given.count)
    known = dict(zip(names, given.rows, strict=True))
    one = SemanticCache(lambda text: known[names[-1] if text == asked else text], 0.95, max_size=0)
    for name in names:
        one.put(name, LLMResponse(content=name))
    return repeated(lambda: one.get(asked).content, names[-1])


def load(task: Task) -> Job:
    from ractogateway.finetune import RactoDataset

    path = Path(task["data"], "train.jsonl")
    return repeated(lambda: len(RactoDataset.from_jsonl(path)), task["examples"])


def export(task: Task) -> Job:
    from ractogateway.finetune import RactoDataset

    data, out = RactoDataset.from_jsonl(Path(task["data"], "train.jsonl")), Path(task["data"], "theirs.jsonl")
    return exported(task, out, lambda: data.export_jsonl(out, overwrite=True))
