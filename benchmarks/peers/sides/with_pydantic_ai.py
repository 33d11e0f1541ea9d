"""Pydantic AI: an agent without tools. Its stream gives text alone, so that its memory stands beside nobody's."""

from __future__ import annotations

import asyncio
from typing import Any

from asking import GPT, QUESTION, SYSTEM, Job, Task, calls, must, parsed, together
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

JOBS = ["chat", "achat", "parse", "stream"]


class Reply(BaseModel):
    answer: str
    score: int


def agent(task: Task, **options: Any) -> Any:
    model = OpenAIChatModel(GPT, provider=OpenAIProvider(base_url=task["url"], api_key="k"))
    return Agent(model, instructions=SYSTEM, **options)


def chat(task: Task) -> Job:
    one = agent(task)
    return calls(lambda: one.run_sync(QUESTION).output)


def achat(task: Task) -> Job:
    def make() -> Any:
        one = agent(task)

        async def call() -> object:
            return (await one.run(QUESTION)).output

        return call

    return together(make)


def parse(task: Task) -> Job:
    one = agent(task, output_type=NativeOutput(Reply))
    return parsed(lambda: one.run_sync(QUESTION).output)


def stream(task: Task) -> Job:
    one, runner = agent(task), asyncio.Runner()

    async def read() -> int:
        async with one.run_stream(QUESTION) as result:
            return sum([bool(text) async for text in result.stream_text(delta=True, debounce_by=None)])

    def work(times: int) -> None:
        for _ in range(times):
            must(runner.run(read()), task["chunks"])

    return Job(work)
