"""Put the Anthropic provider together: key and address, wire, port, and what its models can do."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from racto_nb.exceptions import MissingExtraError, RactoGatewayAuthError, UsageError, WrongTypeError
from racto_nb.providers.anthropic.client import AnthropicService
from racto_nb.providers.anthropic.facts import (
    BASE_URL_VARIABLE,
    DEFAULT_BASE_URL,
    EXHAUSTED_CODES,
    EXTRAS,
    INSTEAD_OF_EMBEDDINGS,
    KEY_VARIABLE,
    MODEL_CODES,
    NAME,
    OFFICIAL_HOSTS,
    OVERFLOW_CODES,
)
from racto_nb.providers.anthropic.wire import AnthropicWire, no_embeddings
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.connecting import without_key
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

NO_KEY = "not-needed"
"""What is sent to another server when there is no key: most local ones ask for none, but the SDK does."""
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
        return ModelSpec(NAME, model, replace(able, sampling=sampling, extras=EXTRAS), official=self.official)

    def embedding_spec(self, model: str) -> ModelSpec:  # noqa: ARG002  (the port gives it)
        """Raises UnsupportedError, which names the kits that have embeddings."""
        raise no_embeddings()


def retirement_of(model: str) -> str | None:
    """What the catalogue says of the end of `model`, None for nothing."""
    return catalogue().retirement(NAME, model, today=datetime.now(UTC).date())


def open_provider(*, api_key: str | None, base_url: str | None) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent and the SDK is not imported before the first call.

    Raises RactoGatewayAuthError without a key, MissingExtraError without the SDK, UsageError for a wrong address.
    """
    if importlib.util.find_spec("anthropic") is None:
        raise MissingExtraError(NAME, missing="anthropic")
    address = _address(base_url, os.environ)
    official = urlsplit(address).hostname in OFFICIAL_HOSTS
    key = _key(api_key, os.environ, official=official)
    port = HttpPort(AnthropicService(address, key))
    specs = AnthropicSpecs(official)
    account = _account(_origin(key, given=api_key is not None), specs.known, key)
    return Provider(NAME, AnthropicWire(account), port, None, specs, INSTEAD_OF_EMBEDDINGS), port


def _origin(key: str, *, given: bool) -> str:
    if key == NO_KEY:
        return f"No key was given: set the environment variable {KEY_VARIABLE}, or give api_key= ."
    where = "the argument api_key=" if given else f"the environment variable {KEY_VARIABLE}"
    return f"The key came from {where}: check it."


def _account(origin: str, known: Catalogue, key: str) -> Account:
    return Account(
        key_advice=f"{origin} The models of the `embedded` kit need no key.",
        # For a name that is known there is nothing to suggest: the key may not use it.
        nearest=lambda name: [] if known.facts(NAME, name) else known.nearest(NAME, name),
        overflow_codes=OVERFLOW_CODES,
        exhausted_codes=EXHAUSTED_CODES,
        model_codes=MODEL_CODES,
        redacted=lambda text: without_key(text, key),
    )


def _address(given: str | None, environ: Mapping[str, str]) -> str:
    """The address without `/v1`, which the SDK's paths begin with: other kits' addresses end with it."""
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
        message = (
            f"{source}={_shown(address)!r} is no address. Write it with http:// or https://, such as 'http://localhost:8000'."
        )
        raise UsageError(message)
    return address.rstrip("/").removesuffix("/v1")


def _shown(address: str) -> str:
    """The address without what may be a password."""
    return address.rpartition("@")[2]


def _key(given: str | None, environ: Mapping[str, str], *, official: bool) -> str:
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass SecretStr)
        message = f"api_key is a text, not {type(given).__name__}."
        raise WrongTypeError(message)
    key = (given if given is not None else environ.get(KEY_VARIABLE, "")).strip()
    if key and not (key.isascii() and key.isprintable()):
        message = "The key holds characters that no key has, such as a line break or a typographic quote. Copy it again."
        raise RactoGatewayAuthError(message)
    if key or not official:
        return key or NO_KEY
    message = (
        f"No key for Anthropic. Set the environment variable {KEY_VARIABLE}, or give api_key= . The models of the `embedded` "
        "kit, which run here, need none: from racto_nb import embedded_developer_kit as embedded; kit = embedded.Chat()."
    )
    raise RactoGatewayAuthError(message)
