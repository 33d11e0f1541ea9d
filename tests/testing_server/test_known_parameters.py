"""The parameters that the fake knows are those of the installed library: it refuses none that the real service takes."""

from __future__ import annotations

from typing import Any

from openai.types.chat import completion_create_params as chat
from openai.types.responses import response_create_params as responses

from racto_nb.testing.wire_files import load_wires

RESPONSES = (responses.ResponseCreateParamsNonStreaming, responses.ResponseCreateParamsStreaming)
CHAT = (chat.CompletionCreateParamsNonStreaming, chat.CompletionCreateParamsStreaming)


def parameters_of(kinds: tuple[Any, ...]) -> set[str]:
    return {key for kind in kinds for key in kind.__required_keys__ | kind.__optional_keys__}


def fields_of(endpoint: str, rule: str) -> list[str]:
    """Those of the first rule of this kind."""
    rules: Any = load_wires()["openai"].spec["endpoints"][endpoint]["rules"]
    return next(each["fields"] for each in rules if each["rule"] == rule)


def test_responses_knows_the_parameters_of_the_installed_library():
    assert sorted(fields_of("POST /responses", "known")) == sorted(parameters_of(RESPONSES))


def test_chat_completions_refuses_the_parameters_that_only_responses_has():
    # Others pass: compatible servers, for which it stands too, know parameters of their own.
    assert sorted(fields_of("POST /chat/completions", "absent")) == sorted(parameters_of(RESPONSES) - parameters_of(CHAT))
