"""What a turn is, and messages as they are put in and given back. Pure.

A turn is a question and all that follows it: calls of tools, their results, the answer. A conversation is shortened by whole
turns, so that no answer stands without its question and no result of a tool without its call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.models.messages import Message, MessageRole, ToolCallResult
from racto_nb.prompts.files import RactoFile

T = TypeVar("T")


def begins(message: Message, before: Message | None) -> bool:
    """Whether `message` begins a turn: a question does, and what follows an answer that was complete, but for a late result."""
    if before is None or message.role is MessageRole.USER:
        return True
    return message.role is not MessageRole.TOOL and is_complete(before)


def is_complete(message: Message) -> bool:
    """Whether `message` is an answer after which nothing is missing."""
    return message.role is MessageRole.ASSISTANT and not message.tool_calls


def message_of(  # noqa: PLR0917  (the parts of a message)
    role: str,
    content: str,
    attachments: Sequence[RactoFile] = (),
    tool_calls: Sequence[ToolCallResult] = (),
    tool_call_id: str = "",
    name: str = "",
    *,
    is_error: bool = False,
) -> Message:
    """The message of these parts. Raises UsageError for an unknown role, and WrongTypeError for parts of the wrong kind."""
    if role not in set(MessageRole):
        msg = f"The role of a message is one of {', '.join(MessageRole)}, not {role!r:.80}."
        raise UsageError(msg)
    try:
        return Message(
            role=MessageRole(role), content=content, attachments=list(attachments), tool_calls=list(tool_calls),
            tool_call_id=tool_call_id, name=name, is_error=is_error,
        )  # fmt: skip
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        msg = f"This is no message: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}."
        raise WrongTypeError(msg) from None


def checked_messages(messages: Sequence[object]) -> list[Message]:
    """`messages` themselves. Raises WrongTypeError for anything else, and UsageError for none."""
    for message in messages:
        if not isinstance(message, Message):
            msg = f"A memory takes Messages, not {message!r:.80}. Write: memory.add(name, Message(role=..., content=...))."
            raise WrongTypeError(msg)
    if not messages:
        msg = "There is no message to remember. Write: memory.add(conversation_id, message, ...)."
        raise UsageError(msg)
    return [message for message in messages if isinstance(message, Message)]


def checked_conversation(conversation_id: object) -> str:
    """`conversation_id` itself: a text that is not empty. Raises WrongTypeError or UsageError for anything else."""
    if not isinstance(conversation_id, str):
        msg = f"conversation_id is a text, not {conversation_id!r:.80}."
        raise WrongTypeError(msg)
    if not conversation_id:
        msg = "conversation_id is empty: all conversations without a name would be one. Name it."
        raise UsageError(msg)
    return conversation_id


def as_dict(message: Message) -> dict[str, Any]:
    """`message` as documents write it, for `Message(**turn)`: role and content as texts, and what else it has.

    >>> as_dict(Message(role="user", content="Hi"))
    {'role': 'user', 'content': 'Hi'}
    """
    parts = {name: getattr(message, name) for name in Message.model_fields if name not in {"role", "content"}}
    return {"role": message.role.value, "content": message.content, **{name: part for name, part in parts.items() if part}}
