"""What is known of a model for embeddings before it is asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from racto_nb.kits.resolving import KitSettings
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.wire import Provider


@dataclass(frozen=True, slots=True)
class EmbeddingFacts:
    """Which `model` of which `provider` makes the vectors; `address` is empty where the provider itself serves it."""

    provider: str
    model: str
    address: str = ""

    @property
    def name(self) -> str:
        """One word for all of it: vectors under one name can be compared."""
        return f"{self.provider}:{self.model}" + (f"@{self.address}" if self.address else "")

    @property
    def dimension(self) -> int:
        """The length of the vectors as the catalogue has it, -1 where it has none.

        >>> EmbeddingFacts("openai", "text-embedding-3-large").dimension, EmbeddingFacts("openai", "a-model-of-ours").dimension
        (3072, -1)
        """
        facts = catalogue().facts(self.provider, self.model)
        return -1 if facts is None or facts.dimensions is None else facts.dimensions


def embedding_facts(provider: Provider, settings: KitSettings) -> EmbeddingFacts | None:
    """The facts of the model that a kit embeds with; None for a kit that offers no embeddings."""
    model = settings.embedding_model
    if provider.embed_port is None or model is None:
        return None
    is_official = provider.specs.embedding_spec(model).official
    return EmbeddingFacts(provider.name, model, "" if is_official else provider.address)
