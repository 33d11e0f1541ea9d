"""Hugging Face's wire as a kit opens it: `grammar` and `own` (a server of one's own, not the router) may be given by a case."""

from __future__ import annotations

from typing import Any

from racto_nb.providers.catalog import Catalogue
from racto_nb.providers.huggingface.facts import EXHAUSTED_CODE, MODEL_CODES, OVERFLOW_CODE
from racto_nb.providers.huggingface.opening import HuggingFaceSpecs
from racto_nb.providers.huggingface.wire import HuggingFaceWire
from racto_nb.providers.serving import Account

ACCOUNT = Account(
    key_advice="The token came from the test: check it.",
    nearest=lambda _: [],
    overflow_codes=frozenset({OVERFLOW_CODE}),
    exhausted_codes=frozenset({EXHAUSTED_CODE}),
    model_codes=MODEL_CODES,
)


def hugging_face_wire(kit: dict[str, Any]) -> tuple[HuggingFaceWire, HuggingFaceSpecs, str]:
    """The wire, the specs and the model of a kit opened with `model`, `grammar` and `own`."""
    own = kit.get("own", False)
    wire = HuggingFaceWire(ACCOUNT, "" if own else "https://router.huggingface.co", kit.get("grammar") == "tgi")
    return wire, HuggingFaceSpecs(not own, known=Catalogue({})), kit.get("model", "owner/model")
