"""The documents' own code blocks on streaming and on async."""

from __future__ import annotations

import pytest
from spec.originals import KNOWN_NAMES, Runner, turns

from racto_nb.testing import FakeReply

# OpenAI also counts these; the documents show the first three counts.
MORE = {"cached_tokens": 0, "reasoning_tokens": 0}


def test_block_12_hugging_face_streams_and_embeds(run: Runner):
    with KNOWN_NAMES["hf"].Chat() as kit:
        ran = run(12, ["Why did the tensor cross?"], kit=kit)
    (printed,) = ran.printed
    assert printed.startswith("Why did the tensor cross?[")
    chat, embedding = ran.requests
    assert chat.json["stream"] is True
    assert turns(chat) == [("user", "Tell me a joke.")]
    assert embedding.path == "/hf-inference/models/sentence-transformers/all-MiniLM-L6-v2/pipeline/feature-extraction"
    assert embedding.json["inputs"] == ["hello world"]
    assert len(ran["resp"].vectors) == 1


def test_block_19_a_stream_is_printed_in_pieces(run: Runner):
    usage = {"prompt_tokens": 50, "completion_tokens": 7}
    ran = run(19, [FakeReply.of("Generators yield values one by one.", usage=usage)])
    assert ran.printed == [
        "Generators yield values one by one.",
        "Finish reason : stop",
        f"Tokens used   : {usage | {'total_tokens': 57} | MORE}",
        "Full response : Generators yield values one by one....",
    ]
    assert ran.requests[0].json["stream"] is True


@pytest.mark.parametrize(
    ("alias", "model"),
    {"gemini": "gemini-3.8-flash", "claude": "claude-opus-5-5", "local": "llama3.2", "hf": "some/model"}.items(),
)
def test_block_19_prints_the_same_for_every_kit(run: Runner, alias: str, model: str):
    """As the documents promise: another module and another model, everything else stays the same."""
    module = KNOWN_NAMES[alias].__name__.rpartition(".")[2]
    usage = {"prompt_tokens": 50, "completion_tokens": 7}
    ran = run(
        19,
        [FakeReply.of("Generators yield values one by one.", usage=usage)],
        replaced={"openai_developer_kit": module, "gpt-4o": model},
    )
    piece, reason, tokens, whole = ran.printed
    assert piece == "Generators yield values one by one."
    assert reason == "Finish reason : stop"
    assert "'prompt_tokens': 50, 'completion_tokens': 7, 'total_tokens': 57" in tokens
    assert whole == "Full response : Generators yield values one by one...."


def test_block_20_chat_and_stream_can_be_awaited(run: Runner):
    usage = {"prompt_tokens": 9, "completion_tokens": 3}
    ran = run(20, ["SOLID is five principles.", FakeReply.of("Five words.", usage=usage)])
    assert ran.printed == [
        "SOLID is five principles.",
        "Five words.",
        f"Done. Tokens: {usage | {'total_tokens': 12} | MORE}",
    ]
    assert [turns(request) for request in ran.requests] == [[("user", "What is SOLID?")], [("user", "Explain SOLID briefly")]]


@pytest.mark.parametrize(
    ("alias", "model"),
    {"gemini": "gemini-3.8-flash", "claude": "claude-opus-5-5", "local": "llama3.2", "hf": "some/model"}.items(),
)
def test_block_20_is_awaited_with_every_kit(run: Runner, alias: str, model: str):
    module = KNOWN_NAMES[alias].__name__.rpartition(".")[2]
    ran = run(20, ["SOLID is five principles.", "Five words."], replaced={"openai_developer_kit": module, "gpt-4o": model})
    assert ran.printed[:2] == ["SOLID is five principles.", "Five words."]
    assert ran.printed[2].startswith("Done. Tokens: {'prompt_tokens': ")
    assert len(ran.requests) == 2
