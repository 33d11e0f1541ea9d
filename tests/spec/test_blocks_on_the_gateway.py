"""The documents' own code blocks on the low-level layer: Gateway and adapters."""

from __future__ import annotations

import json
import re
from pathlib import Path

from spec.originals import Runner, originals

import racto_nb
from racto_nb.adapters import openai_kit

FOUND = {"bugs": ["ZeroDivisionError if b is 0"], "severity": "high"}


def test_block_30_imports_the_names_of_the_low_level(run: Runner, desk: Path):
    ran = run(30)
    assert ran["Gateway"] is racto_nb.Gateway
    assert ran["OpenAILLMKit"] is openai_kit.OpenAILLMKit


def test_block_34_a_gateway_is_used_in_both_colours(run: Runner):
    ran = run(34, [json.dumps(FOUND), '{"bugs": []}'])
    assert ran.printed == [str(FOUND), str({"bugs": []})]
    assert [request.json["messages"] for request in ran.requests] == [
        [{"role": "system", "content": ran["prompt"].compile().strip()}, {"role": "user", "content": question}]
        for question in ("Review: def div(a, b): return a / b", "Review: x = 1; del x; print(x)")
    ]
    assert all(request.authorized_with("sk-...") for request in ran.requests)
    assert ran.requests[0].json["response_format"] == {"type": "json_object"}


def test_every_block_on_the_low_level_is_run_here():
    low = re.compile(r"\bGateway\b|\w+LLMKit|ractogateway\.(adapters|gateway|_validation|_cot|_tool_runtime)\b")
    assert {number for number, block in originals().items() if low.search(block.code)} == {30, 34}
