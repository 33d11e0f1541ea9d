"""Our words to Gemini's and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.counting import count_in, told_count
from racto_nb.providers.google.embedding import embedding_body, embeddings
from racto_nb.providers.google.events import advanced, reply
from racto_nb.providers.google.facts import BETA, COUNT, COUNTED, EMBED, GENERATE, MOVING, STREAM, VERSION
from racto_nb.providers.google.request import chat_body
from racto_nb.providers.serving import Account, advice_of, error_of
from racto_nb.providers.shapes import as_object
from racto_nb.providers.wire import Draft, ModelSpec, Request


@dataclass(frozen=True, slots=True)
class GoogleWire:
    """Translation for the Gemini API. `version` is the API's; empty, it is the one that knows the model."""

    account: Account
    version: str = ""

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:
        """The request for a resolved `config`."""
        body = chat_body(config, spec)
        room = count_in(as_object(body.get("generationConfig")).get("maxOutputTokens"))
        return Request(spec.name, body, operation=self._operation(spec, STREAM if stream else GENERATE), room=room)

    def count_request_from(self, config: ChatConfig, spec: ModelSpec) -> Request:
        """The request that counts the tokens of `config`: all of it, since a system text and tools count too."""
        body = chat_body(config, spec)
        asked = {key: body[key] for key in COUNTED if key in body}
        whole = {"generateContentRequest": {"model": path_of(spec.name), **asked}}
        return Request(spec.name, whole, operation=self._operation(spec, COUNT))

    def count_from(self, raw: Mapping[str, Any]) -> int:
        """The tokens in a reply. Raises Unreadable where there are none."""
        return told_count(raw, "totalTokens")

    def begin(self) -> Draft:
        """An empty draft."""
        return Draft()

    def advance(self, draft: Draft, event: bytes) -> Draft:
        """The draft after the JSON of one more event."""
        return advanced(draft, event)

    def draft_from(self, raw: Mapping[str, Any]) -> Draft:
        """The draft in a whole reply. Raises Unreadable for an object that is none."""
        return reply(self.begin(), raw)

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for a failure."""
        return error_of(error, spec, self.account)

    def advice(self, error: Exception) -> float | None:
        """Seconds to wait before trying again, None where it will not help."""
        return advice_of(error, self.account)

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        """The request that embeds the texts."""
        return Request(spec.name, embedding_body(config, path_of(spec.name)), operation=self._operation(spec, EMBED))

    def embeddings_from(self, raw: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        """The vectors in a reply, in the order of the texts."""
        return embeddings(raw, config, spec)

    def version_for(self, model: str) -> str:
        """The version of the API that knows a model."""
        return self.version or (BETA if model.endswith(MOVING) else VERSION)

    def _operation(self, spec: ModelSpec, method: str) -> str:
        version = self.version_for(spec.name)
        return f"{version}/{quote(path_of(spec.name), safe='/')}:{method}"


def path_of(model: str) -> str:
    """Where a model is found: "models/" stands before names that say nothing else.

    >>> path_of("gemini-3.8-flash"), path_of("tunedModels/ours")
    ('models/gemini-3.8-flash', 'tunedModels/ours')
    """
    return model if model.startswith(("models/", "tunedModels/")) else f"models/{model}"
