"""Our words to Ollama's and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from racto_nb.exceptions import ModelNotFoundError, RactoGatewayConnectionError, nearest
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.providers.counting import count_in
from racto_nb.providers.failures import Refused, Unreachable
from racto_nb.providers.ollama.embedding import embeddings
from racto_nb.providers.ollama.events import advanced, reply
from racto_nb.providers.ollama.facts import BASE_URL_VARIABLE, CHAT, EMBED
from racto_nb.providers.ollama.request import chat_body, embed_body
from racto_nb.providers.serving import Account, advice_of, error_of
from racto_nb.providers.wire import Draft, ModelSpec, Request


class NotPulled(Refused):
    """The server has no such model. `installed` are the names of those it has, as far as it told."""

    def __init__(self, text: str, *, status: int | None, code: str, host: str, installed: tuple[str, ...] = ()) -> None:
        super().__init__(text, status=status, code=code, host=host)
        self.installed = installed


@dataclass(frozen=True, slots=True)
class OllamaWire:
    """Translation for Ollama's API.

    `num_ctx` is the context that every request asks for (None: the server's own). With `refuse_cut` the server is asked to refuse
    a prompt that does not fit. `local` says that the server is on this machine.
    """

    account: Account
    num_ctx: int | None = None
    refuse_cut: bool = True
    local: bool = True

    def request_from(self, config: ChatConfig, spec: ModelSpec, *, stream: bool) -> Request:
        """The request for a resolved `config`."""
        body = chat_body(config, spec, num_ctx=self.num_ctx, refuse_cut=self.refuse_cut, stream=stream)
        return Request(spec.name, body, operation=CHAT, room=count_in(body["options"].get("num_predict")))

    def begin(self) -> Draft:
        """An empty draft."""
        return Draft()

    def advance(self, draft: Draft, event: bytes) -> Draft:
        """The draft after one more line."""
        return advanced(draft, event)

    def draft_from(self, raw: Mapping[str, Any]) -> Draft:
        """The draft in a whole reply."""
        return reply(self.begin(), raw)

    def error_from(self, error: Exception, spec: ModelSpec) -> Exception:
        """Our error for a failure: a model that is not there and a server that does not run say what to type."""
        match error:
            case NotPulled():
                ours = _not_pulled(error, spec)
            case Unreachable() if self.local:
                ours = _not_running(error, spec)
            case _:
                return error_of(error, spec, self.account)
        error.forget()
        return ours

    def advice(self, error: Exception) -> float | None:
        """Seconds to wait before trying again, None where it will not help."""
        return advice_of(error, self.account)

    def embed_request_from(self, config: EmbeddingConfig, spec: ModelSpec) -> Request:
        """The request that embeds the texts."""
        return Request(spec.name, embed_body(config, spec, refuse_cut=self.refuse_cut), operation=EMBED)

    def embeddings_from(self, raw: Mapping[str, Any], config: EmbeddingConfig, spec: ModelSpec) -> EmbeddingResponse:
        """The vectors in a reply, in the order of the texts."""
        return embeddings(raw, config, spec)


def _not_pulled(failure: NotPulled, spec: ModelSpec) -> ModelNotFoundError:
    close = nearest(spec.name, failure.installed)
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    message = f"{failure.host} has no model {spec.name!r}. Fetch it in a terminal: ollama pull {spec.name}.{hint}"
    return ModelNotFoundError(message, name=spec.name, suggestions=close)


def _not_running(failure: Unreachable, spec: ModelSpec) -> RactoGatewayConnectionError:
    return RactoGatewayConnectionError(
        f"{spec.provider}:{spec.name}: no connection to {failure.host}: Ollama does not run there. Start it (the Ollama app, or "
        f"`ollama serve` in a terminal), or give the address of another server (base_url= or {BASE_URL_VARIABLE})."
    )
