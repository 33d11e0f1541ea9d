"""A scripted kit that stands for a provider which takes money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from racto_nb.providers.wire import ModelSpec
from racto_nb.testing import FakeKit


@dataclass(frozen=True)
class PaidSpecs:
    """The specs of a scripted kit, as those of OpenAI, or of another server under its API."""

    own: Any
    official: bool

    def chat_spec(self, model: str) -> ModelSpec:
        return replace(self.own.chat_spec(model), provider="openai", free=False, official=self.official)

    def embedding_spec(self, model: str) -> ModelSpec:
        return replace(self.own.embedding_spec(model), provider="openai", free=False, official=self.official)


class PaidKit(FakeKit):
    """A scripted kit that says it is OpenAI's, or another server's under its API."""

    provider = "openai"

    def __init__(self, replies: Any = (), *, model: str = "gpt-6-luna", elsewhere: bool = False, **settings: Any) -> None:
        super().__init__(replies, model=model, **settings)
        self._provider = replace(self._provider, name="openai", specs=PaidSpecs(self._provider.specs, not elsewhere))
        self._settings = replace(self._settings, embedding_model="text-embedding-3-small")
