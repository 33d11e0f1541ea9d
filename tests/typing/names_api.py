"""What users write of names and errors, as the guides do. pyright and mypy read it, strictly; it is never run."""

from __future__ import annotations

from typing import assert_type

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import RactoGatewayError
from racto_nb.models import FinishReason, Message, MessageRole, ToolCallResult
from racto_nb.pipelines import SQLAnalystPipeline, SQLAnalystResult
from racto_nb.testing import FakeReply


def names_in_the_place_of_enums() -> list[Message]:
    """As the guides write it: pydantic makes the role of its name."""
    message = Message(role="user", content="Hi", attachments=[])
    assert_type(message.role, MessageRole)
    reply = FakeReply(("a", "b"), 0.1, finish_reason="tool_call")
    assert_type(reply.finish_reason, FinishReason)
    return [message, gpt.Message(role="assistant", content="Hello", tool_calls=[ToolCallResult(name="a", arguments={})])]


def what_an_error_of_sql_had_reached(analyst: SQLAnalystPipeline) -> str | None:
    try:
        return analyst.run("What sells best?").answer
    except RactoGatewayError as error:
        if isinstance(error.result, SQLAnalystResult):
            assert_type(error.result, SQLAnalystResult)
            return error.result.sql_query
        raise
