"""The kit of Ollama: open models on a server of your own, on this machine or in your network. No key, nothing to pay.

    from racto_nb import ollama_developer_kit as local

    kit = local.Chat(model="llama3.2", num_ctx=8192)
    print(kit.chat(local.ChatConfig(user_message="What is a database index?")).content)

The server is looked for at OLLAMA_HOST, else at http://localhost:11434. Models are fetched once: `ollama pull llama3.2`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from racto_nb._lazy import lazy_names
from racto_nb.budgets.budget import Budget
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Step, Steps
from racto_nb.kits.resolving import KitSettings, retry_policy
from racto_nb.kits.served import Served
from racto_nb.kits.slot_names import SLOT_NAMES
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
from racto_nb.providers.ollama.opening import open_provider
from racto_nb.providers.ollama.server import OllamaServerManager

if TYPE_CHECKING:
    from racto_nb.cache.memory import ExactMatchCache
    from racto_nb.cache.semantic import SemanticCache
    from racto_nb.routing import CostAwareRouter, RoutingTier
    from racto_nb.truncation import TokenTruncator, TruncationConfig

__all__ = [
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
    "OllamaDeveloperKit",
    "OllamaServerManager",
    "RoutingTier",
    "SemanticCache",
    "StreamChunk",
    "StreamDelta",
    "TokenTruncator",
    "ToolCallResult",
    "TruncationConfig",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, SLOT_NAMES)


class OllamaDeveloperKit(Served, DeveloperKit):
    """Chat with a model that an Ollama server runs.

    `base_url` is a host, host:port or an address (None: OLLAMA_HOST, else http://localhost:11434). `num_ctx` is the context in
    tokens that every call asks for (None: the server's own, often 4096; a change makes it load the model again).

    Ollama shortens a prompt that does not fit, and says nothing. With `on_truncation="raise"` it is asked not to, which raises
    ContextOverflowError; a version too old for that is found out by its count of what it read: ContextTruncatedError. With "warn"
    it may cut, and a TruncatedContextWarning says so.

    `native_thinking=True` asks models that can to think first; they may then write `max_tokens` and `thinking_budget` tokens.
    `timeout` in seconds limits each try of a call, from first to last byte (None: no limit, but a server that says nothing for
    10 minutes is given up); a model that is not loaded yet is loaded first, which takes its time. `max_retries` are the tries
    after the first one, made when no connection came about or the server asks to come again.

    `http_client` is a `Client` or an `AsyncClient` of httpx of yours, or both as a tuple, with its proxies and certificates. All
    calls go through it, those of the other colour are refused, and the kit never closes it. Its own timeouts are not used.

    Raises here: MissingExtraError without the library, UsageError for a wrong argument. Warns with RetiredModelWarning of a model
    that your catalogue says has ended, or soon will.
    """

    provider: ClassVar[str] = "ollama"

    def __init__(
        self,
        model: str = "llama3.2",
        *,
        base_url: str | None = None,
        embedding_model: str = "nomic-embed-text",
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
        num_ctx: int | None = None,
        on_truncation: Literal["raise", "warn"] = "raise",
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
        provider, self._port = open_provider(
            base_url=base_url, num_ctx=num_ctx, on_truncation=on_truncation, http_client=http_client
        )
        super().__init__(provider, settings)
        check_models(provider, settings)


Chat = OllamaDeveloperKit
