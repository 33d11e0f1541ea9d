"""The batch processors, one for each provider that has a batch API."""

from __future__ import annotations

from typing import ClassVar, Literal

from racto_nb.batch.processor import BatchProcessor, Folder, Items, OnProgress
from racto_nb.batch.results import BatchResults
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.resolving import KitSettings, retry_policy
from racto_nb.models.batches import BatchJobInfo
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.anthropic import facts as anthropic_facts
from racto_nb.providers.anthropic import opening as anthropic_opening
from racto_nb.providers.anthropic.batching import AnthropicBatches
from racto_nb.providers.google import facts as google_facts
from racto_nb.providers.google import opening as google_opening
from racto_nb.providers.google.batching import GoogleBatches
from racto_nb.providers.openai import facts as openai_facts
from racto_nb.providers.openai import opening as openai_opening
from racto_nb.providers.openai.batching import OpenAIBatches


class OpenAIBatchProcessor(BatchProcessor):
    """Batches at OpenAI, or at a server that has its files and batches: half the price, an answer within a day.

    Items go through the API that the kit would choose (`api`): Responses at OpenAI, Chat Completions elsewhere and for wishes
    such as `seed`. One job takes 50,000 items and 200 MB; more are split. `api_key`, `base_url`, `default_prompt`,
    `require_prompt`, `timeout`, `max_retries` and `http_client` are those of the kit. `jobs` is the folder of job files.

    Raises here what the kit raises. Warns with RetiredModelWarning of a model that OpenAI has shut down, or soon will.
    """

    provider: ClassVar[str] = openai_facts.NAME

    def __init__(
        self,
        model: str = openai_facts.DEFAULT_MODEL,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        timeout: float | None = None,
        max_retries: int = 2,
        http_client: object | None = None,
        api: Literal["auto", "responses", "chat"] = "auto",
        jobs: Folder | None = None,
    ) -> None:
        settings = _settings(model, default_prompt, max_retries, require_prompt=require_prompt, timeout=timeout)
        provider, port = openai_opening.open_provider(api_key=api_key, base_url=base_url, api=api, http_client=http_client)
        super().__init__(provider, port, OpenAIBatches(), settings, jobs=jobs)

    def submit_batch(
        self,
        items: Items,
        *,
        prompt: RactoPrompt | None = None,
        completion_window: str = "24h",
        warm_cache: bool = False,
    ) -> BatchJobInfo:
        """Hand in a batch and return at once what is known of its job.

        `completion_window` is the time in which OpenAI shall be done; it offers "24h" only.
        """
        wanted = self._wanted(items, prompt, warm_cache=warm_cache, window=completion_window)
        return SyncDriver().run(self._submitting(wanted))

    async def asubmit_batch(
        self,
        items: Items,
        *,
        prompt: RactoPrompt | None = None,
        completion_window: str = "24h",
        warm_cache: bool = False,
    ) -> BatchJobInfo:
        """Hand in a batch and return at once what is known of its job."""
        wanted = self._wanted(items, prompt, warm_cache=warm_cache, window=completion_window)
        return await AsyncDriver().run(self._submitting(wanted))

    def submit_and_wait(
        self,
        items: Items,
        *,
        prompt: RactoPrompt | None = None,
        completion_window: str = "24h",
        poll_interval_s: float = 60.0,
        max_wait_s: float = 86400.0,
        warm_cache: bool = False,
        on_progress: OnProgress | None = None,
    ) -> BatchResults:
        """Hand in a batch, wait until it has ended, and return one result for each item, in their order.

        All but `completion_window`, of which OpenAI offers "24h" only, is as `BatchProcessor.submit_and_wait` says.
        """
        wanted = self._wanted(items, prompt, warm_cache=warm_cache, window=completion_window)
        return SyncDriver().run(self._waiting(wanted, poll_interval_s, max_wait_s, on_progress))

    async def asubmit_and_wait(
        self,
        items: Items,
        *,
        prompt: RactoPrompt | None = None,
        completion_window: str = "24h",
        poll_interval_s: float = 60.0,
        max_wait_s: float = 86400.0,
        warm_cache: bool = False,
        on_progress: OnProgress | None = None,
    ) -> BatchResults:
        """Hand in a batch, wait until it has ended, and return one result for each item, in their order."""
        wanted = self._wanted(items, prompt, warm_cache=warm_cache, window=completion_window)
        return await AsyncDriver().run(self._waiting(wanted, poll_interval_s, max_wait_s, on_progress))


class AnthropicBatchProcessor(BatchProcessor):
    """Batches of Claude models, through the Message Batches API: half the price, an answer within a day.

    One job takes 100,000 items and 256 MB; more are split. Ids are 1 to 64 letters, digits, `_` and `-`. `api_key`, `base_url`,
    `default_prompt`, `require_prompt`, `timeout`, `max_retries` and `http_client` are those of the kit. `jobs` is the folder of
    job files.

    Raises here what the kit raises. Warns with RetiredModelWarning of a model that Anthropic has shut down, or soon will.
    """

    provider: ClassVar[str] = anthropic_facts.NAME

    def __init__(
        self,
        model: str = anthropic_facts.DEFAULT_MODEL,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        timeout: float | None = None,
        max_retries: int = 2,
        http_client: object | None = None,
        jobs: Folder | None = None,
    ) -> None:
        settings = _settings(model, default_prompt, max_retries, require_prompt=require_prompt, timeout=timeout)
        provider, port = anthropic_opening.open_provider(api_key=api_key, base_url=base_url, http_client=http_client)
        super().__init__(provider, port, AnthropicBatches(), settings, jobs=jobs)


class GoogleBatchProcessor(BatchProcessor):
    """Batches of Gemini models, through `batchGenerateContent`: half the price, an answer within a day.

    Up to 20 MB go in one request, more as a file of at most 2 GB; beyond that they are split. `api_key`, `base_url`,
    `api_version`, `default_prompt`, `require_prompt`, `timeout`, `max_retries` and `http_client` are those of the kit. `jobs` is
    the folder of job files.

    Raises here what the kit raises. Warns with RetiredModelWarning of a model that Google has shut down, or soon will.
    """

    provider: ClassVar[str] = google_facts.NAME

    def __init__(
        self,
        model: str = google_facts.DEFAULT_MODEL,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        timeout: float | None = None,
        max_retries: int = 2,
        http_client: object | None = None,
        api_version: str | None = None,
        jobs: Folder | None = None,
    ) -> None:
        settings = _settings(model, default_prompt, max_retries, require_prompt=require_prompt, timeout=timeout)
        provider, port = google_opening.open_provider(
            api_key=api_key, base_url=base_url, api_version=api_version, http_client=http_client
        )
        super().__init__(
            provider, port, GoogleBatches(port.host, google_opening.version_of(provider, model)), settings, jobs=jobs
        )


GeminiBatchProcessor = GoogleBatchProcessor


def _settings(
    model: str, default_prompt: RactoPrompt | None, max_retries: int, *, require_prompt: bool, timeout: float | None
) -> KitSettings:
    return KitSettings(
        model=model,
        default_prompt=default_prompt,
        require_prompt=require_prompt,
        timeout=timeout,
        retry=retry_policy(max_retries),
    )
