"""Named conversations of whole turns: the one memory behind `--history`, chats and kits. No I/O; usable from several threads.

Only whole turns are kept, so a conversation can always be sent as a history. What is handed out is a copy.
"""

from __future__ import annotations

import threading
from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass
from typing import TypeVar, overload

from racto_nb.exceptions import NotFoundError, UsageError
from racto_nb.models.chat import Message, MessageRole

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn will go whose answer is still awaited: the conversation `name`, as it was when the question was asked.

    `key` is what stays the same of a conversation that is renamed, None where the turn will begin it; `new` begins it anew.
    """

    name: str
    key: object | None
    new: bool = False


class Conversations(Mapping[str, list[Message]]):
    """Conversations by name, each a list of messages that begins with the user's and ends with an answer.

    As a mapping it is read: `talks["plan"]` is a copy of the messages, NotFoundError with the nearest names for an unknown one.

    >>> talks = Conversations()
    >>> talks.append("plan", "Where shall we go?", "To Oslo.")
    >>> [message.content for message in talks["plan"]], talks.count("plan")
    (['Where shall we go?', 'To Oslo.'], 1)
    """

    def __init__(self, data: Mapping[str, Sequence[Mapping[str, str]]] | None = None) -> None:
        self._lock = threading.Lock()
        self._messages: dict[str, tuple[Message, ...]] = {}
        self._keys: dict[str, object] = {}
        for name, messages in (data or {}).items():
            self.extend(name, [Message(role=MessageRole(item["role"]), content=item["content"]) for item in messages])

    def history(self, name: str) -> list[Message]:
        """The messages of `name`, to be sent before a question; empty when there is no such conversation yet."""
        with self._lock:
            return _copied(self._messages.get(name, ()))

    def append(self, name: str, question: str, answer: str, *, new: bool = False) -> None:
        """Add one turn to `name`, which begins with it if there was none. `new` forgets what was said before."""
        self.extend(name, _turn(question, answer), new=new)

    def place(self, name: str, *, new: bool = False) -> Place:
        """Where a turn of `name` will go whose answer is awaited. `land` takes it there."""
        with self._lock:
            return Place(name, self._keys.get(name), new)

    def land(self, place: Place, question: str, answer: str) -> bool:
        """Add one turn to the conversation that `place` remembers, under the name that it has now.

        False, and nothing is added, when that was forgotten meanwhile, or another one has taken its name.

        >>> talks = Conversations()
        >>> talks.append("plan", "Where shall we go?", "To Oslo.")
        >>> place = talks.place("plan")
        >>> talks.rename("plan", "trip")
        >>> talks.land(place, "How?", "By train."), talks
        (True, Conversations('trip': 2 turns))
        """
        with self._lock:
            name = self._name_of(place)
            if name is not None:
                self._add(name, _turn(question, answer), new=place.new)
            return name is not None

    def leads_to(self, place: Place, name: str) -> bool:
        """Whether a turn for `place` would join the conversation `name`."""
        with self._lock:
            return self._name_of(place) == name

    def extend(self, name: str, messages: Sequence[Message], *, new: bool = False) -> None:
        """Add whole turns to `name`. UsageError when they do not begin with the user and end with the assistant."""
        if not name.strip():
            msg = "A conversation needs a name."
            raise UsageError(msg)
        if not messages or messages[0].role is not MessageRole.USER or messages[-1].role is not MessageRole.ASSISTANT:
            msg = f"Only whole turns are kept: the messages for {name!r} must begin with the user's and end with an answer."
            raise UsageError(msg)
        with self._lock:
            self._add(name, messages, new=new)

    def count(self, name: str) -> int:
        """How many turns `name` has: the user's messages. NotFoundError for an unknown name."""
        return sum(message.role is MessageRole.USER for message in self[name])

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._snapshot())

    def rename(self, name: str, other: str) -> None:
        """Give `name` the name `other`. NotFoundError for an unknown name, UsageError for one that is taken or blank."""
        with self._lock:
            found = self._found(name)
            if not other.strip() or (other != name and other in self._messages):
                msg = f"A conversation cannot be renamed to {other!r}: {'that is taken' if other.strip() else 'that is no name'}."
                raise UsageError(msg)
            del self._messages[name]
            self._messages[other] = found
            self._keys[other] = self._keys.pop(name)

    def reset(self, name: str) -> None:
        """Forget `name`. NotFoundError for an unknown name."""
        with self._lock:
            self._found(name)
            del self._messages[name], self._keys[name]

    def clear(self) -> list[str]:
        """Forget all; the names that were forgotten, sorted."""
        with self._lock:
            names = sorted(self._messages)
            self._messages, self._keys = {}, {}
            return names

    def exported(self) -> dict[str, list[dict[str, str]]]:
        """All conversations as JSON has them. `Conversations(data)` reads it again.

        >>> talks = Conversations({"plan": [{"role": "user", "content": "Oslo?"}, {"role": "assistant", "content": "Yes."}]})
        >>> talks.exported()["plan"][1]
        {'role': 'assistant', 'content': 'Yes.'}
        """
        return {
            name: [{"role": message.role.value, "content": message.content} for message in messages]
            for name, messages in self._snapshot().items()
        }

    def __getitem__(self, name: str) -> list[Message]:
        with self._lock:
            return _copied(self._found(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._snapshot())

    def __len__(self) -> int:
        return len(self._messages)

    def __contains__(self, name: object) -> bool:
        return name in self._messages

    def __repr__(self) -> str:
        turns = {name: sum(message.role is MessageRole.USER for message in said) for name, said in self._snapshot().items()}
        return f"{type(self).__name__}({', '.join(f'{name!r}: {count} turns' for name, count in sorted(turns.items()))})"

    @overload
    def get(self, key: str, /) -> list[Message] | None: ...
    @overload
    def get(self, key: str, default: list[Message], /) -> list[Message]: ...
    @overload
    def get(self, key: str, default: T, /) -> list[Message] | T: ...
    def get(self, key: str, default: T | None = None, /) -> list[Message] | T | None:
        """The messages of `key`, or `default`."""
        with self._lock:
            found = self._messages.get(key)
        return default if found is None else _copied(found)

    def items(self) -> ItemsView[str, list[Message]]:
        """Names with their messages, as they are at this moment."""
        return self._copies().items()

    def values(self) -> ValuesView[list[Message]]:
        """The messages of all, as they are at this moment."""
        return self._copies().values()

    def _copies(self) -> dict[str, list[Message]]:
        return {name: _copied(messages) for name, messages in self._snapshot().items()}

    def _add(self, name: str, messages: Sequence[Message], *, new: bool) -> None:
        if new or name not in self._messages:
            self._keys[name] = object()
        self._messages[name] = (*(() if new else self._messages.get(name, ())), *_copied(messages))

    def _name_of(self, place: Place) -> str | None:
        if place.new or place.key is None:
            return place.name if self._keys.get(place.name) in {None, place.key} else None
        return next((name for name, key in self._keys.items() if key is place.key), None)

    def _found(self, name: str) -> tuple[Message, ...]:
        if name not in self._messages:
            raise NotFoundError.among("conversation", name, self._messages)
        return self._messages[name]

    def _snapshot(self) -> dict[str, tuple[Message, ...]]:
        with self._lock:
            return dict(self._messages)


def _turn(question: str, answer: str) -> list[Message]:
    return [Message(role=MessageRole.USER, content=question), Message(role=MessageRole.ASSISTANT, content=answer)]


def _copied(messages: Sequence[Message]) -> list[Message]:
    """Messages can be changed, so that those inside are never handed out."""
    return [message.model_copy() for message in messages]
