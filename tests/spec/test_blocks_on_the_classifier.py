"""The documents' own code block on sorting texts by a list of options."""

from __future__ import annotations

import json

from spec.originals import KEY, Runner

OPTIONS = ["Billing", "Technical Support", "Sales"]


def test_block_59_a_text_gets_its_option_with_a_confidence(run: Runner):
    ran = run(59, [json.dumps({"selected": "Billing", "confidence": 0.97})])

    (request,) = ran.requests
    assert ran.printed == ["Billing 0.97"]
    assert request.authorized_with(KEY)
    assert request.json["model"] == "gpt-4o-mini"
    assert ran["result"].options_provided == OPTIONS
    assert ran["result"].confidence_kind == "stated", "the server here is not OpenAI's own, and nobody knows what it tells"
