"""Instructor: an object out of an answer in JSON. It has no call that gives the text alone."""

from __future__ import annotations

import instructor
import openai
from asking import GPT, MOST_TOKENS, TURNS, Job, Task, parsed
from pydantic import BaseModel

JOBS = ["parse"]


class Reply(BaseModel):
    answer: str
    score: int


def parse(task: Task) -> Job:
    one = instructor.from_openai(openai.OpenAI(api_key="k", base_url=task["url"]), mode=instructor.Mode.JSON)
    options = {"model": GPT, "messages": TURNS, "max_completion_tokens": MOST_TOKENS, "max_retries": 0}
    return parsed(lambda: one.chat.completions.create(response_model=Reply, **options))
