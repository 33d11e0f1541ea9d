"""A chat memory in this process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from racto_nb.flow.effects import Effect
from racto_nb.models.messages import Message
from racto_nb.remembering.memory import Memory
from racto_nb.remembering.settings import ChatMemoryConfig
from racto_nb.remembering.turns import begins

__all__ = ["ChatMemory"]


@dataclass(slots=True)
class _Conversation:
    turns: list[list[Message]] = field(default_factory=list[list[Message]])
    until: float = 0.0


class ChatMemory(Memory):
    """Keeps the last turns of each conversation in this process. For several processes, use `racto_nb.redis.RedisChatMemory`.

    `clock` tells the time in seconds, for tests.

    >>> memory = ChatMemory(ChatMemoryConfig(max_turns=1))
    >>> memory.append("c", "user", "What is the capital of France?")
    >>> memory.append("c", "assistant", "Paris.")
    >>> memory.append("c", "user", "And of Italy?")
    >>> memory.get_history("c")
    [{'role': 'user', 'content': 'And of Italy?'}]
    """

    def __init__(self, config: ChatMemoryConfig | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(config)
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Conversation] = OrderedDict()
        """In the order of their last message, so that those whose time is over stand first."""

    def adding(self, conversation_id: str, messages: Sequence[Message]) -> Generator[Effect, None, None]:
        """The flow behind `add` and `append`. It waits for nothing."""
        copies = [message.model_copy(deep=True) for message in messages]
        with self._lock:
            self._forget()
            turns = self._known.setdefault(conversation_id, _Conversation()).turns
            for message in copies:
                if begins(message, turns[-1][-1] if turns else None):
                    turns.append([])
                turns[-1].append(message)
            del turns[: -self.config.max_turns]
            self._known[conversation_id].until = self._clock() + (self.config.ttl_seconds or 0.0)
            self._known.move_to_end(conversation_id)
        return
        yield

    def recalling(self, conversation_id: str) -> Generator[Effect, None, list[Message]]:
        """The flow behind `get_messages` and `get_history`."""
        with self._lock:
            self._forget()
            known = self._known.get(conversation_id)
            said = [] if known is None else [message for turn in known.turns for message in turn]
        return [message.model_copy(deep=True) for message in said]
        yield

    def clearing(self, conversation_id: str) -> Generator[Effect, None, None]:
        """The flow behind `clear` and `aclear`."""
        with self._lock:
            self._known.pop(conversation_id, None)
        return
        yield

    def _forget(self) -> None:
        if self.config.ttl_seconds is None:
            return
        now = self._clock()
        while self._known:
            name, first = next(iter(self._known.items()))
            if first.until > now:
                break
            del self._known[name]

    def __repr__(self) -> str:
        return f"ChatMemory({self.in_words})"
