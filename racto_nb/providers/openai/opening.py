"""Put the OpenAI provider together: key and address, wire, port, and what its models can do."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from racto_nb.exceptions import MissingExtraError, RactoGatewayAuthError, UnsupportedError, UsageError, WrongTypeError
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.connecting import without_key
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.openai.client import OpenAIService
from racto_nb.providers.openai.embedding import EMBEDDING_EXTRAS
from racto_nb.providers.openai.facts import (
    BASE_URL_VARIABLE,
    CHAT,
    DEFAULT_BASE_URL,
    EMBED_BATCH,
    EMBEDDINGS,
    EXHAUSTED_CODES,
    EXTRAS,
    KEY_VARIABLE,
    MODEL_CODES,
    NAME,
    OFFICIAL_HOST,
    OVERFLOW_CODES,
    OVERFLOW_WORDS,
    RESPONSES,
)
from racto_nb.providers.openai.wire import OpenAIWire
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

APIS = ("auto", "responses", "chat")
NO_KEY = "not-needed"
"""What is sent to a compatible server when there is no key: most local ones ask for none, but the SDK does."""
_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None, embeddings=None, dimensions=None
)


@dataclass(frozen=True, slots=True)
class OpenAISpecs:
    """What the catalogue says of a model; of one that it does not know, nothing, and the provider decides.

    `compatible` says that the server is not OpenAI's own. `known` is the catalogue as it was when the kit was made: looking for
    the user's file at each call would block event loops.
    """

    compatible: bool = False
    known: Catalogue = field(default_factory=catalogue)

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model."""
        return self._spec(model, "chat", "embedding")

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        spec = self._spec(model, "embedding", "chat")
        able = replace(spec.abilities, embed_batch=spec.abilities.embed_batch or EMBED_BATCH, extras=EMBEDDING_EXTRAS)
        return replace(spec, abilities=able)

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model)
        if facts is None:
            return ModelSpec(NAME, model, replace(_UNKNOWN, extras=EXTRAS), official=not self.compatible)
        if facts.kind == other:
            names = ", ".join(self.known.names(NAME, kind=kind)[:6])
            message = f"{model!r} is no {kind} model. For {kind} use one of: {names}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        return ModelSpec(NAME, model, replace(facts.abilities, extras=EXTRAS), official=not self.compatible)


def retirement_of(spec: ModelSpec) -> str | None:
    """What the catalogue says of the end of a model, None for nothing."""
    return catalogue().retirement(NAME, spec.name, today=datetime.now(UTC).date())


def open_provider(*, api_key: str | None, base_url: str | None, api: str) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent and the SDK is not imported before the first call.

    Raises RactoGatewayAuthError without a key, MissingExtraError without the SDK, UsageError for a wrong address or API.
    """
    if api not in APIS:
        message = f"api is 'auto', 'responses' or 'chat', not {api!r}."
        raise UsageError(message)
    if importlib.util.find_spec("openai") is None:
        raise MissingExtraError(NAME, missing="openai")
    address = _address(base_url, os.environ)
    host = urlsplit(address).hostname or ""
    compatible = host != OFFICIAL_HOST and not host.endswith(f".{OFFICIAL_HOST}")
    key = _key(api_key, os.environ, compatible=compatible)
    port = HttpPort(OpenAIService(address, key))
    # Gateways serve OpenAI's models under their names; who gives them to others says so in catalog.toml.
    specs = OpenAISpecs(compatible)
    account = _account(_origin(key, given=api_key is not None), catalogue(), key)
    wire = OpenAIWire(account, api, compatible)
    return Provider(NAME, wire, port, port, specs), port


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
        overflow_words=OVERFLOW_WORDS,
        exhausted_codes=EXHAUSTED_CODES,
        model_codes=MODEL_CODES,
        redacted=lambda text: without_key(text, key),
    )


def _address(given: str | None, environ: Mapping[str, str]) -> str:
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass URL objects)
        message = f"base_url is a text such as 'http://localhost:8000/v1', not {type(given).__name__}."
        raise WrongTypeError(message)
    source = "base_url" if given is not None else BASE_URL_VARIABLE
    address = (given if given is not None else environ.get(BASE_URL_VARIABLE, "")).strip() or DEFAULT_BASE_URL
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.query
        path = parts.path.rstrip("/")
    except ValueError:  # a port that is no number, an IPv6 address that is not closed
        sound, path = False, ""
    if not sound:
        hint = "Write it with http:// or https:// and /v1, such as 'http://localhost:8000/v1'."
        message = f"{source}={_shown(address)!r} is no address. {hint}"
        raise UsageError(message)
    for endpoint in (CHAT, RESPONSES, EMBEDDINGS):
        if path.endswith(endpoint):
            message = f"{source}={_shown(address)!r} is the address of one endpoint. Leave out {endpoint!r} at its end."
            raise UsageError(message)
    return address


def _shown(address: str) -> str:
    """The address without what may be a password."""
    return address.rpartition("@")[2]


def _key(given: str | None, environ: Mapping[str, str], *, compatible: bool) -> str:
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass SecretStr)
        message = f"api_key is a text, not {type(given).__name__}."
        raise WrongTypeError(message)
    key = (given if given is not None else environ.get(KEY_VARIABLE, "")).strip()
    if key and not (key.isascii() and key.isprintable()):
        message = "The key holds characters that no key has, such as a line break or a typographic quote. Copy it again."
        raise RactoGatewayAuthError(message)
    if key or compatible:
        return key or NO_KEY
    message = (
        f"No key for OpenAI. Set the environment variable {KEY_VARIABLE}, or give api_key= . The models of the `embedded` kit, "
        "which run in this process, need none: from racto_nb import embedded_developer_kit as embedded; kit = embedded.Chat()."
    )
    raise RactoGatewayAuthError(message)
