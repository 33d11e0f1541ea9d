"""Anthropic as data: addresses, names, parameters, and what families of models differ in. Checked against SDK 2.11.

A family is the beginning of a name, so that dated snapshots belong to it. Models of no family are newer than this, or unknown.
"""

from __future__ import annotations

from racto_nb.providers.wire import FileLimits

NAME = "anthropic"
KEY_VARIABLE = "ANTHROPIC_API_KEY"
BASE_URL_VARIABLE = "ANTHROPIC_BASE_URL"
DEFAULT_BASE_URL = "https://api.anthropic.com"
OFFICIAL_HOSTS = frozenset({"api.anthropic.com"})
FILE_LIMITS = FileLimits(image=5 * 1024 * 1024, document=32_000_000, together=32_000_000)
"""Anthropic counts an image as base64, and 32 MB are all that a request may have."""
DEFAULT_MODEL = "claude-opus-5-5"

MESSAGES = "/v1/messages"
COUNT = "/v1/messages/count_tokens"
COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control", "speed")
"""The parts of a request that counting its tokens takes."""

BODY_EXTRA = "extra_body"
"""A dict that is merged into the request as it stands."""
SAMPLING_EXTRAS = frozenset({"top_k", "top_p"})
"""Parameters that the API took until its version of October 2026, and that other servers may still take."""
EXTRAS = frozenset(
    {
        "cache_control", "container", "effort", "inference_geo", "metadata", "output_config", "service_tier", "speed", "stop",
        "stop_sequences", "thinking", "tool_choice", BODY_EXTRA,
    }
) | SAMPLING_EXTRAS  # fmt: skip

UNREADABLE = ("image/", "audio/", "video/")
"""Files of these kinds are refused, but for the images that models read; other files are sent as text."""
STRICT_TOOLS = 20
"""At most so many tools of one request may be strict."""

EFFORTS = ("low", "medium", "high")
"""The efforts for thinking budgets, from the lowest."""
LEAST_BUDGET = 1024
"""The smallest thinking budget that models with budgets take, in tokens."""

_FIVE = ("claude-opus-5", "claude-sonnet-5", "claude-haiku-5", "claude-fable-5", "claude-mythos-5")
_BUDGETED = (
    "claude-3-7-sonnet", "claude-haiku-4-5", "claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-2025", "claude-opus-4-5",
    "claude-sonnet-4-0", "claude-sonnet-4-2025", "claude-sonnet-4-5",
)  # fmt: skip
_CHOOSE_THEMSELVES = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-1")
_LATER_SYSTEM = (*_FIVE, "claude-opus-4-8")


def thinks_by_budget(model: str) -> bool:
    """Whether `model` thinks as many tokens as it is told. Later ones decide for themselves, within an effort.

    >>> thinks_by_budget("claude-sonnet-4-5-20250929"), thinks_by_budget("claude-opus-5-5")
    (True, False)
    """
    return model.startswith(_BUDGETED)


def thinks_unasked(model: str) -> bool:
    """Whether `model` thinks also when a request says nothing of it."""
    return model.startswith(_FIVE)


def refuses_forced_tools(model: str) -> bool:
    """Whether `model` refuses to be made to call a tool."""
    return model.startswith(_CHOOSE_THEMSELVES)


def takes_later_system(model: str) -> bool:
    """Whether `model` takes system turns after the conversation has begun."""
    return model.startswith(_LATER_SYSTEM)


OVERFLOW = "prompt_too_long"
NO_MODEL = "model_not_found"
NO_CREDIT = "credit_balance_too_low"
"""Our words for what Anthropic says in sentences only."""
SENTENCES = (
    ("invalid_request_error", "prompt is too long", OVERFLOW),
    ("invalid_request_error", "exceed context limit", OVERFLOW),
    ("invalid_request_error", "credit balance is too low", NO_CREDIT),
    ("not_found_error", "model", NO_MODEL),
)
"""The kind of an error, a part of its sentence, and our word for it."""
OVERFLOW_CODES = frozenset({OVERFLOW})
MODEL_CODES = frozenset({NO_MODEL})
EXHAUSTED_CODES = frozenset(
    {
        NO_CREDIT, "billing_error", "contract_spend_limit_reached", "enforced_spend_limit_reached",
        "linked_organization_billing_unavailable", "linked_organization_spend_limit_reached", "organization_on_hold",
    }
)  # fmt: skip
INSTEAD_OF_EMBEDDINGS = (
    "These kits have embed(): openai_developer_kit, google_developer_kit, ollama_developer_kit, huggingface_developer_kit, and "
    "embedded_developer_kit, which needs no key. Nothing was sent."
)
