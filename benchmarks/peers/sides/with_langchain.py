"""LangChain: its chat model for OpenAI, and its splitter."""

from __future__ import annotations

from typing import Any

from asking import (
    GPT,
    MOST_TOKENS,
    OVERLAP,
    QUESTION,
    SIZE,
    SYSTEM,
    Job,
    Task,
    calls,
    cutting,
    keeping,
    parsed,
    streams,
    text_of,
    together,
)

JOBS = ["chat", "achat", "parse", "stream", "kept", "chunk", "split"]
ASKED = [("system", SYSTEM), ("user", QUESTION)]


def model(task: Task) -> Any:
    from langchain_openai import ChatOpenAI

    options = {"max_tokens": MOST_TOKENS, "use_responses_api": False, "max_retries": 0}
    return ChatOpenAI(model=GPT, base_url=task["url"], api_key="k", **options)


def chat(task: Task) -> Job:
    one = model(task)
    return calls(lambda: one.invoke(ASKED).content)


def achat(task: Task) -> Job:
    def make() -> Any:
        one = model(task)

        async def call() -> object:
            return (await one.ainvoke(ASKED)).content

        return call

    return together(make)


def parse(task: Task) -> Job:
    from pydantic import BaseModel

    class Reply(BaseModel):
        answer: str
        score: int

    one = model(task).with_structured_output(Reply, method="json_schema")
    return parsed(lambda: one.invoke(ASKED))


def stream(task: Task) -> Job:
    one = model(task)
    return streams(task, lambda: (each.content for each in one.stream(ASKED)))


def kept(task: Task) -> Job:
    one = model(task)
    return keeping(task, lambda: one.stream(ASKED))


def chunk(task: Task) -> Job:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True)
    text = text_of(task)
    return cutting(lambda: [each.page_content for each in splitter.create_documents([text])])


def split(task: Task) -> Job:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter, text = RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP), text_of(task)
    return cutting(lambda: splitter.split_text(text))
