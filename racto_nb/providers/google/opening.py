"""Put the Google provider together: key and address, wire, port, and what its models can do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from urllib.parse import urlsplit

from racto_nb._extras import refuse_missing
from racto_nb.exceptions import UnsupportedError, UsageError, WrongTypeError
from racto_nb.providers.accounts import NO_KEY, Entrance
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.given import given_clients
from racto_nb.providers.google.client import google_service
from racto_nb.providers.google.facts import (
    BASE_URL_VARIABLE,
    BETA,
    DEFAULT_BASE_URL,
    EMBED_BATCH,
    EMBEDDING,
    EXTRAS,
    FILE_LIMITS,
    KEY_CODES,
    KEY_VARIABLES,
    MODEL_CODES,
    NAME,
    OFFICIAL_HOST,
    OVERFLOW,
    VERSION,
    VERSION_VARIABLE,
)
from racto_nb.providers.google.stream import GeminiReader
from racto_nb.providers.google.wire import GoogleWire
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None, embeddings=None, dimensions=None
)
_ENTRANCE = Entrance(NAME, "Google", KEY_VARIABLES, BASE_URL_VARIABLE, DEFAULT_BASE_URL, "http://localhost:8000")
_VERSION = re.compile(r"v\d\w*")


@dataclass(frozen=True, slots=True)
class GoogleSpecs:
    """What the catalogue says of a model; of one that it does not know, nothing, and the provider decides.

    `known` is the catalogue as it was when the kit was made: looking for the user's file at each call would block event loops.
    """

    official: bool = True
    known: Catalogue = field(default_factory=catalogue)

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model."""
        spec = self._spec(model, "chat", "embedding")
        return replace(spec, abilities=replace(spec.abilities, files=FILE_LIMITS)) if self.official else spec

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        spec = self._spec(model, "embedding", "chat")
        able = replace(spec.abilities, embed_batch=spec.abilities.embed_batch or EMBED_BATCH, extras=frozenset(EMBEDDING))
        return replace(spec, abilities=able)

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model)
        if facts is None:
            return ModelSpec(NAME, model, replace(_UNKNOWN, extras=EXTRAS, logprobs=None), official=self.official)
        if facts.kind == other:
            names = ", ".join(self.known.names(NAME, kind=kind)[:6])
            message = f"{model!r} is no {kind} model. For {kind} use one of: {names}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        return ModelSpec(NAME, model, replace(facts.abilities, extras=EXTRAS, logprobs=None), official=self.official)


def open_provider(
    *, api_key: str | None, base_url: str | None, api_version: str | None, http_client: object | None = None
) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent and the library is not imported before the first call.

    Raises RactoGatewayAuthError without a key, MissingExtraError without the library, UsageError for a wrong address or version.
    """
    refuse_missing("httpx2", extra=NAME)
    address, told = _parted(_ENTRANCE.base_url(base_url, os.environ))
    version = _version(api_version, os.environ) or told
    official = urlsplit(address).hostname == OFFICIAL_HOST
    key = _ENTRANCE.key(api_key, os.environ, needed=official)
    port = HttpPort(
        google_service(address, "" if key == NO_KEY else key),
        readers={"event-stream": GeminiReader},
        given=given_clients(http_client),
    )
    specs = GoogleSpecs(official)
    account = _ENTRANCE.account(
        key,
        specs.known,
        given=api_key is not None,
        environ=os.environ,
        overflow_codes=frozenset({OVERFLOW}),
        model_codes=MODEL_CODES,
        key_codes=KEY_CODES,
    )
    return Provider(NAME, GoogleWire(account, version), port, port, specs, address=port.address, redacted=account.redacted), port


def version_of(provider: Provider, model: str) -> str:
    """The version of the API through which `provider` asks a model."""
    return cast("GoogleWire", provider.wire).version_for(model)


def _parted(address: str) -> tuple[str, str]:
    """The address without the version that other kits' addresses end with, and that version; empty where it names none."""
    bare = address.rstrip("/")
    found = next((version for version in (VERSION, BETA) if bare.endswith(f"/{version}")), "")
    return bare.removesuffix(f"/{found}") if found else bare, found


def _version(given: str | None, environ: Mapping[str, str]) -> str:
    """The version of the API: as given, or from the environment ("beta" is v1beta there); empty where neither says one."""
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"api_version is a text such as 'v1', not {type(given).__name__}."
        raise WrongTypeError(message)
    source = "api_version" if given is not None else VERSION_VARIABLE
    version = (given if given is not None else environ.get(VERSION_VARIABLE, "")).strip()
    version = BETA if version == "beta" else version
    if version and not _VERSION.fullmatch(version):
        message = f"{source}={version!r} is no version of Google's API. Write 'v1' or 'v1beta', or leave it out."
        raise UsageError(message)
    return version
