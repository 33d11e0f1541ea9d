"""OpenAI as data: addresses, names, and which of its two APIs knows which parameter. Checked against SDK 3.52."""

from __future__ import annotations

from racto_nb.providers.wire import FileLimits

NAME = "openai"
KEY_VARIABLE = "OPENAI_API_KEY"
BASE_URL_VARIABLE = "OPENAI_BASE_URL"
DEFAULT_BASE_URL = "https://api.openai.com/v1"
OFFICIAL_HOST = "api.openai.com"
"""OpenAI's own, as are its regions, which stand before it: eu.api.openai.com."""
DEFAULT_MODEL = "gpt-6-luna"
DEFAULT_EMBEDDING = "text-embedding-3-small"

RESPONSES = "/responses"
COUNT = "/responses/input_tokens"
COUNTED = (
    "model", "input", "instructions", "tools", "tool_choice", "text", "reasoning", "truncation", "previous_response_id",
    "parallel_tool_calls",
)  # fmt: skip
"""The parts of a Responses request that counting its tokens takes."""
CHAT = "/chat/completions"
EMBEDDINGS = "/embeddings"
MODELS = "/models"

BOTH_EXTRAS = frozenset(
    {
        "metadata", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort", "response_format",
        "safety_identifier", "service_tier", "store", "tool_choice", "top_logprobs", "top_p", "user", "verbosity",
    }
)  # fmt: skip
CHAT_EXTRAS = frozenset({"frequency_penalty", "logit_bias", "logprobs", "prediction", "presence_penalty", "seed", "stop"})
"""Parameters that only Chat Completions has."""
RESPONSES_EXTRAS = frozenset({"include", "max_tool_calls", "previous_response_id", "reasoning", "truncation"})
"""Parameters that only Responses has."""
BODY_EXTRA = "extra_body"
"""A dict that is merged into the request as it stands, for what a compatible server knows beyond OpenAI."""
EXTRAS = BOTH_EXTRAS | CHAT_EXTRAS | RESPONSES_EXTRAS | {BODY_EXTRA}

FILE_LIMITS = FileLimits(image=20_000_000, document=50_000_000, together=50_000_000)
"""As OpenAI documents them for files inside a request."""
EMBED_BATCH = 2048
"""Most texts one request for embeddings may hold."""

EFFORTS = ("low", "medium", "high")
"""The reasoning efforts for thinking budgets, from the lowest."""

OVERFLOW_CODES = frozenset({"context_length_exceeded"})
OVERFLOW_WORDS = ("maximum context length", "context window", "context length")
"""What compatible servers say without a code of theirs."""
EXHAUSTED_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
REFUSAL_CODES = frozenset({"content_filter", "content_policy_violation", "moderation_blocked", "ResponsibleAIPolicyViolation"})
"""A prompt that a filter did not let through. Azure's are among them."""
MODEL_CODES = frozenset({"model_not_found", "not_found_error", "NotFoundError"})
