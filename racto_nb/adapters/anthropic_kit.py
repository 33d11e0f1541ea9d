"""The adapter for the models of Anthropic."""

from __future__ import annotations

from typing import Any

from racto_nb.adapters.kit_adapter import KitAdapter, opened
from racto_nb.anthropic_developer_kit import AnthropicDeveloperKit
from racto_nb.providers.directory import PROVIDERS

__all__ = ["AnthropicLLMKit"]


class AnthropicLLMKit(KitAdapter):
    """An adapter over `AnthropicDeveloperKit`, which says what `model`, `api_key` and `base_url` are by default.

    All other options, such as `timeout` in seconds and `max_retries`, go to it too.

    Raises here what making that kit raises, and UsageError for an option that it has not.
    """

    def __init__(
        self,
        model: str = PROVIDERS["anthropic"].default_model,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(opened(AnthropicDeveloperKit, type(self).__name__, model, api_key=api_key, base_url=base_url, **kwargs))
