"""The kit of Google's Gemini models.

    from racto_nb import google_developer_kit as gemini

    kit = gemini.Chat(model="gemini-3.8-flash")
    print(kit.chat(gemini.ChatConfig(user_message="What is a database index?")).content)

The key is read from GEMINI_API_KEY, then from GOOGLE_API_KEY, or given as `api_key=`. Gemini's Developer API is asked, through
`generateContent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from racto_nb._lazy import lazy_names
from racto_nb.budgets.budget import Budget
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Step, Steps
from racto_nb.kits.resolving import KitSettings, retry_policy
from racto_nb.kits.served import Served
from racto_nb.kits.slot_names import BATCH_NAMES
from racto_nb.kits.warning import check_models
from racto_nb.models import (
    ChatConfig,
    EmbeddingConfig,
    EmbeddingResponse,
    EmbeddingVector,
    FinishReason,
    LLMResponse,
    Message,
    MessageRole,
    StreamChunk,
    StreamDelta,
    ToolCallResult,
)
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.google.opening import open_provider

if TYPE_CHECKING:
    from racto_nb.batch import BatchItem, BatchJobInfo, BatchResult, BatchStatus, GeminiBatchProcessor, GoogleBatchProcessor
    from racto_nb.cache.memory import ExactMatchCache
    from racto_nb.cache.semantic import SemanticCache
    from racto_nb.routing import CostAwareRouter, RoutingTier
    from racto_nb.truncation import TokenTruncator, TruncationConfig

__all__ = [
    "BatchItem",
    "BatchJobInfo",
    "BatchResult",
    "BatchStatus",
    "Chat",
    "ChatConfig",
    "CostAwareRouter",
    "EmbeddingConfig",
    "EmbeddingResponse",
    "EmbeddingVector",
    "ExactMatchCache",
    "FinishReason",
    "GeminiBatchProcessor",
    "GoogleBatchProcessor",
    "GoogleDeveloperKit",
    "LLMResponse",
    "Message",
    "MessageRole",
    "RoutingTier",
    "SemanticCache",
    "StreamChunk",
    "StreamDelta",
    "TokenTruncator",
    "ToolCallResult",
    "TruncationConfig",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__, {**BATCH_NAMES, "GeminiBatchProcessor": "racto_nb.batch", "GoogleBatchProcessor": "racto_nb.batch"}
    )


class GoogleDeveloperKit(Served, DeveloperKit):
    """Chat with a Gemini model of Google, or turn texts into vectors with one.

    `api_key` defaults to GEMINI_API_KEY, else GOOGLE_API_KEY; `base_url` to GOOGLE_GEMINI_BASE_URL, else Google;
    other servers may need no key. `api_version` is "v1", or "v1beta" for names that end in "-latest", unless it is given here, in
    GOOGLE_GENAI_API_VERSION or at the end of the address. `timeout` in seconds limits each try of a call, from its
    first to its last byte (None: no limit, but a server that says nothing for 10 minutes is given up). `max_retries` are the
    tries after the first one, made when no connection came about or Google asks to come again (HTTP 408, 409, 429, 5xx; a
    wait it asks for of up to a minute, or up to `timeout`, is followed); an answer that had begun is never asked for again.

    Models that take no temperature get none unless one is asked for. They count their thoughts as output, so they may write
    `max_tokens` and `thinking_budget` tokens together. `native_thinking=True` shows the thoughts; the budget becomes a level
    for Gemini 3 and later.

    `http_client` is a `Client` or an `AsyncClient` of httpx2 of yours, or both as a tuple, with its proxies and certificates. All
    calls go through it, those of the other colour are refused, and the kit never closes it. Its own timeouts are not used.

    Raises here: RactoGatewayAuthError without a key, MissingExtraError without the library, UsageError for a wrong argument,
    UnsupportedError for a model that is known not to chat. Warns with RetiredModelWarning of a model that Google has shut down,
    or soon will.
    """

    provider: ClassVar[str] = "google"

    def __init__(
        self,
        model: str = "gemini-3.8-flash",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        embedding_model: str = "gemini-embedding-2",
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        exact_cache: Step | None = None,
        semantic_cache: Step | None = None,
        router: Step | None = None,
        truncator: Step | None = None,
        budget: Budget | None = None,
        timeout: float | None = None,
        max_retries: int = 2,
        http_client: object | None = None,
        api_version: str | None = None,
    ) -> None:
        settings = KitSettings(
            model=model,
            embedding_model=embedding_model,
            default_prompt=default_prompt,
            require_prompt=require_prompt,
            timeout=timeout,
            retry=retry_policy(max_retries),
            budget=budget,
            steps=Steps(exact_cache=exact_cache, semantic_cache=semantic_cache, router=router, truncator=truncator),
        )
        provider, self._port = open_provider(api_key=api_key, base_url=base_url, api_version=api_version, http_client=http_client)
        super().__init__(provider, settings)
        check_models(provider, settings)


Chat = GoogleDeveloperKit
