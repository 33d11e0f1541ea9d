"""The adapter for Google's Gemini models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from racto_nb.adapters.asking import Asked, Turns, config_of
from racto_nb.adapters.kit_adapter import KitAdapter, opened
from racto_nb.google_developer_kit import GoogleDeveloperKit
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.directory import PROVIDERS
from racto_nb.providers.google.request import chat_body
from racto_nb.providers.wire import ModelSpec

__all__ = ["GoogleLLMKit", "build_google_contents"]


class GoogleLLMKit(KitAdapter):
    """An adapter over `GoogleDeveloperKit`, which says what `model`, `api_key` and `base_url` are by default.

    All other options, such as `timeout` in seconds and `max_retries`, go to it too.

    Raises here what making that kit raises, and UsageError for an option that it has not.
    """

    def __init__(
        self,
        model: str = PROVIDERS["google"].default_model,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(opened(GoogleDeveloperKit, type(self).__name__, model, api_key=api_key, base_url=base_url, **kwargs))


def build_google_contents(
    history: Turns | None, user_message: str, attachments: Sequence[RactoFile] | None = None
) -> list[dict[str, Any]]:
    """The `contents` of a request to Gemini: earlier turns, and the question with its files. Text files stand before the text.

    Raises UsageError for what makes no question, UnsupportedError for a file that Gemini cannot be sent.

    >>> build_google_contents(None, "Hello")
    [{'role': 'user', 'parts': [{'text': 'Hello'}]}]
    """
    options = {} if attachments is None else {"attachments": list(attachments)}
    config = config_of(Asked(None, user_message, history=history, options=options), where="build_google_contents", extras=())
    return chat_body(config, ModelSpec("google", PROVIDERS["google"].default_model))["contents"]
