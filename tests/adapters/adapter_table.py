"""The five adapters, how a test opens one at a FakeProvider, and the two ways to call. A later adapter is one more entry."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from colours import run_unblocked

from racto_nb.adapters.anthropic_kit import AnthropicLLMKit
from racto_nb.adapters.google_kit import GoogleLLMKit
from racto_nb.adapters.huggingface_kit import HuggingFaceLLMKit
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.adapters.ollama_kit import OllamaLLMKit
from racto_nb.adapters.openai_kit import OpenAILLMKit
from racto_nb.models import LLMResponse
from racto_nb.testing import FakeProvider

KEY = "sk-proj-Zx81Lm9Rt4Vb8Nc3Zd6Kf1Hs5"


@dataclass(frozen=True)
class Entry:
    """An adapter, its wire at a FakeProvider, and an option of `extra` that its provider knows."""

    adapter_class: type[KitAdapter]
    wire: str
    extra: tuple[str, Any]
    key: str | None = KEY

    def open(self, room: ExitStack, replies: Iterable[Any] = ("Hello",), **options: Any) -> tuple[FakeProvider, Any]:
        server = room.enter_context(FakeProvider(replies))
        keyed = {"api_key": self.key} if self.key else {}
        adapter = self.adapter_class(base_url=server.base_url(self.wire), **keyed, **options)
        room.callback(adapter.close)
        return server, adapter


ENTRIES = (
    Entry(OpenAILLMKit, "openai", ("seed", 7)),
    Entry(AnthropicLLMKit, "anthropic", ("service_tier", "auto")),
    Entry(GoogleLLMKit, "google", ("store", False)),
    Entry(OllamaLLMKit, "ollama", ("keep_alive", "5m"), key=None),
    Entry(HuggingFaceLLMKit, "huggingface", ("seed", 7)),
)


class Sync:
    """`run` is called."""

    name = "run"

    def ask(self, asked: Any, *arguments: Any, **options: Any) -> LLMResponse:
        return asked.run(*arguments, **options)


class Asynchronous:
    """`arun` is awaited, on a loop that nobody may block."""

    name = "arun"

    def ask(self, asked: Any, *arguments: Any, **options: Any) -> LLMResponse:
        return run_unblocked(asked.arun(*arguments, **options))


WAYS = (Sync(), Asynchronous())
