"""What stands around a question: what was said before, and how much its user may still take. Kind: flow.

Memories and limiters are objects of the user's that may wait for a server: they are called through the `Call` effect, which keeps
the event loop free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

from racto_nb.exceptions import RateLimitExceededError
from racto_nb.flow.effects import Flow, call
from racto_nb.models.messages import Message, MessageRole
from racto_nb.models.usage import estimated_tokens
from racto_nb.pipelines.asking import ChatMemory, Taken, taken
from racto_nb.pipelines.sql_analyst.progress import Progress
from racto_nb.pipelines.sql_analyst.settings import Settings

TURNS = 6
"""The last turns of a conversation that a model is told."""
_LONGEST_TURN = 500
_LONGEST_ANSWER = 1_000
_WRITTEN = 256
"""What an answer with SQL is taken to have in tokens, before it is there."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A memory, and the name of the conversation in it; without one of them nothing is remembered."""

    memory: ChatMemory | None
    name: str | None


def remembered(said: Conversation) -> Flow[tuple[Message, ...]]:
    """The last turns of the conversation, each cut to 500 characters."""
    if said.memory is None or said.name is None:
        return ()
    turns: object = yield from call(partial(said.memory.get_history, said.name))
    listed = list(cast("list[object]", turns or []))[-TURNS:]
    return tuple(message for turn in listed if (message := _message(turn)) is not None)


def written_down(said: Conversation, progress: Progress) -> Flow[None]:
    """Remember the question and what was answered. A memory that fails does not destroy the answer: a notice says so."""
    draft = progress.draft
    if said.memory is None or said.name is None or draft is None or draft.outcome not in {"answered", "cannot_answer"}:
        return
    words = progress.answer.text if progress.answer is not None else draft.reading.reason or draft.sql
    try:
        yield from call(partial(said.memory.append, said.name, "user", progress.question))
        yield from call(partial(said.memory.append, said.name, "assistant", words[:_LONGEST_ANSWER]))
    except Exception as error:  # noqa: BLE001  (said in a notice: the answer is there)
        progress.notices.append(f"The conversation could not be remembered: {error}")


def consumed(settings: Settings, user: str | None, message: str) -> Flow[Taken]:
    """Count what the question is estimated to take, for its user. Raises RateLimitExceededError where that is too much."""
    if settings.rate_limiter is None or user is None:
        return Taken(0)
    tokens = settings.candidates * (estimated_tokens(message) + _WRITTEN)
    held = yield from taken(settings.rate_limiter, user, tokens)
    if not held.allowed:
        msg = f"The user {user!r} may not take about {tokens:,} tokens more at the moment. Nothing was asked. Try again later."
        raise RateLimitExceededError(msg, user_id=user, retry_after=held.retry_after)
    return held


def settled(settings: Settings, user: str | None, progress: Progress, held: Taken) -> Flow[None]:
    """Count what the run took in the place of the estimate. What is over the limit by that is refused at the next question."""
    used = progress.usage().total_tokens
    more = used - held.tokens
    if held.reservation is not None:
        yield from held.settled(used)
        return
    if settings.rate_limiter is None or user is None or more <= 0:
        return
    try:
        yield from call(partial(settings.rate_limiter.check_and_consume, user, more))
    except Exception as error:  # noqa: BLE001  (said in a notice: the answer is there)
        progress.notices.append(f"The tokens of this question could not be counted: {error}")


def _message(turn: object) -> Message | None:
    if not isinstance(turn, Mapping):
        return None
    given = cast("Mapping[str, object]", turn)
    role, content = given.get("role"), given.get("content")
    if role not in {"user", "assistant"} or not isinstance(content, str) or not content.strip():
        return None
    return Message(role=MessageRole(role), content=content[:_LONGEST_TURN])
