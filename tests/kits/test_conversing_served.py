"""Tools over a real stream: a turn does not wait for what a server still has open of the turn before."""

from __future__ import annotations

from racto_nb import openai_developer_kit as gpt
from racto_nb.testing import FakeBody, FakeProvider
from racto_nb.tools import ToolRegistry

CALL = (
    b'data: {"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":'
    b'{"name":"now","arguments":"{}"}}]}}]}\n\n'
    b'data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
)


def now() -> str:
    """The time."""
    return "12:00"


def test_the_next_turn_does_not_wait_for_a_server_that_keeps_the_stream_open():
    body = FakeBody(CALL, "text/event-stream", ending="hang")
    config = gpt.ChatConfig(user_message="What time is it?", tools=ToolRegistry([now]), auto_execute_tools=True)
    with (
        FakeProvider([body, "It is noon."]) as server,
        gpt.Chat("local", api_key="any", base_url=server.base_url("openai"), api="chat", timeout=60) as kit,
    ):
        chunks = list(kit.stream(config))
    assert chunks[-1].accumulated_text == "It is noon."
    assert [run.content for chunk in chunks for run in chunk.tool_runs] == ["12:00"]
