"""LiteLLM: its functions, with its own table of prices, no retries, and nothing sent home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import litellm
from asking import GPT, MOST_TOKENS, TURNS, Job, Task, calls, keeping, parsed, streams, together
from pydantic import BaseModel

JOBS = ["chat", "achat", "parse", "stream", "kept"]
litellm.telemetry = False
litellm.suppress_debug_info = True


class Reply(BaseModel):
    answer: str
    score: int


def options(task: Task) -> dict[str, Any]:
    known = {"model": f"openai/{GPT}", "messages": TURNS, "max_tokens": MOST_TOKENS, "num_retries": 0}
    return {**known, "api_key": "k", "api_base": task["url"]}


def chat(task: Task) -> Job:
    given = options(task)
    return calls(lambda: litellm.completion(**given).choices[0].message.content)


def achat(task: Task) -> Job:
    given = options(task)

    async def call() -> object:
        return (await litellm.acompletion(**given)).choices[0].message.content

    return together(lambda: call)


def parse(task: Task) -> Job:
    given = {**options(task), "response_format": Reply}
    return parsed(lambda: Reply.model_validate_json(litellm.completion(**given).choices[0].message.content))


def begun(given: dict[str, Any]) -> Iterator[Any]:
    return litellm.completion(stream=True, stream_options={"include_usage": True}, **given)


def stream(task: Task) -> Job:
    given = options(task)
    return streams(task, lambda: (each.choices and each.choices[0].delta.content for each in begun(given)))


def kept(task: Task) -> Job:
    given = options(task)
    return keeping(task, lambda: begun(given))
