"""Put the Hugging Face provider together: token and address, wire, port, and what its models can do."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field, replace

from racto_nb.exceptions import MissingExtraError, UnsupportedError, UsageError
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.connecting import without_key
from racto_nb.providers.direct_http import is_loopback
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.huggingface.addresses import is_router, key_for, server_address, takes_grammar
from racto_nb.providers.huggingface.client import hugging_face_service
from racto_nb.providers.huggingface.facts import (
    EMBED_BATCH,
    EXHAUSTED_CODE,
    EXTRAS,
    KEY_VARIABLES,
    MODEL_CODES,
    NAME,
    OVERFLOW_CODE,
)
from racto_nb.providers.huggingface.wire import HuggingFaceWire
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

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
        return replace(spec, abilities=replace(spec.abilities, embed_batch=spec.abilities.embed_batch or EMBED_BATCH))

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model) or self.known.facts(NAME, model.partition(":")[0])
        if facts is not None and facts.kind == other:
            message = f"{model!r} is no {kind} model, says the catalogue. Use another one for {kind}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        able = _UNKNOWN if facts is None else replace(facts.abilities, documents=False)
        return ModelSpec(NAME, model, replace(able, extras=EXTRAS), free=self.free, official=self.official)


def open_provider(*, api_key: str | None, base_url: str | None, grammar: str) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent before the first call.

    Raises RactoGatewayAuthError without a token for the router, MissingExtraError without the library, UsageError for a wrong
    address or option.
    """
    if grammar not in GRAMMARS:
        message = f"grammar is 'auto', 'json_schema' or 'tgi', not {grammar!r}."
        raise UsageError(message)
    if importlib.util.find_spec("httpx2") is None:
        raise MissingExtraError(NAME, missing="httpx2")
    address = server_address(base_url)
    key, origin = key_for(address, api_key, os.environ)
    router = address.removesuffix("/v1") if is_router(address) else ""
    port = HttpPort(hugging_face_service(address, key), lists=True)
    specs = HuggingFaceSpecs(bool(router), is_loopback(address))
    as_tgi = grammar == "tgi" or (grammar == "auto" and takes_grammar(address))
    wire = HuggingFaceWire(_account(origin, specs.known, key), router, as_tgi)
    return Provider(NAME, wire, port, port, specs), port


def _account(origin: str, known: Catalogue, key: str) -> Account:
    missing = (
        f"No token was sent: give api_key=. The one in {KEY_VARIABLES[0]} goes to Hugging Face and to this machine only, and "
        "may be missing."
    )
    told = f"The token came from {origin}: check it, and its permission to call Inference Providers." if origin else missing
    return Account(
        key_advice=f"{told} The models of the `embedded` kit need none.",
        nearest=lambda name: [] if known.facts(NAME, name) else known.nearest(NAME, name),
        overflow_codes=frozenset({OVERFLOW_CODE}),
        exhausted_codes=frozenset({EXHAUSTED_CODE}),
        model_codes=MODEL_CODES,
        redacted=lambda text: without_key(text, key),
    )
