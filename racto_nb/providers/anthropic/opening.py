"""Put the Anthropic provider together: key and address, wire, port, and what its models can do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from racto_nb._extras import refuse_missing
from racto_nb.providers.accounts import Entrance
from racto_nb.providers.anthropic.client import AnthropicService
from racto_nb.providers.anthropic.facts import (
    BASE_URL_VARIABLE,
    DEFAULT_BASE_URL,
    EXHAUSTED_CODES,
    EXTRAS,
    FILE_LIMITS,
    INSTEAD_OF_EMBEDDINGS,
    KEY_VARIABLE,
    MODEL_CODES,
    NAME,
    OFFICIAL_HOSTS,
    OVERFLOW_CODES,
)
from racto_nb.providers.anthropic.wire import AnthropicWire, no_embeddings
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.given import given_clients
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.wire import Abilities, FileLimits, ModelSpec, Provider

_ENTRANCE = Entrance(NAME, "Anthropic", (KEY_VARIABLE,), BASE_URL_VARIABLE, DEFAULT_BASE_URL, "http://localhost:8000")
_UNKNOWN = Abilities(json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None)


@dataclass(frozen=True, slots=True)
class AnthropicSpecs:
    """What the catalogue says of a model; of one that it does not know, nothing, and the provider decides.

    `official` says that the server is Anthropic's own, whose API takes no temperature for any model, known or not. `known` is the
    catalogue as it was when the kit was made: looking for the user's file at each call would block event loops.
    """

    official: bool = True
    known: Catalogue = field(default_factory=catalogue)

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model."""
        facts = self.known.facts(NAME, model)
        able = _UNKNOWN if facts is None else facts.abilities
        sampling = False if self.official else able.sampling
        limits = FILE_LIMITS if self.official else FileLimits()
        return ModelSpec(NAME, model, replace(able, sampling=sampling, extras=EXTRAS, files=limits), official=self.official)

    def embedding_spec(self, model: str) -> ModelSpec:  # noqa: ARG002  (the port gives it)
        """Raises UnsupportedError, which names the kits that have embeddings."""
        raise no_embeddings()


def open_provider(*, api_key: str | None, base_url: str | None, http_client: object | None = None) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent and the SDK is not imported before the first call.

    Raises RactoGatewayAuthError without a key, MissingExtraError without the SDK, UsageError for a wrong address.
    """
    refuse_missing("anthropic", extra=NAME)
    # Without `/v1`, which the SDK's paths begin with: other kits' addresses end with it.
    address = _ENTRANCE.base_url(base_url, os.environ).rstrip("/").removesuffix("/v1")
    official = urlsplit(address).hostname in OFFICIAL_HOSTS
    key = _ENTRANCE.key(api_key, os.environ, needed=official)
    port = HttpPort(AnthropicService(address, key), given=given_clients(http_client))
    specs = AnthropicSpecs(official)
    account = _ENTRANCE.account(
        key,
        specs.known,
        given=api_key is not None,
        overflow_codes=OVERFLOW_CODES,
        exhausted_codes=EXHAUSTED_CODES,
        model_codes=MODEL_CODES,
    )
    provider = Provider(
        NAME,
        AnthropicWire(account),
        port,
        None,
        specs,
        address=port.address,
        instead_of_embeddings=INSTEAD_OF_EMBEDDINGS,
        redacted=account.redacted,
    )
    return provider, port
