"""The adapter for the models of OpenAI, or of a server that speaks its API."""

from __future__ import annotations

from typing import Any

from racto_nb.adapters.kit_adapter import KitAdapter, opened
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.providers.directory import PROVIDERS

__all__ = ["OpenAILLMKit"]


class OpenAILLMKit(KitAdapter):
    """An adapter over `OpenAIDeveloperKit`, which says what `model`, `api_key` and `base_url` are by default.

    All other options, such as `timeout` in seconds and `max_retries`, go to it too.

    Raises here what making that kit raises, and UsageError for an option that it has not.
    """

    def __init__(
        self,
        model: str = PROVIDERS["openai"].default_model,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(opened(OpenAIDeveloperKit, type(self).__name__, model, api_key=api_key, base_url=base_url, **kwargs))
