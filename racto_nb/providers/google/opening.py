"""Put the Google provider together: key and address, wire, port, and what its models can do."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from racto_nb.exceptions import MissingExtraError, RactoGatewayAuthError, UnsupportedError, UsageError, WrongTypeError
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.connecting import without_key
from racto_nb.providers.google.client import GoogleService
from racto_nb.providers.google.facts import (
    BASE_URL_VARIABLE,
    BETA,
    DEFAULT_BASE_URL,
    EMBED_BATCH,
    EXTRAS,
    KEY_CODES,
    KEY_VARIABLES,
    MODEL_CODES,
    NAME,
    OFFICIAL_HOST,
    OVERFLOW,
    VERSION_VARIABLE,
)
from racto_nb.providers.google.stream import GeminiReader
from racto_nb.providers.google.wire import GoogleWire
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None, embeddings=None, dimensions=None
)
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
        return self._spec(model, "chat", "embedding")

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        spec = self._spec(model, "embedding", "chat")
        return replace(spec, abilities=replace(spec.abilities, embed_batch=spec.abilities.embed_batch or EMBED_BATCH))

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model)
        if facts is None:
            return ModelSpec(NAME, model, replace(_UNKNOWN, extras=EXTRAS), official=self.official)
        if facts.kind == other:
            names = ", ".join(self.known.names(NAME, kind=kind)[:6])
            message = f"{model!r} is no {kind} model. For {kind} use one of: {names}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        return ModelSpec(NAME, model, replace(facts.abilities, extras=EXTRAS), official=self.official)


def retirement_of(model: str) -> str | None:
    """What the catalogue says of the end of `model`, None for nothing."""
    return catalogue().retirement(NAME, model, today=datetime.now(UTC).date())


def open_provider(*, api_key: str | None, base_url: str | None, api_version: str | None) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent and the library is not imported before the first call.

    Raises RactoGatewayAuthError without a key, MissingExtraError without the library, UsageError for a wrong address or version.
    """
    if importlib.util.find_spec("httpx2") is None:
        raise MissingExtraError(NAME, missing="httpx2")
    address, version = _address(base_url, os.environ), _version(api_version, os.environ)
    official = urlsplit(address).hostname == OFFICIAL_HOST
    key, origin = _key(api_key, os.environ, official=official)
    port = HttpPort(GoogleService(address, key), {"event-stream": GeminiReader})
    specs = GoogleSpecs(official)
    return Provider(NAME, GoogleWire(_account(origin, specs.known, key), version), port, port, specs), port


def _account(origin: str, known: Catalogue, key: str) -> Account:
    return Account(
        key_advice=f"{origin} The models of the `embedded` kit need no key.",
        # For a name that is known there is nothing to suggest: the key may not use it.
        nearest=lambda name: [] if known.facts(NAME, name) else known.nearest(NAME, name),
        overflow_codes=frozenset({OVERFLOW}),
        model_codes=MODEL_CODES,
        key_codes=KEY_CODES,
        redacted=lambda text: without_key(text, key),
    )


def _address(given: str | None, environ: Mapping[str, str]) -> str:
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass URL objects)
        message = f"base_url is a text such as 'http://localhost:8000', not {type(given).__name__}."
        raise WrongTypeError(message)
    source = "base_url" if given is not None else BASE_URL_VARIABLE
    address = (given if given is not None else environ.get(BASE_URL_VARIABLE, "")).strip() or DEFAULT_BASE_URL
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, an IPv6 address that is not closed
        sound = False
    if not sound:
        shown = address.rpartition("@")[2]  # without what may be a password
        message = f"{source}={shown!r} is no address. Write it with http:// or https:// and without a version, such as 'http://localhost:8000'."
        raise UsageError(message)
    return address


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


def _key(given: str | None, environ: Mapping[str, str], *, official: bool) -> tuple[str, str]:
    """The key and where it came from. Other servers than Google's may need none."""
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass SecretStr)
        message = f"api_key is a text, not {type(given).__name__}."
        raise WrongTypeError(message)
    found = next((name for name in KEY_VARIABLES if environ.get(name, "").strip()), "")
    key = (given if given is not None else environ.get(found, "")).strip()
    if key and not (key.isascii() and key.isprintable()):
        message = "The key holds characters that no key has, such as a line break or a typographic quote. Copy it again."
        raise RactoGatewayAuthError(message)
    if key:
        where = "the argument api_key=" if given is not None else f"the environment variable {found}"
        return key, f"The key came from {where}: check it."
    if not official:
        return "", f"No key was given: set the environment variable {KEY_VARIABLES[0]}, or give api_key= ."
    message = (
        f"No key for Google. Set the environment variable {KEY_VARIABLES[0]}, or give api_key= . The models of the `embedded` "
        "kit, which run in this process, need none: from racto_nb import embedded_developer_kit as embedded; "
        "kit = embedded.Chat()."
    )
    raise RactoGatewayAuthError(message)
