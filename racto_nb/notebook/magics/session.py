"""What the magics remember between cells: opened kits, conversations, the last result. One per IPython shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from racto_nb.exceptions import NotFoundError, UsageError, did_you_mean, nearest
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.opening import open_kit
from racto_nb.models.chat import Message, MessageRole
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.notebook.magics.result import RactoResult


@dataclass(slots=True)
class Session:
    """The state behind `%%racto` and `%racto`."""

    kits: dict[str, DeveloperKit] = field(default_factory=dict[str, DeveloperKit])
    conversations: dict[str, list[Message]] = field(default_factory=dict[str, list[Message]])
    last: RactoResult | None = None

    def kit(self, model: str, namespace: Mapping[str, Any], *, timeout: float | None = None) -> DeveloperKit:
        """The kit for `model`: a kit of the notebook by its variable's name, or `provider:name`, opened once and kept."""
        kit = self.own_kit(model, namespace) or self._opened(model, namespace)
        return kit if timeout is None else kit.with_timeout(timeout)

    def own_kit(self, name: str, namespace: Mapping[str, Any]) -> DeveloperKit | None:
        """The kit that a variable of the notebook holds, None when `name` is no variable. UsageError for another value."""
        if ":" in name or name.partition(".")[0] not in namespace:
            return None
        found = value_of(name, namespace)
        if not isinstance(found, DeveloperKit):
            message = f"{name!r} is a {type(found).__name__}, not a kit. Make one, e.g. embedded.Chat(), or write provider:name."
            raise UsageError(message)
        return found

    def _opened(self, model: str, namespace: Mapping[str, Any]) -> DeveloperKit:
        if model not in self.kits:
            try:
                self.kits[model] = open_kit(model)
            except NotFoundError as error:
                own = [name for name, value in namespace.items() if isinstance(value, DeveloperKit)]
                if not nearest(model, own):
                    raise
                raise type(error)(f"{error}{did_you_mean(model, own)}", name=model, suggestions=nearest(model, own)) from error
        return self.kits[model]

    def history(self, name: str | None, *, new: bool = False) -> list[Message]:
        """A copy of the conversation `name`, empty when it is new or None."""
        if name is None or new:
            return []
        return list(self.conversations.get(name, []))

    def remember(self, name: str | None, question: str, answer: str, *, new: bool = False) -> None:
        """Add one whole turn to the conversation `name`."""
        if name is None:
            return
        turns = [] if new else self.conversations.get(name, [])
        added = [Message(role=MessageRole.USER, content=question), Message(role=MessageRole.ASSISTANT, content=answer)]
        self.conversations[name] = [*turns, *added]

    def reset(self, name: str | None) -> list[str]:
        """Forget the conversation `name`, or all of them; the names that were forgotten. NotFoundError for an unknown name."""
        if name is None:
            names = sorted(self.conversations)
            self.conversations.clear()
            return names
        if name not in self.conversations:
            raise NotFoundError.among("conversation", name, self.conversations)
        del self.conversations[name]
        return [name]
