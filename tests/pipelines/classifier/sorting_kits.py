"""Kits for classifiers: one that tells how likely its tokens were, and one that is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from colours import run_unblocked

from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.pipelines import ListClassifierPipeline

COLOURS = ("sync", "async")
OPTIONS = ["Billing", "Technical Support", "Sales"]


def ran(colour: str, classifier: ListClassifierPipeline, text: Any = "I was charged twice", **given: Any) -> Any:
    """What `run` or `arun` gives."""
    return classifier.run(text, **given) if colour == "sync" else run_unblocked(classifier.arun(text, **given))


def ran_many(colour: str, classifier: ListClassifierPipeline, texts: Any, **given: Any) -> Any:
    """What `batch_run` or `abatch_run` gives."""
    return classifier.batch_run(texts, **given) if colour == "sync" else run_unblocked(classifier.abatch_run(texts, **given))


def selected(label: Any, **more: Any) -> str:
    """An answer in JSON."""
    import json

    return json.dumps({"selected": label, **more})


@dataclass
class PlainKit:
    """A kit that is not ours: it answers by a function of the config, and knows nothing of schemas."""

    answer: Callable[[ChatConfig], str | LLMResponse]
    calls: list[ChatConfig] = field(default_factory=list)

    def chat(self, config: ChatConfig) -> LLMResponse:
        self.calls.append(config)
        said = self.answer(config)
        return said if isinstance(said, LLMResponse) else LLMResponse(content=said)

    async def achat(self, config: ChatConfig) -> LLMResponse:
        await asyncio.sleep(0)
        return self.chat(config)


def script(answers: Iterable[str]) -> Callable[[ChatConfig], str]:
    """Gives the answers in their order."""
    left = iter(answers)
    return lambda config: next(left)
