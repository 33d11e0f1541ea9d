"""Put the Hugging Face provider together: token and address, wire, port, and what its models can do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from racto_nb._extras import refuse_missing
from racto_nb.exceptions import UnsupportedError, UsageError
from racto_nb.providers.accounts import NO_KEY, Entrance
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.chat_completions.embedding import EMBEDDING_EXTRAS
from racto_nb.providers.direct_http import is_loopback
from racto_nb.providers.given import given_clients
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.huggingface.addresses import is_router, is_trusted, takes_grammar, with_version
from racto_nb.providers.huggingface.client import hugging_face_service
from racto_nb.providers.huggingface.facts import (
    CHAT,
    DEFAULT_BASE_URL,
    EMBED_BATCH,
    EMBEDDINGS,
    EXHAUSTED_CODE,
    EXTRAS,
    KEY_VARIABLES,
    MODEL_CODES,
    NAME,
    OVERFLOW_CODE,
    PIPELINE_EXTRAS,
)
from racto_nb.providers.huggingface.wire import HuggingFaceWire
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

_ENTRANCE = Entrance(NAME, "Hugging Face", KEY_VARIABLES, "", DEFAULT_BASE_URL, "http://localhost:8080/v1")
_OF_TOKENS = (
    "A token of the environment is sent to Hugging Face and to this machine only. It needs the permission to call Inference "
    "Providers."
)
GRAMMARS = ("auto", "json_schema", "tgi")
_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=False, thinking=None, sampling=None, embeddings=None, dimensions=None
)


@dataclass(frozen=True, slots=True)
class HuggingFaceSpecs:
    """What the user's catalogue says of a model; of one that it does not know, nothing, and the server decides.

    `official` says that the server is the router, `free` that it is on this machine.
    """

    official: bool = True
    free: bool = False
    known: Catalogue = field(default_factory=catalogue)

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model."""
        return self._spec(model, "chat", "embedding")

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        spec = self._spec(model, "embedding", "chat")
        extras = PIPELINE_EXTRAS if self.official else EMBEDDING_EXTRAS
        batch = spec.abilities.embed_batch or EMBED_BATCH
        return replace(spec, abilities=replace(spec.abilities, embed_batch=batch, extras=extras))

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model) or self.known.facts(NAME, model.partition(":")[0])
        if facts is not None and facts.kind == other:
            message = f"{model!r} is no {kind} model, says the catalogue. Use another one for {kind}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        able = _UNKNOWN if facts is None else replace(facts.abilities, documents=False)
        return ModelSpec(NAME, model, replace(able, extras=EXTRAS, logprobs=None), free=self.free, official=self.official)


def open_provider(
    *, api_key: str | None, base_url: str | None, grammar: str, http_client: object | None = None
) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent before the first call.

    Raises RactoGatewayAuthError without a token for the router, MissingExtraError without the library, UsageError for a wrong
    address or option.
    """
    if grammar not in GRAMMARS:
        message = f"grammar is 'auto', 'json_schema' or 'tgi', not {grammar!r}."
        raise UsageError(message)
    refuse_missing("httpx2", extra=NAME)
    address = with_version(_ENTRANCE.base_url(base_url, os.environ, endpoints=(CHAT, EMBEDDINGS)))
    router = address.removesuffix("/v1") if is_router(address) else ""
    key = _ENTRANCE.key(api_key, os.environ if is_trusted(address) else {}, needed=bool(router))
    port = HttpPort(hugging_face_service(address, "" if key == NO_KEY else key), lists=True, given=given_clients(http_client))
    specs = HuggingFaceSpecs(bool(router), is_loopback(address))
    account = _ENTRANCE.account(
        key,
        specs.known,
        given=api_key is not None,
        overflow_codes=frozenset({OVERFLOW_CODE}),
        exhausted_codes=frozenset({EXHAUSTED_CODE}),
        model_codes=MODEL_CODES,
    )
    account = replace(account, key_advice=f"{account.key_advice} {_OF_TOKENS}")
    as_tgi = grammar == "tgi" or (grammar == "auto" and takes_grammar(address))
    wire = HuggingFaceWire(account, router, as_tgi)
    return Provider(NAME, wire, port, port, specs, address=port.address, redacted=wire.account.redacted), port
