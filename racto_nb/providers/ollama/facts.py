"""Ollama as data: addresses, names, and which parameters its API knows. Checked against the library 0.6.3."""

from __future__ import annotations

NAME = "ollama"
DEFAULT_BASE_URL = "http://localhost:11434"
DEFAULT_PORT = 11434
BASE_URL_VARIABLE = "OLLAMA_HOST"
KEY_VARIABLE = "OLLAMA_API_KEY"
DEFAULT_MODEL = "llama3.2"
DEFAULT_EMBEDDING = "nomic-embed-text"

CHAT = "/api/chat"
EMBED = "/api/embed"
TAGS = "/api/tags"

OPTIONS = frozenset(
    {
        "frequency_penalty", "main_gpu", "min_p", "mirostat", "mirostat_eta", "mirostat_tau", "num_batch", "num_ctx", "num_gpu",
        "num_keep", "num_predict", "num_thread", "numa", "penalize_newline", "presence_penalty", "repeat_last_n",
        "repeat_penalty", "seed", "stop", "temperature", "tfs_z", "top_k", "top_p", "typical_p", "use_mlock", "use_mmap",
    }
)  # fmt: skip
"""Parameters of the model, which go along as `options`."""
FIELDS = frozenset({"format", "keep_alive", "logprobs", "shift", "think", "top_logprobs", "truncate"})
"""Parameters of the request itself."""
OPTIONS_EXTRA = "options"
"""A dict that is merged into the options as it stands, for what a newer server knows beyond this."""
EXTRAS = OPTIONS | FIELDS | {OPTIONS_EXTRA}

EMBEDDING_EXTRAS = frozenset({"keep_alive", OPTIONS_EXTRA, "truncate"})

LEVELS = ("low", "medium", "high")
"""The levels of thinking, from the lowest."""
LEVELLED_MODELS = ("gpt-oss",)
"""Models that take a level in place of yes or no: they ignore the latter."""

USUAL_WINDOW = 4096
"""The context of a server that was not told otherwise."""
SMALLEST_WINDOW = 2048
"""The smallest context that any version gives a model for which none was asked."""
OVERFLOW_CODE = "exceed_context_size_error"
MODEL_CODE = "model_not_found"
OVERFLOW_WORDS = (OVERFLOW_CODE, "exceeds the context length", "exceeds the available context", "longer than the context length")
"""How it says that a prompt does not fit: it has no codes of its own."""
