"""The adapter for the models of an Ollama server."""

from __future__ import annotations

from typing import Any

from racto_nb.adapters.kit_adapter import KitAdapter, opened
from racto_nb.ollama_developer_kit import OllamaDeveloperKit
from racto_nb.providers.directory import PROVIDERS

__all__ = ["OllamaLLMKit"]


class OllamaLLMKit(KitAdapter):
    """An adapter over `OllamaDeveloperKit`, which says what `model` and `base_url` are by default.

    All other options, such as `num_ctx` in tokens, `timeout` in seconds and `max_retries`, go to it too.

    Raises here what making that kit raises, and UsageError for an option that it has not.
    """

    def __init__(
        self,
        model: str = PROVIDERS["ollama"].default_model,
        *,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(opened(OllamaDeveloperKit, type(self).__name__, model, base_url=base_url, **kwargs))
