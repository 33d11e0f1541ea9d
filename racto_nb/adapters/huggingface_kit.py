"""The adapter for the models of Hugging Face's inference providers, or of a server of your own (TGI, vLLM, llama.cpp)."""

from __future__ import annotations

from typing import Any

from racto_nb.adapters.kit_adapter import KitAdapter, opened
from racto_nb.huggingface_developer_kit import HuggingFaceDeveloperKit
from racto_nb.providers.directory import PROVIDERS

__all__ = ["HuggingFaceLLMKit"]


class HuggingFaceLLMKit(KitAdapter):
    """An adapter over `HuggingFaceDeveloperKit`, which says what `model`, `api_key` and `base_url` are by default.

    All other options, such as `timeout` in seconds, `max_retries` and `grammar`, go to it too.

    Raises here what making that kit raises, and UsageError for an option that it has not.
    """

    def __init__(
        self,
        model: str = PROVIDERS["huggingface"].default_model,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            opened(HuggingFaceDeveloperKit, type(self).__name__, model, api_key=api_key, base_url=base_url, **kwargs)
        )
