"""Put the Ollama provider together: address, wire, port, and what its models can do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from racto_nb._extras import refuse_missing
from racto_nb.exceptions import UnsupportedError, UsageError, WrongTypeError
from racto_nb.providers.accounts import NO_KEY, Entrance
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.direct_http import is_loopback
from racto_nb.providers.given import given_clients
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.ollama.addresses import address_of
from racto_nb.providers.ollama.client import ollama_service
from racto_nb.providers.ollama.cutting import examiner
from racto_nb.providers.ollama.facts import (
    BASE_URL_VARIABLE,
    DEFAULT_BASE_URL,
    EMBEDDING_EXTRAS,
    EXTRAS,
    KEY_VARIABLE,
    MODEL_CODE,
    NAME,
    OVERFLOW_CODE,
)
from racto_nb.providers.ollama.wire import OllamaWire
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

ON_TRUNCATION = ("raise", "warn")
_ENTRANCE = Entrance(NAME, "Ollama", (KEY_VARIABLE,), BASE_URL_VARIABLE, DEFAULT_BASE_URL, DEFAULT_BASE_URL)
_NO_KEY = (
    f"Ollama asks for no key; what stands before it does: set {KEY_VARIABLE}, or put name:password@ into the address. The models "
    "of the `embedded` kit need no key."
)
_UNKNOWN = Abilities(
    json_schema=True, tools=None, images=None, documents=False, thinking=None, sampling=True, embeddings=None, dimensions=None
)


@dataclass(frozen=True, slots=True)
class OllamaSpecs:
    """What the user's catalogue says of a model; of one that it does not know, what is true of all models here.

    `free` says that the server is on this machine. `known` is the catalogue as it was when the kit was made.
    """

    free: bool = True
    window: int | None = None
    known: Catalogue = field(default_factory=catalogue)

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model."""
        return self._spec(model, "chat", "embedding")

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model."""
        spec = self._spec(model, "embedding", "chat")
        return replace(spec, abilities=replace(spec.abilities, extras=EMBEDDING_EXTRAS))

    def _spec(self, model: str, kind: str, other: str) -> ModelSpec:
        facts = self.known.facts(NAME, model)
        if facts is not None and facts.kind == other:
            message = f"{model!r} is no {kind} model, says the catalogue. Use another one for {kind}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        able = _UNKNOWN if facts is None else replace(facts.abilities, documents=False)
        able = replace(able, extras=EXTRAS, logprobs=True, window=self.window or able.window)
        return ModelSpec(NAME, model, able, free=self.free)


def open_provider(
    *, base_url: str | None, num_ctx: int | None, on_truncation: str, http_client: object | None = None
) -> tuple[Provider, HttpPort]:
    """The provider for one kit. Nothing is sent before the first call.

    Raises MissingExtraError without the library, UsageError for a wrong address or option.
    """
    if on_truncation not in ON_TRUNCATION:
        message = f"on_truncation is 'raise' or 'warn', not {on_truncation!r}."
        raise UsageError(message)
    _check_window(num_ctx)
    refuse_missing("httpx", extra=NAME)
    told, source = _ENTRANCE.told(base_url, os.environ)
    address = address_of(told, source=source)
    key = _ENTRANCE.key(None, os.environ, needed=False)
    local = is_loopback(address)
    port = HttpPort(ollama_service(address, "" if key == NO_KEY else key), given=given_clients(http_client, library="httpx"))
    specs = OllamaSpecs(local, num_ctx)
    wire = OllamaWire(_account(key, specs.known), num_ctx, on_truncation == "raise", local)
    return Provider(
        NAME,
        wire,
        port,
        port,
        specs,
        address=port.address,
        redacted=wire.account.redacted,
        examine=examiner(on_truncation),
        settings=_settings(num_ctx, on_truncation),
    ), port


def _settings(num_ctx: int | None, on_truncation: str) -> str:
    """What the model reads of a long prompt: an answer to half of one is none to the whole."""
    said = ["" if num_ctx is None else f"num_ctx={num_ctx}", "may be cut" if on_truncation == "warn" else ""]
    return ", ".join(filter(None, said))


def _check_window(num_ctx: object) -> None:
    if num_ctx is None:
        return
    if isinstance(num_ctx, bool) or not isinstance(num_ctx, int):
        message = f"num_ctx is a whole number of tokens, or None for the server's own; got {num_ctx!r}."
        raise WrongTypeError(message)
    if num_ctx < 1:
        message = f"num_ctx is at least 1 token, or None for the server's own; got {num_ctx}."
        raise UsageError(message)


def _account(key: str, known: Catalogue) -> Account:
    overflow, model = frozenset({OVERFLOW_CODE}), frozenset({MODEL_CODE})
    account = _ENTRANCE.account(key, known, given=False, overflow_codes=overflow, model_codes=model)
    return replace(account, key_advice=_NO_KEY) if key == NO_KEY else account
