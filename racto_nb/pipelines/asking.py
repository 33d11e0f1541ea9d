"""Asking a kit from within a flow, and what stands around a pipeline: who may ask how much, and what was said before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Flow, call
from racto_nb.kits.kit import DeveloperKit
from racto_nb.limiting.limiter import Limiter, Reservation
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message
from racto_nb.prompts.engine import RactoPrompt


@runtime_checkable
class RateLimiter(Protocol):
    """Counts what users take: a `RateLimiter` of racto_nb.limiting, a `RedisRateLimiter`, or an object of yours."""

    def check_and_consume(self, user_id: str, tokens: int = 1) -> bool:
        """Whether `user_id` may take `tokens` more; they are counted if so."""
        ...


@runtime_checkable
class ChatMemory(Protocol):
    """What was said in a conversation: a `ChatMemory` of racto_nb.remembering, a `RedisChatMemory`, or an object of yours."""

    def append(self, conversation_id: str, role: str, content: str) -> None: ...

    def get_history(self, conversation_id: str) -> list[dict[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What a limiter has decided on `tokens`. `reservation` is there to be settled, where the limiter gives any."""

    tokens: int
    allowed: bool = True
    retry_after: float | None = None
    reservation: Reservation | None = None

    def settled(self, actual: int) -> Flow[None]:
        """Count `actual` tokens in the place of those reserved. Where nobody has told how many there were (0), these stay."""
        if self.reservation is not None and actual:
            yield from self.reservation.settling(actual)


def taken(limiter: RateLimiter, user_id: str, tokens: int) -> Flow[Taken]:
    """What `limiter` says to `tokens` of `user_id`. One of ours is asked within the flow, any other as its user's function."""
    if isinstance(limiter, Limiter):
        held = yield from limiter.reserving(user_id, tokens)
        return Taken(tokens, held.granted, held.retry_after, held)
    allowed: object = yield from call(partial(limiter.check_and_consume, user_id, tokens))
    return Taken(tokens, bool(allowed))


def checked_kit(kit: object, name: str = "kit") -> AnsweringKit:
    """`kit`, if it can be asked. Raises WrongTypeError for anything else, naming the parameter."""
    if isinstance(kit, AnsweringKit):
        return kit
    msg = f"{name} is a kit, or something else with chat and achat, not {kit!r:.80}."
    raise WrongTypeError(msg)


def window_of(kit: AnsweringKit) -> int | None:
    """The tokens that question and answer of `kit` may have together; None where nobody knows."""
    return kit.spec.abilities.window if isinstance(kit, DeveloperKit) else None


def question(
    message: str,
    prompt: RactoPrompt,
    *,
    temperature: float,
    max_tokens: int,
    history: Sequence[Message] = (),
    response_model: type[BaseModel] | None = None,
) -> ChatConfig:
    """What a pipeline asks. A `temperature` of 0 is left out: a model that takes none would be warned about each time."""
    chosen: dict[str, Any] = {"temperature": temperature} if temperature else {}
    return ChatConfig(
        user_message=message,
        prompt=prompt,
        max_tokens=max_tokens,
        history=list(history),
        response_model=response_model,
        **chosen,
    )
