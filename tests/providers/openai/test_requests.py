"""Requests: no wish is dropped on the way, whichever API it goes through."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire.openai_kit import openai_wire

from racto_nb.exceptions import UnsupportedError
from racto_nb.models import ChatConfig
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.chat_completions.request import schema_format
from racto_nb.providers.openai.facts import BODY_EXTRA, BOTH_EXTRAS, CHAT_EXTRAS, EXTRAS, RESPONSES_EXTRAS
from racto_nb.providers.wire import Request

DICTS = {BODY_EXTRA: {"own": "marker"}, "reasoning": {"effort": "marker"}, "response_format": {"type": "marker"}}
KITS = [
    {"api": api, "compatible": compatible, "model": model}
    for api in ("auto", "responses", "chat")
    for compatible in (False, True)
    for model in ("gpt-6-luna", "gpt-4.1", "unknown")
]


def request_for(kit: dict[str, Any], config: ChatConfig, *, stream: bool = False) -> Request:
    wire, specs, model = openai_wire(kit)
    return wire.request_from(config, specs.chat_spec(model), stream=stream)


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: "-".join(map(str, kit.values())))
@pytest.mark.parametrize("key", sorted(EXTRAS))
def test_an_extra_is_sent_or_refused_and_never_dropped(kit: dict[str, Any], key: str):
    config = ChatConfig(user_message="Hi", extra={key: DICTS.get(key, "marker")})
    try:
        request = request_for(kit, config)
    except UnsupportedError as error:
        request, wish = None, error.wish
    if request is None:
        assert key in wish
        return
    assert "marker" in json.dumps(dict(request.arguments))
    assert (request.operation == "/responses") <= (key not in CHAT_EXTRAS)
    assert (request.operation == "/chat/completions") <= (key not in RESPONSES_EXTRAS)


def test_an_extra_belongs_to_one_api_or_to_both():
    assert not CHAT_EXTRAS & RESPONSES_EXTRAS
    assert not BOTH_EXTRAS & (CHAT_EXTRAS | RESPONSES_EXTRAS)
    assert BOTH_EXTRAS | CHAT_EXTRAS | RESPONSES_EXTRAS | {BODY_EXTRA} == EXTRAS


def values_inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [inner for item in value.values() for inner in values_inside(item)]
    if isinstance(value, list):
        return [inner for item in value for inner in values_inside(item)]
    return [value]


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(
    st.sampled_from(KITS),
    texts,
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), texts), max_size=4),
    st.tuples(st.booleans(), st.booleans(), st.integers(1, 30_000)),
)
def test_a_request_is_json_that_says_all_that_was_said(
    kit: dict[str, Any],
    message: str,
    history: list[tuple[str, str]],
    options: tuple[bool, bool, int],
):
    thinking, stream, most = options
    thinking = thinking and (kit["api"] != "chat" or kit["compatible"])  # OpenAI's Chat Completions shows no reasoning
    config = ChatConfig(
        user_message=message,
        history=[{"role": role, "content": text} for role, text in history],
        native_thinking=thinking,
        max_tokens=most,
    )
    request = request_for(kit, config, stream=stream)
    body = msgspec.json.decode(msgspec.json.encode(request.arguments))
    assert body == dict(request.arguments)
    said = values_inside(body)
    assert message in said
    assert all(any(text.strip() in value for value in said if isinstance(value, str)) for _, text in history)
    assert None not in said
    assert body.get("stream", False) is stream
    roles = {turn.get("role") for turn in body.get("input") or body["messages"]}
    assert roles <= {"system" if kit["compatible"] and request.operation != "/responses" else "developer", "user", "assistant"}
    room = next(body[key] for key in ("max_tokens", "max_completion_tokens", "max_output_tokens") if key in body)
    assert room >= min(most, 20_000)


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: "-".join(map(str, kit.values())))
def test_json_mode_has_the_word_where_the_provider_looks_for_it(kit: dict[str, Any]):
    prompt = RactoPrompt(role="A.", aim="B.", constraints=["C."], tone="D", output_format="json")
    body = request_for(kit, ChatConfig(user_message="Hi", prompt=prompt)).arguments
    turns = body.get("input") or body["messages"]
    assert any("JSON" in turn["content"] for turn in turns)


@given(st.text(min_size=1, max_size=90))
def test_the_name_of_a_schema_is_one_that_openai_allows(name: str):
    from pydantic import BaseModel

    model = type("Named", (BaseModel,), {"__doc__": "A.", "__module__": __name__})
    model.__name__ = name.replace("\x00", "")
    told = schema_format(model, compatible=False)["name"]
    assert 1 <= len(told) <= 64
    assert told.isascii()
    assert told.replace("_", "a").replace("-", "a").isalnum()
