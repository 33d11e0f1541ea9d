"""Ollama's wire as a kit opens it: `num_ctx` and `refuse_cut` may be given by a case."""

from __future__ import annotations

from typing import Any

from racto_nb.providers.catalog import Catalogue
from racto_nb.providers.ollama.facts import MODEL_CODE, OVERFLOW_CODE
from racto_nb.providers.ollama.opening import OllamaSpecs
from racto_nb.providers.ollama.wire import OllamaWire
from racto_nb.providers.serving import Account

ACCOUNT = Account(
    key_advice="Ollama asks for no key.",
    nearest=lambda _: [],
    overflow_codes=frozenset({OVERFLOW_CODE}),
    model_codes=frozenset({MODEL_CODE}),
)


def ollama_wire(kit: dict[str, Any]) -> tuple[OllamaWire, OllamaSpecs, str]:
    """The wire, the specs and the model of a kit opened with `model`, `num_ctx` and `refuse_cut`."""
    window = kit.get("num_ctx")
    wire = OllamaWire(ACCOUNT, window, kit.get("refuse_cut", True))
    return wire, OllamaSpecs(window=window, known=Catalogue({})), kit.get("model", "llama3.2")
