"""Our words to OpenAI's and back, for both of its APIs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.chat_completions.embedding import embedding_body, embeddings
from racto_nb.providers.chat_completions.events import chat_reply
from racto_nb.providers.counting import count_in, told_count
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.openai.chat_request import chat_body
from racto_nb.providers.openai.choosing import chosen_api
from racto_nb.providers.openai.events import advanced, responses_reply
from racto_nb.providers.openai.facts import CHAT, CHAT_EXTRAS, COUNT, COUNTED, EMBEDDINGS, RESPONSES
from racto_nb.providers.openai.responses_request import responses_body
from racto_nb.providers.serving import Account, advice_of, error_of
from racto_nb.providers.wire import Draft, ModelSpec, Request


@dataclass(frozen=True, slots=True)
class OpenAIWire:
    """Translation for OpenAI and for servers that speak its API.

    `api` is "auto", "responses" or "chat"; `compatible` says that the server is not OpenAI's own.
    """

    account: Account
    api: str = "auto"
    compatible: bool = False

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:
        """The request for a resolved `config`, for the API that it needs."""
        if chosen_api(config, spec, asked=self.api, compatible=self.compatible) == "chat":
            body = chat_body(config, spec, compatible=self.compatible, stream=stream)
            room = count_in(body.get("max_tokens" if self.compatible else "max_completion_tokens"))
            return Request(spec.name, body, operation=CHAT, room=room)
        body = responses_body(config, spec, compatible=self.compatible, stream=stream)
        return Request(spec.name, body, operation=RESPONSES, room=count_in(body.get("max_output_tokens")))

    def count_request_from(self, config: ChatConfig, spec: ModelSpec) -> Request | None:
        """The request that counts the tokens of `config`, as Responses reads it; None for another server than OpenAI's."""
        if self.compatible:
            return None
        plain = config.model_copy(update={"extra": {key: value for key, value in config.extra.items() if key not in CHAT_EXTRAS}})
        body = responses_body(plain, spec, compatible=False, stream=False)
        return Request(spec.name, {key: body[key] for key in COUNTED if key in body}, operation=COUNT)

    def count_from(self, raw: Mapping[str, Any]) -> int:
        """The tokens in a reply. Raises Unreadable where there are none."""
        return told_count(raw, "input_tokens")

    def begin(self) -> Draft:
        """An empty draft."""
        return Draft()

    def advance(self, draft: Draft, event: bytes) -> Draft:
        """The draft after the JSON of one more event, of either API."""
        return advanced(draft, event)

    def draft_from(self, raw: Mapping[str, Any]) -> Draft:
        """The draft in a whole reply. Raises Unreadable for an object that is a reply of neither API."""
        if "choices" in raw:
            return chat_reply(self.begin(), raw)
        if "output" in raw or raw.get("object") == "response":
            return responses_reply(self.begin(), raw)
        if "error" in raw:
            return chat_reply(self.begin(), raw)
        message = f"a JSON object with {', '.join(map(repr, sorted(raw)[:5])) or 'nothing'} in it"
        raise Unreadable(message)

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for a failure."""
        return error_of(error, spec, self.account)

    def advice(self, error: Exception) -> float | None:
        """Seconds to wait before trying again, None where it will not help."""
        return advice_of(error, self.account)

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        """The request that embeds the texts."""
        return Request(spec.name, embedding_body(config, spec), operation=EMBEDDINGS)

    def embeddings_from(self, raw: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        """The vectors in a reply, in the order of the texts."""
        return embeddings(raw, config, spec)
