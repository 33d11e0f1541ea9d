"""What of a question is counted as tokens."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from racto_nb import ToolRegistry
from racto_nb.kits.counting import (
    IMAGE_TOKENS,
    MESSAGE_TOKENS,
    PAGE_TOKENS,
    TOOLS_TOKENS,
    files_tokens,
    message_tokens,
    system_tokens,
    tools_tokens,
)
from racto_nb.models import ChatConfig, Message, ToolCallResult
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile


class Person(BaseModel):
    name: str


def now(zone: str) -> str:
    """The time in a zone."""
    return zone


PROMPT = RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")


def config(**fields: Any) -> ChatConfig:
    return ChatConfig(user_message="Hi", **fields)


def test_the_system_text_is_counted_as_it_is_compiled_with_the_schema_of_the_answer():
    assert system_tokens(config(), len) == 0
    assert system_tokens(config(prompt=PROMPT), len) == MESSAGE_TOKENS + len(PROMPT.compile())
    assert system_tokens(config(prompt=PROMPT, response_model=Person), len) > MESSAGE_TOKENS + len(PROMPT.compile())
    assert system_tokens(config(response_model=Person), len) > 0


def test_tools_are_counted_with_what_a_model_is_told_of_calling_them():
    one = tools_tokens(config(tools=ToolRegistry([now])), len)
    assert one > TOOLS_TOKENS + len("now") + len("The time in a zone.")
    assert tools_tokens(config(tools=ToolRegistry()), len) == tools_tokens(config(), len) == 0


@pytest.mark.parametrize(
    ("turn", "tokens"),
    [
        (Message(role="user", content="12345"), 5),
        (Message(role="tool", content="12345", name="now", tool_call_id="1"), 8),
        (
            Message(role="assistant", content="", tool_calls=[ToolCallResult(id="1", name="now", arguments={"zone": "é"})]),
            8 + len('["now", {"zone": "é"}]'),
        ),
        (Message(role="assistant", content="12", own={"fake:m": "x" * 30}), 32),
        (Message(role="user", content="1", attachments=[RactoFile(b"\x89PNG", "image/png")]), 1 + IMAGE_TOKENS),
    ],
)
def test_a_turn_is_counted_with_its_calls_and_files_and_what_its_model_wants_back(turn: Message, tokens: int):
    assert message_tokens(turn, len) == MESSAGE_TOKENS + tokens


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        (b"%PDF-1.4 /Type /Page /Parent 1 0 R /Type/Page\n /Type /Pages /Count 2", 2),
        (b"%PDF-1.7 " + b"x" * 30_000, 2),
        (b"", 1),
    ],
)
def test_a_document_is_counted_by_its_pages_or_by_its_size(data: bytes, pages: int):
    assert files_tokens([RactoFile(data, "application/pdf")], len) == pages * PAGE_TOKENS


def test_a_text_file_is_counted_by_its_text():
    assert files_tokens([RactoFile(b"z" * 100, "text/plain", name="a.txt")], len) == MESSAGE_TOKENS + 100 + len("[File: a.txt]\n")
