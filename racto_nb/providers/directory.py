"""Which providers there are, and where their kits live. Data, so that a name can be looked up without importing an SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from racto_nb.exceptions import ProviderNotFoundError


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider: the module of its kit, the extra that installs it, the model a newcomer gets, and one line about it.

    `wire` names what reads its replies, as module and class. `key_variables` are the environment variables that may hold its key,
    in the order in which they are looked at; empty where none is needed. `address_variable` may hold the address of another
    server; empty where there is none. `conventional_name` is what OpenTelemetry's conventions call it, where not by its name.
    """

    name: str
    face: str
    extra: str
    default_model: str
    about: str
    wire: str
    key_variables: tuple[str, ...] = ()
    address_variable: str = ""
    conventional_name: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """All environment variables that its kit reads when it is opened."""
        return (*self.key_variables, self.address_variable) if self.address_variable else self.key_variables


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A model as listed to users: its `name` without the provider, what it is for, a remark, and whether it can be used now.

    `window` is its context in tokens, None where that is unknown.
    """

    name: str
    kind: str
    about: str
    ready: bool
    window: int | None = None


PROVIDERS: Mapping[str, ProviderEntry] = {
    "embedded": ProviderEntry(
        name="embedded",
        face="racto_nb.embedded_developer_kit",
        extra="embedded",
        default_model="qwen2.5-coder-0.5b",
        about="a small model inside this Python process; no key, offline once downloaded",
        wire="racto_nb.providers.embedded.wire:EmbeddedWire",
    ),
    "openai": ProviderEntry(
        name="openai",
        face="racto_nb.openai_developer_kit",
        extra="openai",
        default_model="gpt-6-luna",
        about="OpenAI's models, and every server that speaks their API (base_url=)",
        wire="racto_nb.providers.openai.wire:OpenAIWire",
        key_variables=("OPENAI_API_KEY",),
        address_variable="OPENAI_BASE_URL",
    ),
    "anthropic": ProviderEntry(
        name="anthropic",
        face="racto_nb.anthropic_developer_kit",
        extra="anthropic",
        default_model="claude-opus-5-5",
        about="Anthropic's Claude models",
        wire="racto_nb.providers.anthropic.wire:AnthropicWire",
        key_variables=("ANTHROPIC_API_KEY",),
        address_variable="ANTHROPIC_BASE_URL",
    ),
    "google": ProviderEntry(
        name="google",
        face="racto_nb.google_developer_kit",
        extra="google",
        default_model="gemini-3.8-flash",
        about="Google's Gemini models",
        wire="racto_nb.providers.google.wire:GoogleWire",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        address_variable="GOOGLE_GEMINI_BASE_URL",
        conventional_name="gcp.gemini",
    ),
    "huggingface": ProviderEntry(
        name="huggingface",
        face="racto_nb.huggingface_developer_kit",
        extra="huggingface",
        default_model="meta-llama/Llama-3.2-3B-Instruct",
        about="open models at Hugging Face's inference providers, or on a server of your own (base_url=)",
        wire="racto_nb.providers.huggingface.wire:HuggingFaceWire",
        key_variables=("HF_TOKEN", "HUGGINGFACE_TOKEN"),
    ),
    "ollama": ProviderEntry(
        name="ollama",
        face="racto_nb.ollama_developer_kit",
        extra="ollama",
        default_model="llama3.2",
        about="open models on an Ollama server of your own; no key",
        wire="racto_nb.providers.ollama.wire:OllamaWire",
        address_variable="OLLAMA_HOST",
    ),
}

DEFAULT_PROVIDER = "embedded"
ALIASES: Mapping[str, str] = {
    "claude": "anthropic",
    "gemini": "google",
    "gpt": "openai",
    "hf": "huggingface",
    "local": "ollama",
}
"""Names that the kits have in examples, and what else people write, with the providers that they stand for."""


def provider_entry(name: str) -> ProviderEntry:
    """The entry of provider `name`; ProviderNotFoundError with the nearest names when there is none."""
    try:
        return PROVIDERS[ALIASES.get(name, name)]
    except KeyError:
        raise ProviderNotFoundError.among("provider", name, PROVIDERS) from None


def split_model(model: str) -> tuple[ProviderEntry, str]:
    """The provider and the model's name in `"provider:name"`, `"provider:"` or, for the default provider, `"name"`.

    >>> entry, name = split_model("embedded:smollm2-135m")
    >>> entry.name, name
    ('embedded', 'smollm2-135m')
    """
    provider, colon, name = model.partition(":")
    if not colon:
        return (
            (PROVIDERS[provider], PROVIDERS[provider].default_model)
            if provider in PROVIDERS
            else (PROVIDERS[DEFAULT_PROVIDER], model)
        )
    entry = provider_entry(provider)
    return entry, name or entry.default_model
