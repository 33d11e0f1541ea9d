"""Conversations that a whole fleet knows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from racto_nb.exceptions import ServiceError, UsageError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, send
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.messages import Message
from racto_nb.redis.connecting import Command, Script, linked
from racto_nb.redis.meanwhile import ID_LENGTH, Meanwhile, Sent, read
from racto_nb.redis.places import DEFAULT_URL, checked_prefix, key_of, milliseconds
from racto_nb.redis.scripts import ADD_MESSAGES
from racto_nb.redis.telling import Telling, say
from racto_nb.remembering.memory import Memory
from racto_nb.remembering.settings import ChatMemoryConfig

__all__ = ["RedisChatMemory"]


class RedisChatMemory(Memory):
    """Keeps the last turns of each conversation on a Redis or Valkey server, for all processes that ask it.

    A conversation is one list, a turn one element of it: turns are dropped whole, and messages are added in one step on the
    server. Files of a turn go along as data. `url` may be `rediss://` for TLS and hold a user and a password; objects with the
    same `url` share their connections. `client` is a client of your own in its place. The server is given `timeout_s` seconds;
    one that did not answer is left alone for `pause_s`.

    While it cannot be reached, a conversation goes on in this process, with what was seen of it last, and one ServiceWarning says
    so; its messages are told to the server, each once, when the conversation is next used and the server is back, if its time is
    not over then, and at the latest by `close`, which warns of those that it cannot tell. `clear` raises ServiceError in an
    outage, and a server that refuses, as a wrong password or a key that holds something else, is none: ServiceError, and nothing
    was remembered. What is in a list and is no message is left out: `unreadable` counts it, and a ServiceWarning tells it.
    """

    def __init__(
        self,
        *,
        url: str = DEFAULT_URL,
        client: Any | None = None,
        config: ChatMemoryConfig | None = None,
        timeout_s: float = 1.0,
        pause_s: float = 1.0,
    ) -> None:
        super().__init__(config)
        self._way = linked(url, client, timeout_s, pause_s)
        self._prefix = checked_prefix(self.config.key_prefix)
        self._telling = Telling()
        self._meanwhile = Meanwhile(self.config)
        self._unreadable: set[bytes] = set()

    @property
    def unreadable(self) -> int:
        """How many different entries were met that are no messages. They were left out."""
        return len(self._unreadable)

    def adding(self, conversation_id: str, messages: Sequence[Message]) -> Flow[None]:
        """The flow behind `add` and `append`: all `messages` in one step, or none of them."""
        named = [Sent.of(message.model_copy(deep=True), secrets.token_hex(ID_LENGTH // 2)) for message in messages]
        return self._adding(conversation_id, named)

    def recalling(self, conversation_id: str) -> Flow[list[Message]]:
        """The flow behind `get_messages` and `get_history`."""
        waiting = self._meanwhile.waiting(conversation_id)
        try:
            if waiting:
                yield from self._delivering(conversation_id, waiting)
            turns = yield from send(self._way, Command(("LRANGE", self._key(conversation_id), 0, -1)))
        except ServiceError as error:
            self._failed(error)
            return self._meanwhile.known(conversation_id)
        self._telling.worked()
        said, wrong = read(turns)
        self._meanwhile.seen(conversation_id, said)
        if wrong:
            self._count(conversation_id, wrong)
        return said

    def clearing(self, conversation_id: str) -> Flow[None]:
        """The flow behind `clear` and `aclear`. Raises ServiceError in an outage: the server still has the conversation."""
        self._meanwhile.forgotten(conversation_id)
        yield from send(self._way, Command(("DEL", self._key(conversation_id))))

    def close(self) -> None:
        """Tell the server what waits, and let go of the connections. The next use opens them again.

        What the server cannot be told is counted in a ServiceWarning: other processes will not see it.
        """
        try:
            SyncDriver().run(self._closing())
        finally:
            self._way.close()

    async def aclose(self) -> None:
        """Tell the server what waits, and let go of the connections. The next use opens them again."""
        try:
            await AsyncDriver().run(self._closing())
        finally:
            await self._way.aclose()

    def _closing(self) -> Flow[None]:
        """One try for each conversation of which something waits, until the server cannot be reached."""
        why: Exception | None = None
        for conversation, waiting in self._meanwhile.all_waiting():
            try:
                yield from self._delivering(conversation, waiting)
            except (ServiceError, UsageError) as error:  # of an asynchronous client that is closed without awaiting
                why = error
                if not (isinstance(error, ServiceError) and error.refused):
                    break
        if why is not None and (left := self._meanwhile.all_waiting()):
            messages = _counted(sum(len(waiting) for _, waiting in left), "message")
            say(f"{messages} of {_counted(len(left), 'conversation')} could not be told to the server before close(): {why}")

    def _delivering(self, conversation: str, waiting: Sequence[Sent]) -> Flow[None]:
        yield from send(self._way, self._script(conversation, waiting, self._meanwhile.rest(conversation), again=True))
        self._meanwhile.delivered(conversation, waiting)

    def _adding(self, conversation: str, sent: Sequence[Sent]) -> Flow[None]:
        waiting = self._meanwhile.waiting(conversation)
        try:
            script = self._script(conversation, [*waiting, *sent], self.config.ttl_seconds, again=bool(waiting))
            yield from send(self._way, script)
        except ServiceError as error:
            self._failed(error)
            self._meanwhile.kept(conversation, sent)
            return
        self._meanwhile.delivered(conversation, waiting, sent)
        self._telling.worked()

    def _script(self, conversation: str, sent: Sequence[Sent], ttl: float | None, *, again: bool) -> Script:
        lasting = "" if ttl is None else milliseconds(ttl)
        words = [word for each in sent for word in each.words]
        key = self._key(conversation)
        # It begins as all keys here do, and no conversation has it.
        ids = f"{self._prefix}:ids of {{{key}}}"
        return Script(ADD_MESSAGES, (key, ids), (self.config.max_turns, lasting, int(again), *words))

    def _key(self, conversation: str) -> str:
        return key_of(self._prefix, conversation)

    def _failed(self, error: ServiceError) -> None:
        """Say that the server is away. A refusal would last, and nobody else would ever see the conversation: it is raised."""
        if error.refused:
            raise error
        self._telling.failed(error, "Conversations go on in this process, and are told to the server when it is back.")

    def _count(self, conversation: str, wrong: Sequence[bytes]) -> None:
        found = {hashlib.blake2b(line, digest_size=16).digest() for line in wrong}
        if found - self._unreadable:
            self._unreadable |= found
            say(
                f"Of the conversation {conversation!r} at {self._way.place}, {len(wrong)} entries are no messages. They are left "
                f"out; clear({conversation!r}) removes them with the conversation."
            )

    def __repr__(self) -> str:
        return f"RedisChatMemory({self.in_words}, at {self._way.place})"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
