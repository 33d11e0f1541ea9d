"""Adapters that users write: what the base class gives them."""

from __future__ import annotations

from typing import Any

import pytest

from racto_nb.adapters import BaseLLMAdapter, ChatTurn, FinishReason, LLMResponse, ToolCallResult
from racto_nb.models import Message


class Echo(BaseLLMAdapter):
    """Says what it is told."""

    def run(self, prompt: Any, user_message: str, **options: Any) -> LLMResponse:
        return self._build_response(user_message, **options.get("parts", {}))

    async def arun(self, prompt: Any, user_message: str, **options: Any) -> LLMResponse:
        return self.run(prompt, user_message, **options)

    def translate_tools(self, registry: Any) -> list[dict[str, Any]]:
        return [{"name": tool.name} for tool in registry.schemas]


@pytest.mark.parametrize("missing", ["run", "arun", "translate_tools"])
def test_a_subclass_must_write_each_of_the_three(missing: str):
    methods = {name: vars(Echo)[name] for name in ("run", "arun", "translate_tools") if name != missing}
    with pytest.raises(TypeError, match=missing):
        type("Partial", (BaseLLMAdapter,), methods)("m")


def test_the_model_and_the_options_are_kept_and_the_key_is_not_shown():
    adapter = Echo("m", api_key="secret-key", region="eu")
    assert (adapter.model, adapter.api_key, adapter.options) == ("m", "secret-key", {"region": "eu"})
    assert repr(adapter) == "Echo(model='m')"


def test_a_subclass_that_calls_no_constructor_can_be_used():
    class Bare(Echo):
        def __init__(self) -> None:
            self.calls = 0

    response = Bare().run(None, "Hi")
    assert (response.content, response.model, repr(Bare())) == ("Hi", None, "Bare(model='')")


def test_a_response_is_built_from_its_parts():
    call = ToolCallResult(id="c", name="add", arguments={"a": 1})
    parts = {
        "usage": {"total_tokens": 3},
        "thinking": "hm",
        "raw": "r",
        "finish_reason": FinishReason.LENGTH,
        "tool_calls": [call],
    }
    response = Echo("m").run(None, "Hi", parts=parts)
    assert (response.usage, response.thinking, response.raw) == ({"total_tokens": 3}, "hm", "r")
    assert (response.finish_reason, response.tool_calls, response.model) == (FinishReason.LENGTH, [call], "m")
    assert response.messages == [Message(role="assistant", content="Hi", tool_calls=[call])]


def test_a_response_that_calls_tools_says_so():
    parts = {"tool_calls": [ToolCallResult(name="add", arguments={})]}
    assert Echo("m").run(None, "", parts=parts).finish_reason is FinishReason.TOOL_CALL


@pytest.mark.parametrize(("text", "found"), [('{"a": 1}', {"a": 1}), ("```json\n[1]\n```", [1]), ("see [1]", None), ("", None)])
def test_the_json_that_the_whole_text_is_is_found_and_the_text_kept(text: str, found: object):
    response = Echo("m").run(None, text)
    assert (response.parsed, response.content) == (found, text)


async def test_an_adapter_is_its_own_block():
    with Echo("m") as one:
        assert one.run(None, "Hi").content == "Hi"
    async with Echo("m") as other:
        assert (await other.arun(None, "Hi")).content == "Hi"


def test_a_turn_is_a_dict():
    assert ChatTurn(role="user", content="Hi") == {"role": "user", "content": "Hi"}
