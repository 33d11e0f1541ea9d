"""What the magics remember between cells: opened kits, conversations, the last result. One per IPython shell."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from racto_nb.exceptions import NotFoundError, UsageError, did_you_mean, nearest
from racto_nb.flow.portal import Portal
from racto_nb.kits.conversations import Conversations, Place
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import Message
from racto_nb.notebook.magics.answers import Answers
from racto_nb.notebook.magics.caching import SessionCaches
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.notebook.magics.opened import OpenedKits
from racto_nb.notebook.magics.pending import PendingAnswer, begin, news_of, place_of
from racto_nb.notebook.magics.result import RactoResult
from racto_nb.notebook.magics.waiting import Waiting
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.directory import PROVIDERS

_CONVERSATIONS = "racto_conversations"
"""The shell's attribute that holds the conversations."""


@dataclass(slots=True)
class Session:
    """The state behind `%%racto` and `%racto`. `events` are those of the shell, where it tells what became of its answers."""

    kits: OpenedKits = field(default_factory=OpenedKits)
    caches: SessionCaches = field(default_factory=SessionCaches)
    conversations: Conversations = field(default_factory=Conversations)
    last: RactoResult | Answers | None = None
    pending: list[PendingAnswer] = field(default_factory=list[PendingAnswer])
    notices: list[str] = field(default_factory=list[str])
    waiting: Waiting = field(default_factory=Waiting)
    events: Any = None
    _portal: Portal | None = None

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
        try:
            return self.kits.kit(model, os.environ)
        except NotFoundError as error:
            own = [name for name, value in namespace.items() if issubclass(type(value), DeveloperKit)]
            if not nearest(model, own):
                raise _told_where(model, error) from error
            raise type(error)(f"{error}{did_you_mean(model, own)}", name=model, suggestions=nearest(model, own)) from error

    def history(self, name: str | None, *, new: bool = False) -> list[Message]:
        """A copy of the conversation `name`, empty when it is new or None."""
        return [] if name is None or new else self.conversations.history(name)

    def place(self, name: str | None, *, new: bool = False) -> Place | None:
        """Where a turn of the conversation `name` will go when its answer is there."""
        return None if name is None else self.conversations.place(name, new=new)

    def remember(self, name: str | None, question: str, answer: str, *, new: bool = False) -> None:
        """Add one whole turn to the conversation `name`."""
        if name is not None:
            self.conversations.append(name, question, answer, new=new)

    def land(self, place: Place, question: str, answer: str, *, kept: str) -> None:
        """Add one whole turn to the conversation of `place`. Where that is gone, it is said at the end of the next cell."""
        if not self.conversations.land(place, question, answer):
            was = f"The conversation {place.name!r} was forgotten or replaced while {kept!r} was written."
            self.notices.append(f"{was} The turn was not added to it; the answer is in {kept}.")

    def begin(self, answer: PendingAnswer) -> None:
        """Let `answer` be written in the background, on the loop that belongs to this session."""
        self.pending.append(answer)
        begin(answer, self.portal())

    def portal(self) -> Portal:
        """The loop that belongs to this session, which other cells do not block."""
        if self._portal is None:
            self._portal = Portal("answers")
            atexit.register(self.close)
            if self.events is not None:
                self.events.register("post_run_cell", self.tell)
        return self._portal

    def tell(self, _: object = None) -> None:
        """Say what became of answers that nobody waited for, once. IPython calls it at the end of each cell."""
        ended = [answer for answer in self.pending if answer.done]
        self.pending = [answer for answer in self.pending if answer not in ended]
        self.notices += filter(None, map(news_of, ended))
        while self.notices:
            sys.stderr.write(self.notices.pop(0) + "\n")

    def waited_for(self) -> list[PendingAnswer]:
        """The answers that are still being written."""
        return [answer for answer in self.pending if not answer.done]

    def refuse_busy(self, conversation: str | None) -> None:
        """Raise UsageError when the last turn of `conversation` is still being written: its answer belongs into the history."""
        if conversation is not None:
            self._refuse_busy(conversation, "Ask again after: await {}. Nothing was sent.")

    def _refuse_busy(self, conversation: str | None, advice: str) -> None:
        for answer in self.waited_for():
            place = place_of(answer)
            if place is not None and (conversation is None or self.conversations.leads_to(place, conversation)):
                message = (
                    f"The conversation {conversation or place.name!r} waits for {answer.name!r}, which is still being written."
                )
                raise UsageError(f"{message} {advice.format(answer.name)}")

    def close(self) -> None:
        """Stop what is written in the background; what had arrived is kept."""
        self.caches.close()
        portal, self._portal = self._portal, None
        if portal is not None:
            atexit.unregister(self.close)
            if self.events is not None:
                self.events.unregister("post_run_cell", self.tell)
            for answer in self.waited_for():
                answer.cancel()
            portal.close()

    def reset(self, name: str | None) -> list[str]:
        """Forget the conversation `name`, or all of them; the names that were forgotten.

        NotFoundError for an unknown name, UsageError while a turn is being written, which would bring it back.
        """
        self._refuse_busy(name, "Reset it after: await {0} (or stop it: {0}.cancel()). Nothing was forgotten.")
        if name is None:
            return self.conversations.clear()
        self.conversations.reset(name)
        return [name]


def conversations_of(shell: Any) -> Conversations:
    """The conversations of an IPython shell. They live as long as the shell, also when the extension is loaded anew."""
    found = getattr(shell, _CONVERSATIONS, None)
    if not isinstance(found, Conversations):
        found = Conversations()
        setattr(shell, _CONVERSATIONS, found)
    return found


def _told_where(model: str, error: NotFoundError) -> NotFoundError:
    """`error` about a model that was named without its provider, with the providers that have it."""
    if ":" in model:
        return error
    try:
        listed = [f"{name}:{model}" for name in PROVIDERS if model in catalogue().names(name)]
    except UsageError:  # the user's catalogue is broken; who lists the models is told so
        listed = []
    if listed:
        return type(error)(f"The provider of {model!r} is missing. Did you mean {listed[0]!r}?", name=model, suggestions=listed)
    if error.suggestions:
        return error
    message = f"There is no kit {model!r} in this notebook, and no such model on this machine."
    message = f"{message} Other models are written provider:name; %racto models lists them."
    return type(error)(message, name=model, suggestions=[])
