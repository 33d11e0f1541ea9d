"""The turns of a conversation, and the calls of tools in them. Pure values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from racto_nb.prompts.files import RactoFile


class MessageRole(StrEnum):
    """Who speaks in a message. `TOOL` is what a tool that the model called has answered."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class ToolCallResult(BaseModel):
    """A call of a tool that the model asks for: `name`, its `arguments`, and the provider's `id` of the call."""

    id: str = ""
    name: str
    arguments: dict[str, Any]


class ToolRun(BaseModel):
    """A call that was carried out. `content` is what the model was told of it, `error` the reason where it failed.

    >>> ToolRun(id="call_1", name="add", arguments={"a": 2, "b": 3}, content="5").error is None
    True
    """

    id: str = ""
    name: str
    arguments: dict[str, Any]
    content: str
    error: str | None = None


class ToolStop(StrEnum):
    """Why a conversation with tools ended.

    `ANSWERED`: the model asked for no more calls. `TURN_LIMIT`: it asked for more than `max_tool_turns` rounds of them.
    `NO_FUNCTION`: it called a tool that has a schema and no function, such as a Pydantic model. `ENDED_EARLY`: the answer was cut
    or withheld, as `finish_reason` says. Calls that were not carried out are in `tool_calls`.
    """

    ANSWERED = "answered"
    TURN_LIMIT = "turn_limit"
    NO_FUNCTION = "no_function"
    ENDED_EARLY = "ended_early"


def _is_empty(value: object) -> bool:
    return not value


class Message(BaseModel):
    """One turn of a conversation.

    `attachments` are files that a user's turn brings. An assistant's turn may ask for `tool_calls`; each is answered by a turn of
    the role `tool` with its `tool_call_id` and the tool's `name`, `is_error` where the tool failed. `own` is what else of an
    assistant's turn its model wants to be sent back, by `provider:model`; others leave it out. What is empty is not dumped.

    >>> Message(role="user", content="What is Python?").role
    <MessageRole.USER: 'user'>
    >>> Message(role="user", content="Hi").model_dump(mode="json")
    {'role': 'user', 'content': 'Hi'}
    """

    role: MessageRole
    content: str
    attachments: list[RactoFile] = Field(default_factory=list[RactoFile], exclude_if=_is_empty)
    tool_calls: list[ToolCallResult] = Field(default_factory=list[ToolCallResult], exclude_if=_is_empty)
    tool_call_id: str = Field(default="", exclude_if=_is_empty)
    name: str = Field(default="", exclude_if=_is_empty)
    is_error: bool = Field(default=False, exclude_if=_is_empty)
    own: dict[str, Any] | None = Field(default=None, repr=False, exclude_if=_is_empty)

    if TYPE_CHECKING:  # type checkers do not know that pydantic makes a role of its name

        def __init__(
            self,
            *,
            role: MessageRole | Literal["system", "user", "assistant", "tool"],
            content: str,
            attachments: list[RactoFile] = ...,
            tool_calls: list[ToolCallResult] = ...,
            tool_call_id: str = ...,
            name: str = ...,
            is_error: bool = ...,
            own: dict[str, Any] | None = ...,
        ) -> None: ...
