"""What stands between a kit's caller and its provider, as ordered steps: each may change a question, answer it, or take note.

All slots are empty by default. A step is a flow like everything in a kit, so one text serves both colours, and a step that asks a
server (a shared cache, say) yields effects for it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Protocol, TypeVar

from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Emit, Flow, Stream
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk, StreamDelta

T = TypeVar("T")
LIVE = "live"
"""The origin of an answer that the provider gave just now."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question on its way: the resolved `config`, the `model` it goes to, and whether the answer is to be streamed."""

    provider: str
    model: str
    config: ChatConfig
    streamed: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way back, and its `origin`: "live", or the name of what gave it in the provider's place."""

    response: LLMResponse
    origin: str = LIVE


class Step(Protocol):
    """One thing that is done with every question of a kit."""

    def before(self, ask: Ask) -> Flow[Ask | Answer]:
        """The question as it goes on, or the answer, with which it goes no further."""
        ...

    def after(self, ask: Ask, outcome: Answer | Exception) -> Flow[None]:
        """Take note of how the question `ask`, which this step passed on, ended. Not called when the caller left early."""
        ...


@dataclass(frozen=True)
class Steps:
    """The slots of a kit, in the order in which a question passes them; the way back is the other way round.

    The ledger is outermost, since it notes every question, also those that a cache answers. The caches come before the router:
    a hit needs no route. The replay is innermost, in the place of the provider. Kits take the other four as arguments of their
    own; `ledger` and `replay` will be filled by the kits of later versions.

    Raises WrongTypeError for what is no step: an object with the methods `before` and `after`.
    """

    ledger: Step | None = None
    truncator: Step | None = None
    exact_cache: Step | None = None
    semantic_cache: Step | None = None
    router: Step | None = None
    replay: Step | None = None

    def __post_init__(self) -> None:
        for slot in fields(self):
            _check_step(slot.name, getattr(self, slot.name))

    @cached_property
    def ordered(self) -> tuple[Step, ...]:
        """The slots that are filled."""
        slots = (self.ledger, self.truncator, self.exact_cache, self.semantic_cache, self.router, self.replay)
        return tuple(step for step in slots if step is not None)


Call = Callable[[Ask], Stream[StreamChunk, LLMResponse]]
"""Asks the provider. For a question that is not streamed it emits nothing."""


def through(steps: Sequence[Step], ask: Ask, call: Call) -> Stream[StreamChunk, Answer]:
    """Pass `ask` through `steps` to `call`, and the answer, or the error, back through those that passed it on.

    An error of a step on the way back takes the answer's place for the steps outside it. A streamed question that a step answers
    is emitted as one chunk; the final chunk is the caller's.
    """
    if not steps:
        return Answer((yield from call(ask)))
    step, *inner = steps
    outcome = yield from _flow(step, "before", step.before(ask))
    if not isinstance(outcome, Ask | Answer):  # pyright: ignore[reportUnnecessaryIsInstance]  (users forget the return)
        msg = f"{type(step).__name__}.before() returns the Ask as it goes on, or an Answer, not {outcome!r}."
        raise WrongTypeError(msg)
    if isinstance(outcome, Answer):
        if ask.streamed:
            yield from _as_chunk(outcome.response)
        return outcome
    try:
        answer = yield from through(inner, outcome, call)
    except Exception as error:
        yield from _flow(step, "after", step.after(outcome, error))
        raise
    yield from _flow(step, "after", step.after(outcome, answer))
    return answer


def _check_step(slot: str, step: object) -> None:
    lacking = [name for name in ("before", "after") if not callable(getattr(step, name, None))]
    if step is not None and (lacking or isinstance(step, type)):
        what = f"the class {step.__name__} itself" if isinstance(step, type) else f"{type(step).__name__} {step!r}"
        msg = f"{slot} is a step, an object with the methods before(ask) and after(ask, outcome), or None; not {what}."
        raise WrongTypeError(msg)


def _flow(step: Step, method: str, flow: Flow[T]) -> Flow[T]:
    """What `method` of `step` returned, where it is a flow."""
    if isinstance(flow, Generator):  # pyright: ignore[reportUnnecessaryIsInstance]  (users write plain and async functions)
        return flow
    if isinstance(flow, Coroutine):
        flow.close()
    msg = (
        f"{type(step).__name__}.{method}() must be a generator (a flow), not a plain or async function; it returned "
        f"{type(flow).__name__}. Where it has nothing to wait for, write `yield from ()` in it."
    )
    raise WrongTypeError(msg)


def _as_chunk(response: LLMResponse) -> Stream[StreamChunk, None]:
    text, thinking = response.content or "", response.thinking or ""
    if text or thinking:
        yield Emit(StreamChunk(StreamDelta(text, thinking), text, thinking, is_thinking=bool(thinking) and not text))
