"""What a model answered. Pure values."""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json

from racto_nb.models.messages import Message, ToolCallResult, ToolRun, ToolStop
from racto_nb.models.route import Route
from racto_nb.models.truncation import Truncation
from racto_nb.models.usage import Spent

FRESH = "fresh"
"""The origin of an answer that the provider gave just now."""
REPLAY = "replay"
"""The origin of an answer that came from a recording."""

__all__ = ["FRESH", "FinishReason", "LLMResponse", "ToolCallResult", "partial_json", "strip_markdown_fences", "try_parse_json"]


class FinishReason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    TOOL_CALL = "tool_call"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    ERROR = "error"


class LLMResponse(BaseModel):
    """One answer, in the same shape for every provider.

    `content` is the text exactly as the model wrote it; nothing is cut from it. `parsed` is the JSON object or array that the
    whole answer is, or the validated dump where a response model was asked for, else None; `parsed_model` is the validated
    instance itself. `usage` counts tokens: `prompt_tokens`, `completion_tokens`, `total_tokens`, and `cached_tokens`,
    `cache_write_tokens` or `reasoning_tokens` where the provider reports them. `model` names the model that answered. `raw` is
    the provider's own object; the keys of its JSON are attributes too: `raw.model` is `raw["model"]`.

    `messages` are the turns that followed the question: `history + [question, *response.messages]` goes on from here. Where the
    kit called tools itself, `tool_runs` are all calls that it carried out, and `tool_stop` says why it ended.

    `origin` is where it came from: "fresh" from the provider, "exact" or "semantic" from a cache, "replay" from a recording,
    "unasked" where a RactoRAG found no passages and asked no model. `stored_at` is when the provider gave an answer that came
    from a cache. `route` tells how a kit on "auto" chose the model, and `truncation` what was left out of a history that was too
    long; None where nothing was chosen, or left out.
    `spent` is what each request behind it used.

    >>> LLMResponse(content="4", usage={"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}).content
    '4'
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    content: str | None = None
    thinking: str | None = None
    parsed: dict[str, Any] | list[Any] | None = None
    tool_calls: list[ToolCallResult] = Field(default_factory=list[ToolCallResult])
    finish_reason: FinishReason = FinishReason.STOP
    usage: dict[str, int] = Field(default_factory=dict)
    model: str | None = None
    raw: Any = Field(default=None, repr=False)
    parsed_model: BaseModel | None = Field(default=None, exclude=True, repr=False)
    messages: list[Message] = Field(default_factory=list[Message], exclude=True, repr=False)
    tool_runs: list[ToolRun] = Field(default_factory=list[ToolRun], repr=False)
    tool_stop: ToolStop | None = Field(default=None, repr=False)
    origin: str = Field(default=FRESH, exclude=True, repr=False)
    stored_at: datetime | None = Field(default=None, exclude=True, repr=False)
    route: Route | None = Field(default=None, exclude=True, repr=False)
    truncation: Truncation | None = Field(default=None, exclude=True, repr=False)
    spent: tuple[Spent, ...] = Field(default=(), exclude=True, repr=False)


_ONE_FENCE = re.compile(
    r"\A\s*(?P<fence>`{3,})[ \t]*[\w+-]*[ \t]*\r?\n(?P<inside>.*?)(?P<break>\r?\n|^)?[ \t]*(?P=fence)`*\s*\Z",
    re.DOTALL | re.MULTILINE,
)
_OPENING_FENCE = re.compile(r"\A\s*`{3,}[ \t]*[\w+-]*[ \t]*\r?\n")
_FENCE_LINE = re.compile(r"^[ \t]*`{3}", re.MULTILINE)


def strip_markdown_fences(text: str) -> str:
    """The inside of `text` when the whole of it is one fenced block; otherwise `text` unchanged.

    >>> strip_markdown_fences('```json\\n{"a": 1}\\n```')
    '{"a": 1}'
    >>> strip_markdown_fences("before ```x``` after")
    'before ```x``` after'
    """
    match = _ONE_FENCE.match(text)
    if match is None:
        return text
    inside = match["inside"]
    # Backticks inside a line of code close nothing, unless the fence itself is closed inside a line.
    another = "```" in inside if match["break"] is None else _FENCE_LINE.search(inside)
    return text if another else inside


def try_parse_json(text: str) -> dict[str, Any] | list[Any] | None:
    """The JSON object or array that the whole of `text` is (one surrounding fence allowed), or None.

    NaN and Infinity, which Python reads, are not JSON.

    >>> try_parse_json('[1, 2]')
    [1, 2]
    >>> try_parse_json('the answer is [1, 2]') is None
    True
    """
    bare = strip_markdown_fences(text).strip()
    if not bare.startswith(("{", "[")):
        return None
    try:
        value: object = json.loads(bare, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict | list):
        return cast("dict[str, Any] | list[Any]", value)
    return None


def partial_json(text: str) -> dict[str, Any] | list[Any] | None:
    """The JSON object or array that `text` begins, as far as it can be read; None before anything of it can be.

    >>> partial_json('```json\\n{"title": "The Mat')
    {'title': 'The Mat'}
    """
    opened = _OPENING_FENCE.match(text)
    bare = (text[opened.end() :] if opened else text).strip()
    if opened and bare.endswith(("}`", "]`", "\n`", "``")):  # the closing fence begins
        bare = bare.rstrip("`")
    if not bare.startswith(("{", "[")):
        return None
    try:
        value: object = from_json(bare, allow_partial="trailing-strings", allow_inf_nan=False)
    except ValueError:
        return None
    return cast("dict[str, Any] | list[Any]", value) if isinstance(value, dict | list) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
