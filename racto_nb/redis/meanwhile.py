"""What a chat memory knows without its server: conversations as they were seen last, and what must still be told to it.

Messages on their way have an id each, so that one whose arrival is unknown can be sent again. Pure, but for the time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from racto_nb.exceptions import WrongTypeError
from racto_nb.models.messages import Message, MessageRole
from racto_nb.redis.connecting import as_bytes
from racto_nb.remembering.in_process import ChatMemory
from racto_nb.remembering.settings import ChatMemoryConfig
from racto_nb.remembering.turns import begins, is_complete

ID_LENGTH = 16
MOST_SEEN = 256
"""Conversations that are kept as they were seen last, beside those of which something must still be told."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way to the server, with the `name` that tells whether it has arrived, of ID_LENGTH characters."""

    message: Message
    name: str
    json: bytes

    @classmethod
    def of(cls, message: Message, name: str) -> Self:
        """`message` under `name`. Raises WrongTypeError for what JSON cannot carry, such as half a character."""
        try:
            return cls(message, name, message.model_dump_json().encode())
        except (PydanticSerializationError, UnicodeEncodeError) as error:
            msg = f"The message holds a value that JSON cannot carry, so that it cannot be remembered: {error}"
            raise WrongTypeError(msg) from None

    @property
    def words(self) -> tuple[str | bytes, ...]:
        """What the server is told of it: its kind with the state that it leaves, its name, its JSON."""
        role = self.message.role
        begins = "q" if role is MessageRole.USER else "r" if role is MessageRole.TOOL else "n"
        return f"{begins}{'d' if is_complete(self.message) else 'o'}", self.name, self.json


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Messages that must still be told, and until when they may be: then their conversation is forgotten."""

    sent: list[Sent]
    until: float


class Meanwhile:
    """The conversations of one memory, as far as this process has seen them. Several threads and loops may use it."""

    def __init__(self, config: ChatMemoryConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = config.max_turns
        self._ttl = config.ttl_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = ChatMemory(config, clock=clock)
        self._order: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[str, _Waiting] = {}

    def waiting(self, conversation: str) -> list[Sent]:
        """What the server has not been told of `conversation`, or may not have, and would not have forgotten by now."""
        with self._lock:
            return self._current(conversation)

    def all_waiting(self) -> list[tuple[str, list[Sent]]]:
        """The conversations of which something waits, with that."""
        with self._lock:
            found = [(conversation, self._current(conversation)) for conversation in list(self._waiting)]
        return [(conversation, waiting) for conversation, waiting in found if waiting]

    def rest(self, conversation: str) -> float | None:
        """For how many seconds more a conversation is remembered of which something waits. None: for ever."""
        with self._lock:
            kept = self._waiting.get(conversation)
            return self._ttl if self._ttl is None or kept is None else max(0.001, kept.until - self._clock())

    def kept(self, conversation: str, sent: Sequence[Sent]) -> None:
        """Keep what the server could not be told, for later. Of what is more than the last turns only these."""
        with self._lock:
            waiting = [*self._current(conversation), *sent]
            before = [None, *(each.message for each in waiting)]
            starts = [place for place, each in enumerate(waiting) if begins(each.message, before[place])]
            last = waiting[starts[-self._most] :] if len(starts) > self._most else waiting
            self._waiting[conversation] = _Waiting(last, self._clock() + (float("inf") if self._ttl is None else self._ttl))
            self._add(conversation, sent)

    def delivered(self, conversation: str, before: Sequence[Sent], sent: Sequence[Sent] = ()) -> None:
        """Note that the server has been told: of those that waited, and of what came with them."""
        with self._lock:
            if before and (kept := self._waiting.pop(conversation, None)) is not None:
                names = {each.name for each in before}
                if left := [each for each in kept.sent if each.name not in names]:
                    self._waiting[conversation] = _Waiting(left, kept.until)
            self._add(conversation, sent)

    def seen(self, conversation: str, messages: Sequence[Message]) -> None:
        """Note what the server has of `conversation`. To have seen the same again does not make it younger."""
        with self._lock:
            if messages != self._seen.get_messages(conversation):
                self._seen.clear(conversation)
                if messages:
                    self._seen.add(conversation, *messages)
            self._note(conversation)

    def known(self, conversation: str) -> list[Message]:
        """What there is of `conversation` without the server."""
        return self._seen.get_messages(conversation)

    def forgotten(self, conversation: str) -> None:
        """Forget `conversation`, also what was to be told of it."""
        with self._lock:
            self._waiting.pop(conversation, None)
            self._order.pop(conversation, None)
            self._seen.clear(conversation)

    def _current(self, conversation: str) -> list[Sent]:
        kept = self._waiting.get(conversation)
        if kept is not None and kept.until <= self._clock():
            del self._waiting[conversation]
            kept = None
        return [] if kept is None else list(kept.sent)

    def _add(self, conversation: str, sent: Sequence[Sent]) -> None:
        if sent:
            self._seen.add(conversation, *[each.message for each in sent])
        self._note(conversation)

    def _note(self, conversation: str) -> None:
        """Let go of the conversations that were not used for longest, but of none of which something waits."""
        if conversation in self._waiting:
            self._order.pop(conversation, None)
            return
        self._order[conversation] = None
        self._order.move_to_end(conversation)
        while len(self._order) > MOST_SEEN:
            self._seen.clear(self._order.popitem(last=False)[0])


def read(turns: Iterable[str | bytes]) -> tuple[list[Message], list[bytes]]:
    """The messages of what a server holds, and the lines that are none. Plain JSON of another program's is read too."""
    said: list[Message] = []
    wrong: list[bytes] = []
    for turn in map(as_bytes, turns):
        for line in (turn[1:] if turn[:1] in {b"d", b"o"} else turn).split(b"\n"):
            try:
                said.append(Message.model_validate_json(line if line.startswith(b"{") else line[ID_LENGTH:]))
            except ValidationError:
                wrong.append(line)
    return said, wrong
