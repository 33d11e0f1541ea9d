"""The kit of the embedded models: small language models inside this Python process. No key, no server, offline once cached.

    from racto_nb import embedded_developer_kit as embedded

    kit = embedded.Chat()
    print(kit.chat(embedded.ChatConfig(user_message="What is a database index?")).content)

A demo model, not an oracle. With half a billion parameters `qwen2.5-coder-0.5b` (the default) writes simple SQL, answers from a
passage it is given, and always returns JSON of the asked shape; it knows few facts, cannot reason over several steps, and
copies values better than it derives them (a field such as "is over 50" was wrong in 14 of 20 probes). `smollm2-135m` only shows
that the machinery runs. Check what it says before you use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from racto_nb._lazy import lazy_names
from racto_nb.budgets.budget import Budget
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Step, Steps
from racto_nb.kits.resolving import KitSettings
from racto_nb.kits.slot_names import SLOT_NAMES
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
from racto_nb.providers.directory import ModelListing
from racto_nb.providers.embedded.listing import size_in_words
from racto_nb.providers.embedded.opening import EmbeddedResources, open_resources
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import Reporter

if TYPE_CHECKING:
    from racto_nb.cache.memory import ExactMatchCache
    from racto_nb.cache.semantic import SemanticCache
    from racto_nb.routing import CostAwareRouter, RoutingTier
    from racto_nb.truncation import TokenTruncator, TruncationConfig

__all__ = [
    "Chat",
    "ChatConfig",
    "CostAwareRouter",
    "EmbeddedDeveloperKit",
    "EmbeddingConfig",
    "EmbeddingResponse",
    "EmbeddingVector",
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
    "list_models",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, SLOT_NAMES)


class EmbeddedDeveloperKit(DeveloperKit):
    """Chat with a model in this process.

    `model` is a name from `racto-nb models` (default `qwen2.5-coder-0.5b`; when that cannot be had, `smollm2-135m` takes its
    place and the output says so). `context` is the window in tokens for prompt and answer together (None: the model's default,
    4096 for the built-in ones; one larger than the model's own is cut to it); `threads` are the processor threads (None: all
    cores). `memory_limit` in bytes refuses a model that needs more; what the machine has free is always checked. `timeout` in
    seconds limits a call, not a download; `download=False` forbids fetching weights. `reporter` receives progress and notices
    (default: standard error). Nothing is loaded before the first call. Kits on the same model share one copy in memory; a
    forked process loads its own.

    `ChatConfig.extra` takes `seed`, `stop`, `top_k`, `top_p`, `min_p`, the three penalties, and `labels`: a list of texts of
    which the answer is exactly one. Raises ModelNotFoundError or WrongTypeError here for a wrong argument; ModelDownloadError,
    CorruptModelFileError, MissingExtraError and EngineError on the first call.
    """

    provider: ClassVar[str] = "embedded"

    def __init__(
        self,
        model: str = "qwen2.5-coder-0.5b",
        *,
        embedding_model: str = "all-minilm-l6-v2",
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        exact_cache: Step | None = None,
        semantic_cache: Step | None = None,
        router: Step | None = None,
        truncator: Step | None = None,
        budget: Budget | None = None,
        context: int | None = None,
        threads: int | None = None,
        memory_limit: int | None = None,
        timeout: float | None = None,
        download: bool = True,
        reporter: Reporter | None = None,
    ) -> None:
        resources = open_resources(
            context=context, threads=threads, memory_limit=memory_limit, download=download, reporter=reporter
        )
        resources.provider.specs.embedding_spec(embedding_model)
        self._resources: EmbeddedResources = resources
        settings = KitSettings(
            model=model,
            embedding_model=embedding_model,
            default_prompt=default_prompt,
            require_prompt=require_prompt,
            timeout=timeout,
            budget=budget,
            steps=Steps(exact_cache=exact_cache, semantic_cache=semantic_cache, router=router, truncator=truncator),
        )
        for name in settings.models:
            resources.provider.specs.chat_spec(name)
        super().__init__(resources.provider, settings)

    def close(self) -> None:
        """Let go of the model. The last kit that lets go of it frees its memory; using the kit again loads it again."""
        self._resources.close()

    async def aclose(self) -> None:
        """Let go of the model. The last kit that lets go of it frees its memory; using the kit again loads it again."""
        self._resources.close()


Chat = EmbeddedDeveloperKit


def list_models() -> list[ModelListing]:
    """The models of the registry, those whose files are on this machine marked as ready."""
    return [
        ModelListing(row.name, row.kind, f"{size_in_words(row.size)}, {row.licence}. {row.note}", row.installed, row.window)
        for row in Registry.standard().rows()
    ]
