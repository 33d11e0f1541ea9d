"""The answer in a recorded reply or stream, as the wire of its provider reads it. Pure, but for importing that wire."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import msgspec

from racto_nb.finetune.calls import TrainingToolCall
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.providers.directory import provider_entry
from racto_nb.providers.serving import Account
from racto_nb.providers.wire import Draft, Wire
from racto_nb.replay.entries import Entry


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered: the turn, why it ended, and which model it says it is."""

    turn: RactoTrainingMessage
    finish_reason: FinishReason
    model: str


def answer_in(entry: Entry) -> Answer | None:
    """The answer that `entry` recorded; None where it has no text and calls nothing.

    Raises ProviderNotFoundError for a provider that nobody knows, and what its wire raises for a reply that it cannot read.
    """
    reply: Any = entry.replayed_reply() if entry.events is None else [event for _, event in entry.replayed_events()]
    listed = cast("list[object]", reply) if isinstance(reply, list) else []
    if any(isinstance(event, LLMResponse) for event in listed):
        return _told(listed)
    wire = _wire_of(entry.asked.provider)
    draft = wire.draft_from(reply) if entry.events is None else _drafted(wire, listed)
    calls = [TrainingToolCall(call.name, call.arguments or "{}", call.id) for call in draft.calls]
    calls = [*(TrainingToolCall.of(call.name, call.arguments, id=call.id) for call in draft.tool_calls), *calls]
    return _answer(draft.text, calls, draft.finish_reason, draft.model)


def _told(events: Iterable[object]) -> Answer | None:
    """The answer in texts that end with a whole response, as a scripted kit gives them."""
    text, end = "", LLMResponse()
    for event in events:
        if isinstance(event, LLMResponse):
            end = event
        else:
            text += str(event)
    calls = [TrainingToolCall.of(call.name, call.arguments, id=call.id) for call in end.tool_calls]
    return _answer(text, calls, end.finish_reason, end.model)


def _answer(text: str, calls: list[TrainingToolCall], reason: FinishReason | None, model: str | None) -> Answer | None:
    if not text and not calls:
        return None if reason in {None, FinishReason.STOP} else Answer(RactoTrainingMessage("assistant"), reason, model or "")  # pyright: ignore[reportArgumentType]
    return Answer(RactoTrainingMessage("assistant", text, tool_calls=calls), reason or FinishReason.STOP, model or "")


def _drafted(wire: Wire, events: Iterable[Any]) -> Draft:
    draft = wire.begin()
    for event in events:
        draft = wire.advance(draft, event)
    return draft


@lru_cache(maxsize=16)
def _wire_of(provider: str) -> Wire:
    """The wire of a provider, for reading only: nothing is sent, so that the account says nothing."""
    module, _, name = provider_entry(provider).wire.partition(":")
    made: Callable[..., Wire] = getattr(importlib.import_module(module), name)
    return made(Account("", lambda _: [])) if "account" in inspect.signature(made).parameters else made()


def same(turn: RactoTrainingMessage) -> tuple[object, ...]:
    """What two turns have in common that say the same, also where the arguments of a call are spelt otherwise."""
    calls = [(call.name, msgspec.json.encode(call.parsed(), order="sorted")) for call in turn.tool_calls]
    return turn.role, turn.content, tuple(calls)
