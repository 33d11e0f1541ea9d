"""A processor of each provider over a FakeProvider, and both colours of its methods behind one call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb.batch import AnthropicBatchProcessor, BatchItem, GoogleBatchProcessor, OpenAIBatchProcessor
from racto_nb.testing import FakeProvider

KEY = "sk-of-the-batch-tests-0123456789"


@dataclass(frozen=True)
class Counter:
    """Where batches are handed in: a provider's processor, and the wire that a FakeProvider speaks for it."""

    name: str
    wire: str
    kind: Any
    model: str
    more: tuple[tuple[str, Any], ...] = ()

    def opened(self, server: FakeProvider, jobs: Path, **more: Any) -> Any:
        given = {"api_key": KEY, "base_url": server.base_url(self.wire), "jobs": jobs, "max_retries": 0}
        return self.kind(self.model, **{**given, **dict(self.more), **more})


RESPONSES = Counter("responses", "openai", OpenAIBatchProcessor, "gpt-6-luna", (("api", "responses"),))
CHAT = Counter("chat", "openai", OpenAIBatchProcessor, "gpt-6-luna")
ANTHROPIC = Counter("anthropic", "anthropic", AnthropicBatchProcessor, "claude-opus-5-5")
GOOGLE = Counter("google", "google", GoogleBatchProcessor, "gemini-3.8-flash")
COUNTERS = (RESPONSES, CHAT, ANTHROPIC, GOOGLE)

each_counter = pytest.mark.parametrize("counter", COUNTERS, ids=lambda counter: counter.name)
each_colour = pytest.mark.parametrize("colour", ["sync", "async"])


def called(colour: str, processor: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    """What a method of the processor gives, in one of its colours. A call that blocks the loop raises."""
    if colour == "sync":
        return getattr(processor, method)(*args, **kwargs)

    async def main() -> Any:
        try:
            return await getattr(processor, f"a{method}")(*args, **kwargs)
        finally:
            await processor.aclose()

    return run_unblocked(main())


def items(*questions: str, **more: Any) -> list[BatchItem]:
    """Items named q0, q1, … ."""
    return [BatchItem(custom_id=f"q{place}", user_message=question, **more) for place, question in enumerate(questions)]
