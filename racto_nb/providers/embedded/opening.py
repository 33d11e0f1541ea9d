"""Put the embedded provider together: registry, wire and the two ports."""

from __future__ import annotations

from dataclasses import dataclass

from racto_nb.exceptions import ModelNotFoundError, UnsupportedError, UsageError, WrongTypeError
from racto_nb.providers.embedded.client import EmbeddedPort
from racto_nb.providers.embedded.embedding import EmbeddingPort
from racto_nb.providers.embedded.engine import usable_cores
from racto_nb.providers.embedded.extras import EXTRAS
from racto_nb.providers.embedded.facts import DEFAULT_CHAT, ModelCard
from racto_nb.providers.embedded.registry import ReadyModel, Registry
from racto_nb.providers.embedded.reporting import Reporter, StderrReporter
from racto_nb.providers.embedded.wire import EmbeddedWire
from racto_nb.providers.wire import Abilities, ModelSpec, Provider

NAME = "embedded"
SMALLEST_CONTEXT = 256
THREADS_PER_CORE = 8
"""More threads than this a core only slow the engine down, and very many end the whole process."""


@dataclass(frozen=True, slots=True)
class EmbeddedSpecs:
    """The abilities of the registry's models. `context` is the wanted window in tokens; None: the default of each model."""

    registry: Registry
    context: int | None

    def chat_spec(self, model: str) -> ModelSpec:
        """The spec of a chat model of the registry."""
        card = self._card(model, "chat")
        abilities = Abilities(
            json_schema=True, logprobs=True, window=min(self.context or card.default_context, card.window), extras=EXTRAS
        )
        return ModelSpec(NAME, model, abilities, free=True)

    def embedding_spec(self, model: str) -> ModelSpec:
        """The spec of an embedding model of the registry."""
        self._card(model, "embedding")
        return ModelSpec(NAME, model, Abilities(embeddings=True), free=True)

    def _card(self, model: str, kind: str) -> ModelCard:
        if not isinstance(model, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass None and paths)
            message = f"The name of an embedded {kind} model is a text, such as those of `racto-nb models`; got {model!r}."
            raise WrongTypeError(message)
        names = [card.name for card in self.registry.cards() if card.kind == kind]
        if model in names:
            return self.registry.card(model)
        if any(card.name == model for card in self.registry.cards()):
            message = f"{model!r} is no {kind} model. For {kind} use one of: {', '.join(names)}."
            raise UnsupportedError(message, provider=NAME, wish=kind)
        raise ModelNotFoundError.among(f"embedded {kind} model", model, names)


@dataclass(frozen=True, slots=True)
class EmbeddedResources:
    """What one embedded kit holds."""

    provider: Provider
    chat: EmbeddedPort
    embedding: EmbeddingPort

    def close(self) -> None:
        """Let go of the loaded models."""
        self.chat.close()
        self.embedding.close()


def open_resources(
    *,
    context: int | None,
    threads: int | None,
    memory_limit: int | None,
    download: bool,
    reporter: Reporter | None,
) -> EmbeddedResources:
    """The provider for one kit. Nothing is looked for, fetched or loaded before the first call."""
    _check(context=context, threads=threads, memory_limit=memory_limit)
    registry = Registry.standard()
    reporter = reporter or StderrReporter()

    def find(name: str, reporter: Reporter) -> ReadyModel:
        if name == DEFAULT_CHAT:
            return registry.ensure_default_chat(reporter=reporter, allow_download=download)
        return registry.ensure(name, reporter=reporter, allow_download=download)

    chat = EmbeddedPort(find, reporter, context, threads, memory_limit)
    embedding = EmbeddingPort(find, reporter, threads, memory_limit)
    provider = Provider(NAME, EmbeddedWire(), chat, embedding, EmbeddedSpecs(registry, context))
    return EmbeddedResources(provider, chat, embedding)


def _check(*, context: int | None, threads: int | None, memory_limit: int | None) -> None:
    for name, value, what in (
        ("context", context, "a whole number of tokens, or None for the model's default"),
        ("threads", threads, "a whole number, or None for all cores"),
        ("memory_limit", memory_limit, "a whole number of bytes such as 1_000_000_000, or None for no limit"),
    ):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):  # pyright: ignore[reportUnnecessaryIsInstance]
            message = f"{name} is {what}; got {value!r}."
            raise WrongTypeError(message)
    if context is not None and context < SMALLEST_CONTEXT:
        message = f"context={context} is too small: a prompt and an answer need at least {SMALLEST_CONTEXT} tokens."
        raise UsageError(message)
    if threads is not None and threads < 1:
        message = f"threads={threads}: at least one is needed, or None for all."
        raise UsageError(message)
    if threads is not None and threads > (most := THREADS_PER_CORE * usable_cores()):
        message = f"threads={threads}: at most {most} on this machine ({usable_cores()} cores). Use None, which takes all cores."
        raise UsageError(message)
