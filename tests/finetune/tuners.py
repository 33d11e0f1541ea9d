"""Tuners over a FakeProvider, data to train with, and both colours of a method behind one call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from google.oauth2.credentials import Credentials

from racto_nb.finetune import GeminiFineTuner, OpenAIFineTuner, RactoDataset
from racto_nb.testing import FakeProvider

KEY = "sk-of-the-tuning-tests-0123456789"
PLACE = "projects/my-project/locations/us-central1"
MODEL = "gpt-6-luna"
each_colour = pytest.mark.parametrize("colour", ["sync", "async"])


def data(name: str = "word", count: int = 12) -> RactoDataset:
    """Questions and answers that differ from each other, and from those of another name."""
    things = [
        "river",
        "stone",
        "window",
        "engine",
        "garden",
        "letter",
        "bridge",
        "candle",
        "mirror",
        "forest",
        "market",
        "harbour",
    ]
    return RactoDataset.from_pairs(
        [
            (f"Tell me about the {thing} of the {name}, please.", f"The {thing} is {place} feet from the {name}.")
            for place, thing in enumerate(things[:count])
        ]
    )


def openai_tuner(server: FakeProvider, jobs: Path, **more: Any) -> OpenAIFineTuner:
    return OpenAIFineTuner(api_key=KEY, base_url=server.base_url("openai"), jobs=jobs, **{"max_retries": 0, **more})


def gemini_tuner(server: FakeProvider, jobs: Path, **more: Any) -> GeminiFineTuner:
    given = {"project": "my-project", "credentials": Credentials(token="token-of-the-tests"), "max_retries": 0, **more}
    return GeminiFineTuner(base_url=server.base_url("google"), jobs=jobs, **given)


def called(colour: str, tuner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """What a method of the tuner gives, in one of its colours. A call that blocks the loop raises."""
    if colour == "sync":
        return getattr(tuner, name)(*args, **kwargs)

    async def main() -> Any:
        try:
            return await getattr(tuner, f"a{name}")(*args, **kwargs)
        finally:
            await tuner.aclose()

    return run_unblocked(main())


def paths(server: FakeProvider) -> list[str]:
    """Method and path of each request, numbers of jobs and files left out."""
    return [f"{request.method} {request.path}" for request in server.requests]
