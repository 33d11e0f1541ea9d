"""The documents' own code block on sorting texts by a list of options."""

from __future__ import annotations

import json
import math

from spec.originals import KEY, Runner

from racto_nb.testing import FakeBody

OPTIONS = ["Billing", "Technical Support", "Sales"]
TOKENS = [('{"selected": "', 1.0, {}), ("Billing", 0.6, {"Sales": 0.2}), ('"}', 1.0, {})]


def completion() -> bytes:
    """An answer of Chat Completions that tells how likely its tokens were."""
    told = [
        {
            "token": text,
            "logprob": math.log(share),
            "top_logprobs": [{"token": t, "logprob": math.log(s)} for t, s in more.items()],
        }
        for text, share, more in TOKENS
    ]
    message = {"role": "assistant", "content": "".join(text for text, _, _ in TOKENS), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": {"content": told}}
    usage = {"prompt_tokens": 90, "completion_tokens": 3, "total_tokens": 93}
    return json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [choice], "usage": usage,
    }).encode()  # fmt: skip


def test_block_59_a_text_gets_its_option_with_a_confidence(run: Runner):
    ran = run(59, [FakeBody(completion())])

    (request,) = ran.requests
    option, confidence = ran.printed[0].split()
    assert (option, round(float(confidence), 6)) == ("Billing", 0.75)
    assert request.authorized_with(KEY)
    assert request.json["model"] == "gpt-4o-mini"
    assert request.json["response_format"]["json_schema"]["schema"]["properties"]["selected"]["enum"] == OPTIONS
    assert ran["result"].confidence_kind == "logprobs"
