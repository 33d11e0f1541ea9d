"""Google's Gemini API as data: addresses, names, limits, and what a model's name says. Checked against google-genai 3.4."""

from __future__ import annotations

import re

from racto_nb.providers.wire import FileLimits

NAME = "google"
KEY_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
"""Where a key is looked for, in this order. Google's own library has it the other way round."""
KEY_HEADER = "x-goog-api-key"
BASE_URL_VARIABLE = "GOOGLE_GEMINI_BASE_URL"
DEFAULT_BASE_URL = "https://generativelanguage.googleapis.com"
OFFICIAL_HOST = "generativelanguage.googleapis.com"
DEFAULT_MODEL = "gemini-3.8-flash"
DEFAULT_EMBEDDING = "gemini-embedding-2"

VERSION_VARIABLE = "GOOGLE_GENAI_API_VERSION"
VERSION = "v1"
BETA = "v1beta"
MOVING = "-latest"
"""Names that end so stand for changing models, and only the beta API knows them."""

GENERATE = "generateContent"
COUNT = "countTokens"
COUNTED = ("contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "cachedContent")
"""The parts of a request that counting its tokens takes."""
STREAM = "streamGenerateContent?alt=sse"
EMBED = "batchEmbedContents"

PLACED = {
    "frequency_penalty": "frequencyPenalty",
    "logprobs": "logprobs",
    "media_resolution": "mediaResolution",
    "presence_penalty": "presencePenalty",
    "response_logprobs": "responseLogprobs",
    "seed": "seed",
    "stop": "stopSequences",
    "stop_sequences": "stopSequences",
    "top_k": "topK",
    "top_p": "topP",
}
"""Extras that stand in the generationConfig, and their names there."""
BESIDE = {
    "cached_content": "cachedContent",
    "safety_settings": "safetySettings",
    "service_tier": "serviceTier",
    "store": "store",
    "tool_config": "toolConfig",
}
"""Extras that stand in the request itself."""
BODY_EXTRA = "extra_body"
"""A dict that is merged into the request as it stands."""
EXTRAS = frozenset({*PLACED, *BESIDE, BODY_EXTRA, "thinking_config", "thinking_level", "tool_choice"})

EMBEDDING = {"task_type": "taskType", "title": "title"}
"""What `EmbeddingConfig.extra` may name, and the names in a request for one text."""
EMBED_BATCH = 100
"""Most texts one request for embeddings may hold."""
UNNORMALISED = frozenset({"gemini-embedding-001"})
"""Embedding models whose shortened vectors do not have length 1."""
FILE_LIMITS = FileLimits(document=67_000_000)
"""A PDF of 50 MB, which base64 makes a third longer."""

LEVELS = ("LOW", "MEDIUM", "HIGH")
"""The thinking levels for thinking budgets, from the lowest."""
_GENERATION = re.compile(r"(?:models/)?gemini-(\d+)(?:\.|-|$)")
_FIRST_WITH_LEVELS = 3

OVERFLOW = "context_length_exceeded"
"""Our word for a prompt that is too long: Google has only a sentence for it."""
OVERFLOW_SENTENCE = re.compile(r"input token count.{0,60}exceeds the maximum", re.IGNORECASE | re.DOTALL)
KEY_CODES = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED"})
MODEL_CODES = frozenset({"NOT_FOUND"})


def is_early(model: str) -> bool:
    """Whether a model is of a generation before Gemini 3.

    Such models count thinking in tokens, where later ones have levels, and give no JSON together with tools. A name that tells
    no generation is taken for a later one.

    >>> is_early("gemini-2.5-flash"), is_early("gemini-3.8-flash"), is_early("gemini-flash-latest")
    (True, False, False)
    """
    told = _GENERATION.match(model)
    return told is not None and int(told[1]) < _FIRST_WITH_LEVELS
