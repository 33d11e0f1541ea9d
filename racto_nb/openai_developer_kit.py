"""The kit of OpenAI's models, and of every server that speaks their API (vLLM, llama.cpp, LM Studio, gateways).

    from racto_nb import openai_developer_kit as gpt

    kit = gpt.Chat(model="gpt-6-luna")
    print(kit.chat(gpt.ChatConfig(user_message="What is a database index?")).content)

The key is read from OPENAI_API_KEY, or given as `api_key=`. OpenAI itself is asked through its Responses API, and stores nothing
unless `extra={"store": True}` asks for it; servers at another `base_url` are asked through Chat Completions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

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
from racto_nb.providers.openai.opening import open_provider

if TYPE_CHECKING:
    from racto_nb.batch import BatchItem, BatchJobInfo, BatchResult, BatchStatus, OpenAIBatchProcessor
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
    "LLMResponse",
    "Message",
    "MessageRole",
    "OpenAIBatchProcessor",
    "OpenAIDeveloperKit",
    "RoutingTier",
    "SemanticCache",
    "StreamChunk",
    "StreamDelta",
    "TokenTruncator",
    "ToolCallResult",
    "TruncationConfig",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, {**BATCH_NAMES, "OpenAIBatchProcessor": "racto_nb.batch"})


class OpenAIDeveloperKit(Served, DeveloperKit):
    """Chat with a model of OpenAI, or of a server that speaks its API.

    `api_key` defaults to OPENAI_API_KEY, `base_url` to OPENAI_BASE_URL, else OpenAI; other servers may need no key. `api` is
    "auto" (Responses for OpenAI; Chat Completions for other servers, and for wishes that Responses does not know, such as
    `extra={"seed": 7}` and `"stop"`), "responses" or "chat". `timeout` in seconds limits each try of a call, from its
    first to its last byte (None: no limit, but a server that says nothing for 10 minutes is given up). `max_retries` are the
    tries after the first one, made when no connection came about or the provider asks to come again (HTTP 408, 409, 429, 5xx; a
    Retry-After of up to a minute, or up to `timeout`, is followed); an answer that had begun is never asked for again.

    Reasoning models take no temperature: the default is not sent to them, another one is refused. They count their reasoning as
    output, so they may write `max_tokens` and `thinking_budget` tokens together. `native_thinking=True` asks for a summary of
    the reasoning, with an effort that fits the budget.

    `http_client` is a `Client` or an `AsyncClient` of httpx2 of yours, or both as a tuple, with its proxies and certificates. All
    calls go through it, those of the other colour are refused, and the kit never closes it. Its own timeouts are not used.

    Raises here: RactoGatewayAuthError without a key, MissingExtraError without the library, UsageError for a wrong argument,
    UnsupportedError for a model that is known not to chat. Warns with RetiredModelWarning of a model that OpenAI has shut down,
    or soon will.
    """

    provider: ClassVar[str] = "openai"

    def __init__(
        self,
        model: str = "gpt-6-luna",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        embedding_model: str = "text-embedding-3-small",
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
        api: Literal["auto", "responses", "chat"] = "auto",
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
        provider, self._port = open_provider(api_key=api_key, base_url=base_url, api=api, http_client=http_client)
        super().__init__(provider, settings)
        check_models(provider, settings)


Chat = OpenAIDeveloperKit
