"""The vendor's SDK, used as its documentation shows: one client, kept, and typed replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
from asking import GPT, MOST_TOKENS, TURNS, Job, Task, calls, keeping, parsed, streams, together
from pydantic import BaseModel

JOBS = ["chat", "achat", "parse", "stream", "kept"]


class Reply(BaseModel):
    answer: str
    score: int


def client(task: Task) -> openai.OpenAI:
    return openai.OpenAI(api_key="k", base_url=task["url"])


def chat(task: Task) -> Job:
    create = client(task).chat.completions.create
    return calls(lambda: create(model=GPT, messages=TURNS, max_completion_tokens=MOST_TOKENS).choices[0].message.content)


def achat(task: Task) -> Job:
    def make() -> Any:
        create = openai.AsyncOpenAI(api_key="k", base_url=task["url"]).chat.completions.create

        async def call() -> str | None:
            return (await create(model=GPT, messages=TURNS, max_completion_tokens=MOST_TOKENS)).choices[0].message.content

        return call

    return together(make)


def parse(task: Task) -> Job:
    ask = client(task).chat.completions.parse
    return parsed(lambda: ask(model=GPT, messages=TURNS, response_format=Reply).choices[0].message.parsed)


def begun(one: openai.OpenAI) -> Iterator[Any]:
    return one.chat.completions.create(model=GPT, messages=TURNS, stream=True, stream_options={"include_usage": True})


def stream(task: Task) -> Job:
    one = client(task)
    return streams(task, lambda: (each.choices and each.choices[0].delta.content for each in begun(one)))


def kept(task: Task) -> Job:
    one = client(task)
    return keeping(task, lambda: begun(one))
