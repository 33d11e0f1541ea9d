"""Put the OpenAI provider together: key and address, wire, port, and what its models can do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from racto_nb._extras import refuse_missing
from racto_nb.exceptions import UnsupportedError, UsageError
from racto_nb.providers.accounts import Entrance
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.chat_completions.embedding import EMBEDDING_EXTRAS
from racto_nb.providers.given import given_clients
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.openai.client import OpenAIService
from racto_nb.providers.openai.facts import (
    BASE_URL_VARIABLE,
    CHAT,
    DEFAULT_BASE_URL,
    EMBED_BATCH,
    EMBEDDINGS,
    EXHAUSTED_CODES,
    EXTRAS,
    FILE_LIMITS,
    KEY_VARIABLE,
    MODEL_CODES,
    NAME,
    OFFICIAL_HOST,
    OVERFLOW_CODES,
    OVERFLOW_WORDS,
    REFUSAL_CODES,
    RESPONSES,
)
from racto_nb.providers.openai.wire import OpenAIWire
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

APIS = ("auto", "responses", "chat")
_ENTRANCE = Entrance(NAME, "OpenAI", (KEY_VARIABLE,), BASE_URL_VARIABLE, DEFAULT_BASE_URL, "http://localhost:8000/v1")
_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None, embeddings=None, dimensions=None
)


@dataclass(frozen=True, slots=True)
class OpenAISpecs:
    """What the catalogue says of a model; of one that it does not know, nothing, and the provider decides.

    `compatible` says that the server is not OpenAI's own, `tells_logprobs` that the API which tells how likely tokens were may
    be asked: OpenAI's models tell it if they take a temperature. `known` is the catalogue as it was when the kit was made:
    looking for the user's file at each call would block event loops.
    """

    compatible: bool = False
    known: Catalogue = field(default_factory=catalogue)
    tells_logprobs: bool = True

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model."""
        spec = self._spec(model, "chat", "embedding")
        return spec if self.compatible else replace(spec, abilities=replace(spec.abilities, files=FILE_LIMITS))

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        spec = self._spec(model, "embedding", "chat")
        able = replace(spec.abilities, embed_batch=spec.abilities.embed_batch or EMBED_BATCH, extras=EMBEDDING_EXTRAS)
        return replace(spec, abilities=able)

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model)
        if facts is None:
            return ModelSpec(NAME, model, replace(_UNKNOWN, extras=EXTRAS, logprobs=None), official=not self.compatible)
        if facts.kind == other:
            names = ", ".join(self.known.names(NAME, kind=kind)[:6])
            message = f"{model!r} is no {kind} model. For {kind} use one of: {names}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        told = None if self.compatible or not self.tells_logprobs else facts.abilities.sampling
        return ModelSpec(NAME, model, replace(facts.abilities, extras=EXTRAS, logprobs=told), official=not self.compatible)


def open_provider(
    *, api_key: str | None, base_url: str | None, api: str, http_client: object | None = None
) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent and the SDK is not imported before the first call.

    Raises RactoGatewayAuthError without a key, MissingExtraError without the SDK, UsageError for a wrong address or API.
    """
    if api not in APIS:
        message = f"api is 'auto', 'responses' or 'chat', not {api!r}."
        raise UsageError(message)
    refuse_missing("openai", extra=NAME)
    address = _ENTRANCE.base_url(base_url, os.environ, endpoints=(CHAT, RESPONSES, EMBEDDINGS))
    host = urlsplit(address).hostname or ""
    compatible = host != OFFICIAL_HOST and not host.endswith(f".{OFFICIAL_HOST}")
    key = _ENTRANCE.key(api_key, os.environ, needed=not compatible)
    port = HttpPort(OpenAIService(address, key), given=given_clients(http_client))
    # Gateways serve OpenAI's models under their names; who gives them to others says so in catalog.toml.
    specs = OpenAISpecs(compatible, tells_logprobs=api != "responses")
    account = _ENTRANCE.account(
        key,
        specs.known,
        given=api_key is not None,
        overflow_codes=OVERFLOW_CODES,
        overflow_words=OVERFLOW_WORDS,
        exhausted_codes=EXHAUSTED_CODES,
        model_codes=MODEL_CODES,
        refusal_codes=REFUSAL_CODES,
    )
    wire = OpenAIWire(account, api, compatible)
    return Provider(NAME, wire, port, port, specs, address=port.address, redacted=account.redacted), port
