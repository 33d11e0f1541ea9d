"""The kit of Anthropic's Claude models.

    from racto_nb import anthropic_developer_kit as claude

    kit = claude.Chat(model="claude-opus-5-5")
    print(kit.chat(claude.ChatConfig(user_message="What is a database index?")).content)

The key is read from ANTHROPIC_API_KEY, or given as `api_key=`. Anthropic has no embeddings.
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
    FinishReason,
    LLMResponse,
    Message,
    MessageRole,
    StreamChunk,
    StreamDelta,
    ToolCallResult,
)
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.anthropic.opening import open_provider

if TYPE_CHECKING:
    from racto_nb.batch import AnthropicBatchProcessor, BatchItem, BatchJobInfo, BatchResult, BatchStatus
    from racto_nb.cache.memory import ExactMatchCache
    from racto_nb.cache.semantic import SemanticCache
    from racto_nb.routing import CostAwareRouter, RoutingTier
    from racto_nb.truncation import TokenTruncator, TruncationConfig

__all__ = [
    "AnthropicBatchProcessor",
    "AnthropicDeveloperKit",
    "BatchItem",
    "BatchJobInfo",
    "BatchResult",
    "BatchStatus",
    "Chat",
    "ChatConfig",
    "CostAwareRouter",
    "ExactMatchCache",
    "FinishReason",
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
    __getattr__, __dir__ = lazy_names(__name__, {**BATCH_NAMES, "AnthropicBatchProcessor": "racto_nb.batch"})


class AnthropicDeveloperKit(Served, DeveloperKit):
    """Chat with a Claude model.

    `api_key` defaults to ANTHROPIC_API_KEY, `base_url` to ANTHROPIC_BASE_URL, else Anthropic; other servers that speak the
    Messages API may need no key. `timeout` in seconds limits each try of a call, from its first to its last byte (None: no limit,
    but a server that says nothing for 10 minutes is given up). `max_retries` are the tries after the first one, made when no
    connection came about or the provider asks to come again (HTTP 408, 409, 429, 5xx; a Retry-After of up to a minute, or up to
    `timeout`, is followed); an answer that had begun is never asked for again.

    `native_thinking=True` shows a summary of the thinking. Models up to 4.5 think `thinking_budget` tokens at most, later ones
    decide for themselves within an effort that fits the budget. Anthropic counts thinking as output, so a model that thinks may
    write `max_tokens` and `thinking_budget` tokens together; those of the fifth generation think unasked.

    No model takes a temperature any more: the default is not sent, another one is refused. `embed` raises UnsupportedError.

    `http_client` is a `Client` or an `AsyncClient` of httpx2 of yours, or both as a tuple, with its proxies and certificates. All
    calls go through it, those of the other colour are refused, and the kit never closes it. Its own timeouts are not used.

    Raises here: RactoGatewayAuthError without a key, MissingExtraError without the library, UsageError for a wrong argument.
    Warns with RetiredModelWarning of a model that Anthropic has shut down, or soon will.
    """

    provider: ClassVar[str] = "anthropic"

    def __init__(
        self,
        model: str = "claude-opus-5-5",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
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
    ) -> None:
        settings = KitSettings(
            model=model,
            default_prompt=default_prompt,
            require_prompt=require_prompt,
            timeout=timeout,
            retry=retry_policy(max_retries),
            budget=budget,
            steps=Steps(exact_cache=exact_cache, semantic_cache=semantic_cache, router=router, truncator=truncator),
        )
        provider, self._port = open_provider(api_key=api_key, base_url=base_url, http_client=http_client)
        super().__init__(provider, settings)
        check_models(provider, settings)


Chat = AnthropicDeveloperKit
