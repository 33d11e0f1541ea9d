"""Google's wire with models whose abilities are written down here, so that no case depends on what the catalogue says today."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from racto_nb.providers.google.facts import EMBEDDING, EXTRAS, KEY_CODES, MODEL_CODES, OVERFLOW
from racto_nb.providers.google.wire import GoogleWire
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec

_THINKS = Abilities(
    json_schema=True, tools=True, images=True, documents=True, thinking=True, sampling=None, window=400_000, output_limit=20_000
)
_UNKNOWN = Abilities(
    json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None, embeddings=None, dimensions=None
)
ABILITIES = {
    "gemini-3.8-flash": _THINKS,
    "gemini-2.5-flash-lite": replace(_THINKS, sampling=True),
    "gemini-2.0-flash": replace(_THINKS, thinking=False, sampling=True),
    "gemini-no-sampling": replace(_THINKS, sampling=False),
    "gemini-embedding-2": Abilities(embeddings=True, dimensions=True, embed_batch=3, extras=frozenset(EMBEDDING)),
    "gemini-embedding-001": Abilities(embeddings=True, dimensions=True),
}
"""The answers of all models here end at 20,000 tokens, and three texts are embedded in one request. Other models are unknown."""

ACCOUNT = Account(
    key_advice="The key came from the test: check it.",
    nearest=lambda name: [known for known in ABILITIES if known[:10] == name[:10]],
    overflow_codes=frozenset({OVERFLOW}),
    model_codes=MODEL_CODES,
    key_codes=KEY_CODES,
)


@dataclass(frozen=True)
class WrittenSpecs:
    """The models above."""

    abilities: dict[str, Abilities] = field(default_factory=lambda: ABILITIES)

    def chat_spec(self, model: str) -> ModelSpec:
        return ModelSpec("google", model, replace(self.abilities.get(model, _UNKNOWN), extras=EXTRAS))

    def embedding_spec(self, model: str) -> ModelSpec:
        return ModelSpec("google", model, self.abilities.get(model, _UNKNOWN))


def google_wire(kit: dict[str, Any]) -> tuple[GoogleWire, WrittenSpecs, str]:
    """The wire, the specs and the model of a kit opened with `model` and `version`."""
    return GoogleWire(ACCOUNT, kit.get("version", "")), WrittenSpecs(), kit.get("model", "gemini-3.8-flash")
