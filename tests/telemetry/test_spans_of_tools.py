"""Calls of tools are spans below the call that asked for them, and what tools do is below those."""

from __future__ import annotations

import json
from typing import Any

import pytest
from calling_replies import calls
from opentelemetry.trace import SpanKind, StatusCode
from telemetry.conftest import Spans, is_child
from telemetry.ways import ASK, achatted, all_ways, astreamed

from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry


def asking(*functions: Any) -> ChatConfig:
    return ChatConfig(user_message="Weather?", tools=ToolRegistry(list(functions)), auto_execute_tools=True)


@all_ways
def test_each_call_of_a_tool_is_a_span_and_what_it_does_is_below(way, spans: Spans):
    def weather(city: str) -> str:
        """The weather of a city."""
        with spans.begun(f"looking at {city}"):
            return FakeKit(["sunny"], model=f"of-{city}").chat(ASK).content

    way(FakeKit([calls("", ("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"})), "Sunny."]), asking(weather))
    call = spans.named("chat fake-model")
    tools = [span for span in spans.all if span.name == "execute_tool weather"]
    assert [span.kind for span in tools] == [SpanKind.INTERNAL] * 2
    assert all(is_child(tool, call) for tool in tools)
    assert {tool.attributes["gen_ai.tool.call.id"] for tool in tools} == {"call_0", "call_1"}
    assert {tool.attributes["gen_ai.tool.type"] for tool in tools} == {"function"}
    assert call.attributes["racto_nb.requests"] == 2
    above = {span.parent.span_id for span in spans.all if span.name.startswith("looking at")}
    assert above == {tool.context.span_id for tool in tools}
    assert is_child(spans.named("chat of-Oslo"), spans.named("looking at Oslo"))
    assert "Oslo" not in "".join(tool.to_json() for tool in tools)


@pytest.mark.parametrize("way", [achatted, astreamed])
def test_an_async_tool_is_a_span_too(way, spans: Spans):
    async def weather(city: str) -> str:
        """The weather of a city."""
        return (await FakeKit(["sunny"], model="inner").achat(ASK)).content or ""

    way(FakeKit([calls("", ("weather", {"city": "Oslo"})), "Sunny."]), asking(weather))
    assert is_child(spans.named("chat inner"), spans.named("execute_tool weather"))


@all_ways
def test_a_tool_that_fails_fails_its_span_and_not_the_call(way, spans: Spans):
    def weather(city: str) -> str:
        """The weather of a city."""
        raise LookupError(city)

    way(FakeKit([calls("", ("weather", {"city": "Oslo"}), ("weather", {"town": 1})), "Sorry."]), asking(weather))
    failed = [span for span in spans.all if span.name == "execute_tool weather"]
    assert {span.status.status_code for span in failed} == {StatusCode.ERROR}
    assert min(span.attributes["error.type"] for span in failed) == "LookupError"
    assert spans.named("chat fake-model").status.status_code is StatusCode.UNSET
    assert "Oslo" not in "".join(span.to_json() for span in failed)


def test_a_tool_that_would_end_the_program_is_told_by_that_name(spans: Spans):
    def leave() -> str:
        """Leave."""
        raise SystemExit(1)

    FakeKit([calls("", ("leave", {})), "Sorry."]).chat(asking(leave))
    assert spans.named("execute_tool leave").attributes["error.type"] == "SystemExit"


def test_what_a_tool_is_given_and_returns_is_told_where_asked_for(texts: Spans, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "token-0123456789")

    def weather(city: str) -> str:
        """The weather of a city."""
        return f"token-0123456789 in {city}"

    FakeKit([calls("", ("weather", {"city": "Oslo"})), "Sunny."]).chat(asking(weather))
    known = texts.named("execute_tool weather").attributes
    assert json.loads(known["gen_ai.tool.call.arguments"]) == {"city": "Oslo"}
    assert known["gen_ai.tool.call.result"] == "[SOME_TOKEN] in Oslo"


def test_calls_that_nobody_carries_out_are_told_with_the_answer(texts: Spans):
    FakeKit([calls("", ("weather", {"city": "Oslo"}))]).chat(ASK)
    (span,) = texts.all
    (said,) = json.loads(span.attributes["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "tool_call", "id": "call_0", "name": "weather", "arguments": {"city": "Oslo"}}]
    assert span.attributes["gen_ai.response.finish_reasons"] == ("tool_call",)
