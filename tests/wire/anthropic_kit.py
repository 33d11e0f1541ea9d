"""Anthropic's wire with models whose abilities are written down here, so that no case depends on what the catalogue says today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from racto_nb.providers.anthropic.facts import EXHAUSTED_CODES, EXTRAS, MODEL_CODES, OVERFLOW_CODES
from racto_nb.providers.anthropic.wire import AnthropicWire, no_embeddings
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Abilities, ModelSpec

_CURRENT = Abilities(
    json_schema=True,
    tools=True,
    images=True,
    documents=True,
    thinking=True,
    sampling=False,
    window=1_000_000,
    output_limit=20_000,
)
_UNKNOWN = Abilities(json_schema=None, tools=None, images=None, documents=None, thinking=None, sampling=None)
ABILITIES = {
    "claude-opus-5-5": _CURRENT,
    "claude-opus-4-8": _CURRENT,
    "claude-sonnet-4-5": _CURRENT,
    "claude-3-5-haiku-latest": replace(_CURRENT, json_schema=False, documents=False, thinking=False),
}
"""The answers of all models here end at 20,000 tokens. Other models are unknown, as those of another server are."""

ACCOUNT = Account(
    key_advice="The key came from the test: check it.",
    nearest=lambda name: [known for known in ABILITIES if known[:11] == name[:11]],
    overflow_codes=OVERFLOW_CODES,
    exhausted_codes=EXHAUSTED_CODES,
    model_codes=MODEL_CODES,
)


@dataclass(frozen=True)
class WrittenSpecs:
    """The models above."""

    def chat_spec(self, model: str) -> ModelSpec:
        return ModelSpec("anthropic", model, replace(ABILITIES.get(model, _UNKNOWN), extras=EXTRAS))

    def embedding_spec(self, model: str) -> ModelSpec:
        raise no_embeddings()


def anthropic_wire(kit: dict[str, Any]) -> tuple[AnthropicWire, WrittenSpecs, str]:
    """The wire, the specs and the model of a kit opened with `model`."""
    return AnthropicWire(ACCOUNT), WrittenSpecs(), kit.get("model", "claude-opus-5-5")
