"""Our words to Anthropic's and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.anthropic.events import advanced, reply
from racto_nb.providers.anthropic.facts import COUNT, COUNTED, INSTEAD_OF_EMBEDDINGS, MESSAGES, NAME
from racto_nb.providers.anthropic.request import messages_body
from racto_nb.providers.counting import count_in, told_count
from racto_nb.providers.serving import Account, advice_of, error_of
from racto_nb.providers.wire import Draft, ModelSpec, Request


@dataclass(frozen=True, slots=True)
class AnthropicWire:
    """Translation for the Messages API."""

    account: Account

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:
        """The request for a resolved `config`."""
        body = messages_body(config, spec, stream=stream)
        return Request(spec.name, body, operation=MESSAGES, room=count_in(body.get("max_tokens")))

    def count_request_from(self, config: ChatConfig, spec: ModelSpec) -> Request:
        """The request that counts the tokens of `config`."""
        body = messages_body(config, spec, stream=False)
        return Request(spec.name, {key: body[key] for key in COUNTED if key in body}, operation=COUNT)

    def count_from(self, raw: Mapping[str, Any]) -> int:
        """The tokens in a reply. Raises Unreadable where there are none."""
        return told_count(raw, "input_tokens")

    def begin(self) -> Draft:
        """An empty draft."""
        return Draft()

    def advance(self, draft: Draft, event: bytes) -> Draft:
        """The draft after the JSON of one more event."""
        return advanced(draft, event)

    def draft_from(self, raw: Mapping[str, Any]) -> Draft:
        """The draft in a whole reply. Raises Unreadable for an object that is no message."""
        return reply(self.begin(), raw)

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for a failure."""
        return error_of(error, spec, self.account)

    def advice(self, error: Exception) -> float | None:
        """Seconds to wait before trying again, None where it will not help."""
        return advice_of(error, self.account)

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:  # noqa: ARG002  (the port gives them)
        """Raises UnsupportedError: Anthropic has no embeddings."""
        raise no_embeddings()

    def embeddings_from(
        self,
        raw: Mapping[str, Any],  # noqa: ARG002  (the port gives it, as the others)
        config: EmbeddingConfig,  # noqa: ARG002  (the same)
        spec: ModelSpec,  # noqa: ARG002  (the same)
    ) -> EmbeddingResponse:
        """Raises UnsupportedError: Anthropic has no embeddings."""
        raise no_embeddings()


def no_embeddings() -> UnsupportedError:
    """The error for a wish for embeddings, which names the kits that have them."""
    return UnsupportedError(f"{NAME} offers no embeddings. {INSTEAD_OF_EMBEDDINGS}", provider=NAME, wish="embed")
