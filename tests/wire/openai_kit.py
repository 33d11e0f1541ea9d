"""OpenAI's wire with models whose abilities are written down here, so that no case depends on what the catalogue says today."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from racto_nb.providers.chat_completions.embedding import EMBEDDING_EXTRAS
from racto_nb.providers.openai.facts import EXHAUSTED_CODES, EXTRAS, MODEL_CODES, OVERFLOW_CODES
from racto_nb.providers.openai.wire import OpenAIWire
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec

_REASONS = Abilities(
    json_schema=True, tools=True, images=True, documents=True, thinking=True, sampling=False, window=400_000, output_limit=20_000
)
_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None, embeddings=None, dimensions=None
)
ABILITIES = {
    "gpt-6-luna": _REASONS,
    "gpt-4.1": replace(_REASONS, thinking=False, sampling=True),
    "no-schemas": replace(_REASONS, json_schema=False, thinking=False, sampling=True),
    "text-embedding-3-small": Abilities(embeddings=True, dimensions=True, embed_batch=3, extras=EMBEDDING_EXTRAS),
    "text-embedding-ada-002": Abilities(embeddings=True),
}
"""The answers of all models here end at 20,000 tokens, and three texts are embedded in one request. Other models are unknown."""

ACCOUNT = Account(
    key_advice="The key came from the test: check it.",
    nearest=lambda name: [known for known in ABILITIES if known[:4] == name[:4]],
    overflow_codes=OVERFLOW_CODES,
    exhausted_codes=EXHAUSTED_CODES,
    model_codes=MODEL_CODES,
)


@dataclass(frozen=True)
class WrittenSpecs:
    """The models above."""

    abilities: dict[str, Abilities] = field(default_factory=lambda: ABILITIES)

    def chat_spec(self, model: str) -> ModelSpec:
        return ModelSpec("openai", model, replace(self.abilities.get(model, _UNKNOWN), extras=EXTRAS))

    def embedding_spec(self, model: str) -> ModelSpec:
        return ModelSpec("openai", model, self.abilities.get(model, _UNKNOWN))


def openai_wire(kit: dict[str, Any]) -> tuple[OpenAIWire, WrittenSpecs, str]:
    """The wire, the specs and the model of a kit opened with `model`, `api` and `compatible`."""
    wire = OpenAIWire(ACCOUNT, kit.get("api", "auto"), kit.get("compatible", False))
    return wire, WrittenSpecs(), kit.get("model", "gpt-6-luna")
