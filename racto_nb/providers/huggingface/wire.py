"""Our words to Hugging Face's router and back, and to servers of one's own that speak Chat Completions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from racto_nb.exceptions import ModelNotFoundError
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.chat_completions.embedding import embedding_body, embeddings
from racto_nb.providers.chat_completions.events import chat_advanced, chat_reply
from racto_nb.providers.counting import count_in
from racto_nb.providers.failures import Refused, Unreadable
from racto_nb.providers.huggingface.embedding import pipeline_embeddings
from racto_nb.providers.huggingface.facts import CHAT, EMBEDDINGS, MODEL_CODES
from racto_nb.providers.huggingface.request import chat_body, pipeline_address, pipeline_body
from racto_nb.providers.serving import Account, advice_of, error_of
from racto_nb.providers.wire import Draft, ModelSpec, Request


@dataclass(frozen=True, slots=True)
class HuggingFaceWire:
    """Translation for the router and for servers of one's own.

    `router` is the router's address without `/v1`, empty for a server of one's own. With `grammar` the schema of an answer goes
    along as TGI takes it.
    """

    account: Account
    router: str = ""
    grammar: bool = False

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:
        """The request for a resolved `config`."""
        body = chat_body(config, spec, grammar=self.grammar, stream=stream)
        return Request(spec.name, body, operation=CHAT, room=count_in(body.get("max_tokens")))

    def begin(self) -> Draft:
        """An empty draft."""
        return Draft()

    def advance(self, draft: Draft, event: bytes) -> Draft:
        """The draft after the JSON of one more event."""
        return chat_advanced(draft, event)

    def draft_from(self, raw: object) -> Draft:
        """The draft in a whole reply. Raises Unreadable for what is none."""
        reply = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        if not {"choices", "error"} & reply.keys():
            held = ", ".join(map(repr, sorted(reply)[:5])) or "nothing"
            message = f"a JSON object with {held} in it" if isinstance(raw, dict) else "no JSON object"
            raise Unreadable(message)
        return chat_reply(self.begin(), reply)

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for a failure."""
        match error:
            case Refused(code=code, status=int()) if code in MODEL_CODES:
                ours = _no_model(error, spec, self.account)
                error.forget()
                return ours
            case _:
                return error_of(error, spec, self.account)

    def advice(self, error: Exception) -> float | None:
        """Seconds to wait before trying again, None where it will not help."""
        return advice_of(error, self.account)

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        """The request that embeds the texts: at the router by feature extraction, at other servers by their own endpoint."""
        if self.router:
            return Request(spec.name, pipeline_body(config), operation=pipeline_address(self.router, spec))
        # Decimal numbers: not every server knows base64, and some refuse what they do not know.
        plain = config.model_copy(update={"extra": {"encoding_format": "float"} | config.extra})
        return Request(spec.name, embedding_body(plain, spec), operation=EMBEDDINGS)

    def embeddings_from(self, raw: object, config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        """The vectors in a reply, in the order of the texts."""
        if isinstance(raw, dict):
            return embeddings(cast("dict[str, Any]", raw), config, spec)
        return pipeline_embeddings(raw, config, spec)


def _no_model(failure: Refused, spec: ModelSpec, account: Account) -> ModelNotFoundError:
    """Names are not listed here: there are two million of them."""
    close = list(account.nearest(spec.name))
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    said = account.redacted(failure.text)[:300]
    message = (
        f"{failure.host} has no model {spec.name!r}, or no provider of yours serves it: {said} Names are written 'owner/model', "
        f"or 'owner/model:provider'; those that are served: https://huggingface.co/models?inference_provider=all.{hint}"
    )
    return ModelNotFoundError(message, name=spec.name, suggestions=close)
