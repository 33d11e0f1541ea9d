"""The kit of Hugging Face: open models at its inference providers, or on a server of your own (TGI, vLLM, llama.cpp).

    from racto_nb import huggingface_developer_kit as hf

    kit = hf.Chat(model="meta-llama/Llama-3.2-3B-Instruct")
    print(kit.chat(hf.ChatConfig(user_message="What is a database index?")).content)

The token is read from HF_TOKEN, then HUGGINGFACE_TOKEN, or given as `api_key=`. The router chooses a provider that
serves the model; `model="owner/name:provider"` names one.
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
from racto_nb.providers.huggingface.opening import open_provider

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
    "HuggingFaceDeveloperKit",
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
    __getattr__, __dir__ = lazy_names(__name__, SLOT_NAMES)


class HuggingFaceDeveloperKit(Served, DeveloperKit):
    """Chat with a model of Hugging Face's inference providers, or of a server that speaks Chat Completions.

    `api_key` defaults to HF_TOKEN, then HUGGINGFACE_TOKEN; a token of the environment is sent to Hugging Face and to this machine
    only. `base_url` is the address of a server of your own (TGI, vLLM, llama.cpp, an Inference Endpoint), None the router; such a
    server may need no token. `grammar` is how the schema of an answer goes along: "json_schema" as OpenAI has it, "tgi" as TGI
    takes it, "auto" by the address ("tgi" for Inference Endpoints, else "json_schema").

    `native_thinking=True` asks for reasoning with an effort that fits the budget; the answer may then have `max_tokens` and
    `thinking_budget` tokens. `timeout` in seconds limits each try of a call, from its first to its last byte (None: no limit, but
    a server that says nothing for 10 minutes is given up). `max_retries` are the tries after the first one, made when no
    connection came about or the server asks to come again; a model that is being loaded is waited for as long as the server
    says, up to a minute.

    `http_client` is a `Client` or an `AsyncClient` of httpx2 of yours, or both as a tuple, with its proxies and certificates. All
    calls go through it, those of the other colour are refused, and the kit never closes it. Its own timeouts are not used.

    Raises here: RactoGatewayAuthError without a token for the router, MissingExtraError without the library, UsageError for a
    wrong argument. Warns with RetiredModelWarning of a model that your catalogue says has ended, or soon will.
    """

    provider: ClassVar[str] = "huggingface"

    def __init__(
        self,
        model: str = "meta-llama/Llama-3.2-3B-Instruct",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        embedding_model: str = "sentence-transformers/all-MiniLM-L6-v2",
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
        grammar: Literal["auto", "json_schema", "tgi"] = "auto",
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
        provider, self._port = open_provider(api_key=api_key, base_url=base_url, grammar=grammar, http_client=http_client)
        super().__init__(provider, settings)
        check_models(provider, settings)


Chat = HuggingFaceDeveloperKit
