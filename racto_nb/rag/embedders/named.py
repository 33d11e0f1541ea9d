"""The embedders that have a provider's name: each is the kit of that provider, made at the first call."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from racto_nb.kits.embedding_facts import EmbeddingFacts
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.warning import warn_of_the_end
from racto_nb.rag.embedders.over_kits import OverKit, Wishes

_MINILM = 384
_KNOWN_ELSEWHERE = {"nomic-embed-text": 768, "sentence-transformers/all-MiniLM-L6-v2": _MINILM}


class OpenAIEmbedder(OverKit):
    """Embeds by a model of OpenAI, or of a server that speaks its API at `base_url`.

    `api_key` defaults to OPENAI_API_KEY; it is looked for at the first call. `dimensions` asks for shorter vectors. Texts go out
    in requests of `batch_size`, `concurrency` of them at once. `kit` is the kit behind it, with its retries.

    Warns here with RetiredModelWarning of a model that has ended, or soon will. Calls raise RactoGatewayAuthError without a key,
    and what `Chat.embed` raises, with a note that says how many texts had been embedded before.

    >>> OpenAIEmbedder().dimension
    1536
    """

    def __init__(
        self,
        model: str = "text-embedding-3-small",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        dimensions: int | None = None,
        batch_size: int = 256,
        concurrency: int = 4,
    ) -> None:
        warn_of_the_end("openai", model)
        super().__init__(
            partial(_openai, model, api_key, base_url),
            Wishes(model, dimensions),
            name=_named("openai", model, base_url),
            dimension=EmbeddingFacts("openai", model).dimension,
            batch_size=batch_size,
            concurrency=concurrency,
        )


class GoogleEmbedder(OverKit):
    """Embeds by a Gemini model of Google.

    `api_key` defaults to GEMINI_API_KEY, then GOOGLE_API_KEY; it is looked for at the first call. Texts are embedded for the task
    RETRIEVAL_DOCUMENT and questions for RETRIEVAL_QUERY, unless `task_type` names one for both.

    >>> GoogleEmbedder().dimension
    3072
    """

    def __init__(
        self,
        model: str = "gemini-embedding-2",
        *,
        api_key: str | None = None,
        task_type: str | None = None,
        batch_size: int = 100,
        dimensions: int | None = None,
        concurrency: int = 4,
    ) -> None:
        warn_of_the_end("google", model)
        of_texts, of_queries = task_type or "RETRIEVAL_DOCUMENT", task_type or "RETRIEVAL_QUERY"
        super().__init__(
            partial(_google, model, api_key),
            Wishes(model, dimensions, {"task_type": of_texts}, {"task_type": of_queries}),
            name=_named("google", model, None),
            dimension=EmbeddingFacts("google", model).dimension,
            batch_size=batch_size,
            concurrency=concurrency,
        )


class OllamaEmbedder(OverKit):
    """Embeds by a model on an Ollama server, at `base_url` (None: OLLAMA_HOST, else this machine).

    >>> OllamaEmbedder().dimension
    768
    """

    def __init__(
        self,
        model: str = "nomic-embed-text",
        *,
        base_url: str | None = None,
        dimensions: int | None = None,
        batch_size: int = 64,
        concurrency: int = 2,
    ) -> None:
        super().__init__(
            partial(_ollama, model, base_url),
            Wishes(model, dimensions),
            name=_named("ollama", model, base_url),
            dimension=_KNOWN_ELSEWHERE.get(model.removesuffix(":latest"), -1),
            batch_size=batch_size,
            concurrency=concurrency,
        )


class HuggingFaceEmbedder(OverKit):
    """Embeds by an open model, at Hugging Face or on a server of your own at `base_url`.

    `api_key` defaults to HF_TOKEN, then HUGGINGFACE_TOKEN; it is looked for at the first call.

    >>> HuggingFaceEmbedder().dimension
    384
    """

    def __init__(
        self,
        model: str = "sentence-transformers/all-MiniLM-L6-v2",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        batch_size: int = 32,
        concurrency: int = 4,
    ) -> None:
        super().__init__(
            partial(_huggingface, model, api_key, base_url),
            Wishes(model),
            name=_named("huggingface", model, base_url),
            dimension=_KNOWN_ELSEWHERE.get(model, -1),
            batch_size=batch_size,
            concurrency=concurrency,
        )


class EmbeddedEmbedder(OverKit):
    """Embeds by a model in this process: no key, no server, offline once its 23 MB are there.

    It reads the first 256 tokens of a text, about 1000 letters. `download=False` forbids fetching the weights.

    >>> EmbeddedEmbedder().dimension
    384
    """

    def __init__(self, model: str = "all-minilm-l6-v2", *, batch_size: int = 64, download: bool = True) -> None:
        super().__init__(
            partial(_embedded, model, download),
            Wishes(model),
            name=_named("embedded", model, None),
            dimension=_MINILM if model == "all-minilm-l6-v2" else -1,
            batch_size=batch_size,
            concurrency=1,
        )


def _named(provider: str, model: str, base_url: str | None) -> str:
    """The name of a model; the address without what may be a secret in it."""
    if base_url is None:
        return EmbeddingFacts(provider, model).name
    parts = urlsplit(base_url if "//" in base_url else f"//{base_url}")
    return EmbeddingFacts(provider, model, f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}").name


def _openai(model: str, api_key: str | None, base_url: str | None) -> DeveloperKit:
    from racto_nb.openai_developer_kit import Chat

    return Chat(api_key=api_key, base_url=base_url, embedding_model=model)


def _google(model: str, api_key: str | None) -> DeveloperKit:
    from racto_nb.google_developer_kit import Chat

    return Chat(api_key=api_key, embedding_model=model)


def _ollama(model: str, base_url: str | None) -> DeveloperKit:
    from racto_nb.ollama_developer_kit import Chat

    return Chat(base_url=base_url, embedding_model=model)


def _huggingface(model: str, api_key: str | None, base_url: str | None) -> DeveloperKit:
    from racto_nb.huggingface_developer_kit import Chat

    return Chat(api_key=api_key, base_url=base_url, embedding_model=model)


def _embedded(model: str, download: bool) -> DeveloperKit:  # noqa: FBT001  (of this file alone)
    from racto_nb.embedded_developer_kit import Chat

    return Chat(embedding_model=model, download=download)
