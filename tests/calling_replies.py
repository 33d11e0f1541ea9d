"""Replies of a FakeKit that call tools. `path` is where a kernel finds this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from racto_nb.models.messages import ToolCallResult
from racto_nb.models.response import FinishReason
from racto_nb.testing import FakeReply

LOAD = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom calling_replies import calls"


def calls(text: str, *asked: tuple[str, dict[str, Any]]) -> FakeReply:
    """A reply that says `text` and then calls tools: pairs of a name and arguments."""
    named = tuple(ToolCallResult(id=f"call_{n}", name=name, arguments=given) for n, (name, given) in enumerate(asked))
    return FakeReply((text,) if text else (), finish_reason=FinishReason.TOOL_CALL, tool_calls=named)
