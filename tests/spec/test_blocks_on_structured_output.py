"""The documents' own code blocks on answers of a declared shape."""

from __future__ import annotations

import json

import pytest
from spec.originals import KNOWN_NAMES, Runner

from racto_nb.testing import FakeProvider

SAID = {"sentiment": "positive", "confidence": 0.97, "reasoning": "Strong positive adjective."}
PRINTED = [json.dumps(SAID), str(SAID), "positive", "0.97", "Strong positive adjective."]


def test_block_27_an_answer_is_validated(run: Runner):
    ran = run(27, [json.dumps(SAID)])
    assert ran["result"] == ran["response"].parsed_model == ran["SentimentResult"](**SAID)
    assert ran.printed == PRINTED
    form = ran.requests[0].json["response_format"]["json_schema"]
    assert (form["name"], form["strict"]) == ("SentimentResult", True)
    assert set(form["schema"]["required"]) == set(SAID)


@pytest.mark.parametrize(
    ("alias", "model", "native"),
    [
        ("gemini", "gemini-3.8-flash", '"responseJsonSchema"'),
        ("claude", "claude-opus-5-5", '"output_config"'),
        ("local", "llama3.2", '"format"'),
        ("hf", "some/model", '"json_schema"'),
    ],
)
def test_block_27_prints_the_same_for_every_kit(run: Runner, alias: str, model: str, native: str):
    module = KNOWN_NAMES[alias].__name__.rpartition(".")[2]
    ran = run(27, [json.dumps(SAID)], replaced={"openai_developer_kit": module, "gpt-4o": model})
    assert ran.printed == PRINTED
    (request,) = ran.requests
    assert native in request.body.decode()


@pytest.mark.parametrize("alias", ["gpt", "gemini", "claude", "local", "hf"])
def test_block_86_the_shape_is_asked_for_and_the_answer_is_an_instance_of_it(run: Runner, server: FakeProvider, alias: str):
    ran = run(86)
    server._script.replies.append('{"label": "positive", "score": 0.9}')
    with KNOWN_NAMES[alias].Chat() as kit:
        response = kit.chat(ran["config"])
    assert response.parsed == {"label": "positive", "score": 0.9}
    assert response.parsed_model == ran["Sentiment"](label="positive", score=0.9)
    assert '"score"' in server.requests[0].body.decode()
