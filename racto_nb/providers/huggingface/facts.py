"""Hugging Face as data: addresses, names, and which parameters are known. Checked against huggingface_hub 2.4."""

from __future__ import annotations

NAME = "huggingface"
KEY_VARIABLES = ("HF_TOKEN", "HUGGINGFACE_TOKEN")
DEFAULT_BASE_URL = "https://router.huggingface.co/v1"
ROUTER_HOST = "router.huggingface.co"
OWN_DOMAINS = ("huggingface.co", "huggingface.cloud", "hf.space")
"""Where a token of the environment may go; to any other host only one that was given."""
GRAMMAR_HOSTS = ("endpoints.huggingface.cloud", "api-inference.huggingface.co")
"""Hosts of servers that take the schema of an answer as TGI's grammar."""
DEFAULT_MODEL = "meta-llama/Llama-3.2-3B-Instruct"
DEFAULT_EMBEDDING = "sentence-transformers/all-MiniLM-L6-v2"
OWN_PROVIDER = "hf-inference"
"""The inference provider that Hugging Face runs itself, the only one whose embeddings have a common form."""

CHAT = "/chat/completions"
EMBEDDINGS = "/embeddings"
PIPELINE = "/hf-inference/models/{model}/pipeline/feature-extraction"

BODY_EXTRA = "extra_body"
"""A dict that is merged into the request as it stands, for what a server knows beyond this."""
EXTRAS = frozenset(
    {
        "frequency_penalty", "logit_bias", "logprobs", "parallel_tool_calls", "presence_penalty", "reasoning_effort",
        "response_format", "seed", "stop", "tool_choice", "tool_prompt", "top_logprobs", "top_p", BODY_EXTRA,
    }
)  # fmt: skip
PIPELINE_EXTRAS = frozenset({"normalize", "prompt_name", "truncate", "truncation_direction"})
"""What the feature-extraction endpoint takes beside the texts."""
EFFORTS = ("low", "medium", "high")
"""The reasoning efforts for thinking budgets, from the lowest."""

OVERFLOW_CODE = "context_length_exceeded"
OVERFLOW_WORDS = (
    "maximum context length",
    "exceed_context_size_error",
    "exceeds the available context",
    "`inputs` must have less than",
)
"""How the servers say that a prompt does not fit: few have a code for it."""
MODEL_CODES = frozenset({"model_not_found", "model_not_supported"})
EXHAUSTED_STATUS = 402
EXHAUSTED_CODE = "payment_required"
EMBED_BATCH = 128
