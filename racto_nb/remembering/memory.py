"""What all chat memories share: each operation once as a flow, and a shell for either colour. Kind: flow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.messages import Message, ToolCallResult
from racto_nb.prompts.files import RactoFile
from racto_nb.remembering.settings import ChatMemoryConfig
from racto_nb.remembering.turns import as_dict, checked_conversation, checked_messages, message_of


class Memory(ABC):
    """What `ChatMemory` and `RedisChatMemory` share; users make one of them. `config` is what it was made with."""

    def __init__(self, config: ChatMemoryConfig | None) -> None:
        self.config = config or ChatMemoryConfig()

    @abstractmethod
    def adding(self, conversation_id: str, messages: Sequence[Message]) -> Flow[None]:
        """The flow behind `add` and `append`: all `messages` in one step, or none of them."""
        ...

    @abstractmethod
    def recalling(self, conversation_id: str) -> Flow[list[Message]]:
        """The flow behind `get_messages` and `get_history`."""
        ...

    @abstractmethod
    def clearing(self, conversation_id: str) -> Flow[None]:
        """The flow behind `clear` and `aclear`."""
        ...

    def append(
        self,
        conversation_id: str,
        role: str,
        content: str,
        *,
        attachments: Sequence[RactoFile] = (),
        tool_calls: Sequence[ToolCallResult] = (),
        tool_call_id: str = "",
        name: str = "",
        is_error: bool = False,
    ) -> None:
        """Add one message, and drop the turns that are too many. The conversation's time begins anew.

        The parts are those of a `Message`: a user's turn may bring `attachments`, an assistant's may have `tool_calls`, one of
        the role "tool" has the `tool_call_id` that it answers. Raises UsageError for a role that nobody has.
        """
        made = message_of(role, content, attachments, tool_calls, tool_call_id, name, is_error=is_error)
        SyncDriver().run(self.adding(checked_conversation(conversation_id), [made]))

    async def aappend(
        self,
        conversation_id: str,
        role: str,
        content: str,
        *,
        attachments: Sequence[RactoFile] = (),
        tool_calls: Sequence[ToolCallResult] = (),
        tool_call_id: str = "",
        name: str = "",
        is_error: bool = False,
    ) -> None:
        """Add one message, and drop the turns that are too many. The conversation's time begins anew."""
        made = message_of(role, content, attachments, tool_calls, tool_call_id, name, is_error=is_error)
        await AsyncDriver().run(self.adding(checked_conversation(conversation_id), [made]))

    def add(self, conversation_id: str, *messages: Message) -> None:
        """Add messages in one step: nobody sees, or adds, anything between them."""
        SyncDriver().run(self.adding(checked_conversation(conversation_id), checked_messages(messages)))

    async def aadd(self, conversation_id: str, *messages: Message) -> None:
        """Add messages in one step: nobody sees, or adds, anything between them."""
        await AsyncDriver().run(self.adding(checked_conversation(conversation_id), checked_messages(messages)))

    def get_messages(self, conversation_id: str) -> list[Message]:
        """The messages of a conversation, oldest first, for `ChatConfig(history=...)`. A conversation nobody knows has none."""
        return SyncDriver().run(self.recalling(checked_conversation(conversation_id)))

    async def aget_messages(self, conversation_id: str) -> list[Message]:
        """The messages of a conversation, oldest first, for `ChatConfig(history=...)`. A conversation nobody knows has none."""
        return await AsyncDriver().run(self.recalling(checked_conversation(conversation_id)))

    def get_history(self, conversation_id: str) -> list[dict[str, Any]]:
        """The messages of a conversation as dicts, oldest first, for `Message(**turn)`: `role`, `content`, what else there is."""
        return [as_dict(message) for message in self.get_messages(conversation_id)]

    async def aget_history(self, conversation_id: str) -> list[dict[str, Any]]:
        """The messages of a conversation as dicts, oldest first, for `Message(**turn)`: `role`, `content`, what else there is."""
        return [as_dict(message) for message in await self.aget_messages(conversation_id)]

    def count(self, conversation_id: str) -> int:
        """How many messages are kept of a conversation."""
        return len(self.get_messages(conversation_id))

    async def acount(self, conversation_id: str) -> int:
        """How many messages are kept of a conversation."""
        return len(await self.aget_messages(conversation_id))

    def clear(self, conversation_id: str) -> None:
        """Forget a conversation."""
        SyncDriver().run(self.clearing(checked_conversation(conversation_id)))

    async def aclear(self, conversation_id: str) -> None:
        """Forget a conversation."""
        await AsyncDriver().run(self.clearing(checked_conversation(conversation_id)))

    def close(self) -> None:  # noqa: B027  (a memory in the process holds nothing open)
        """Give back what the memory holds open. The next use opens it again."""

    async def aclose(self) -> None:  # noqa: B027  (nothing to close is no error)
        """Give back what the memory holds open. The next use opens it again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    @property
    def in_words(self) -> str:
        """What is kept: "10 turns, for ever"."""
        ttl = self.config.ttl_seconds
        return f"{self.config.max_turns:,} turns, {'for ever' if ttl is None else f'for {ttl:g} s'}"
