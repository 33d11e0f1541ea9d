"""What stands between a kit's caller and its provider, as ordered steps: each may change a question, answer it, or take note.

All slots are empty by default. A step is a flow like everything in a kit, so one text serves both colours, and a step that asks a
server (a shared cache, say) yields effects for it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol, cast

from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Emit, Stream
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import FRESH, LLMResponse
from racto_nb.models.stream import StreamChunk, StreamDelta
from racto_nb.providers.wire import ModelSpec


@dataclass(frozen=True, slots=True)
class Ask:
    """A question on its way: the resolved `config`, the `model` it goes to, and whether the answer is to be streamed.

    `address` is where the provider is, since another server may answer otherwise under the same names. `fresh` says that nothing
    that is known already may answer; what comes is kept all the same. `routes` are the models among which the question will be
    routed, as text, where its model is "auto". `specs` are what is known of the models that may be asked: of the one, or of those
    of the router; a step that takes some out leaves the router fewer to choose from. `settings` is what the answer depends on
    beside the question, as the kit was opened with it.
    """

    provider: str
    model: str
    config: ChatConfig
    streamed: bool
    address: str = ""
    fresh: bool = False
    routes: str = ""
    specs: tuple[ModelSpec, ...] = ()
    settings: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way back, and its `origin`: "fresh", or the name of what gave it in the provider's place.

    `stored_at` is when the provider gave it, where that was not just now.
    """

    response: LLMResponse
    origin: str = FRESH
    stored_at: datetime | None = None


Onward = Callable[[Ask], Stream[StreamChunk, Answer]]
"""Passes a question on, to the next step or to the provider. For a question that is not streamed it emits nothing."""


class Step(Protocol):
    """One thing that is done with every question of a kit."""

    def around(self, ask: Ask, onward: Onward) -> Stream[StreamChunk, Answer]:
        """The answer to `ask`: `yield from onward(ask)`, with whatever is to be done before and after, or one of the step's own.

        An error comes through as an exception. A caller who leaves early closes the flow, so that only `finally` sees it.
        """
        ...


@dataclass(frozen=True)
class Steps:
    """The slots of a kit, in the order in which a question passes them; the way back is the other way round.

    The caches come before the router: a hit needs no route. Raises WrongTypeError for what is no step: an object with the method
    `around`.
    """

    truncator: Step | None = None
    exact_cache: Step | None = None
    semantic_cache: Step | None = None
    router: Step | None = None

    def __post_init__(self) -> None:
        for slot in fields(self):
            _check_step(slot.name, getattr(self, slot.name))

    @cached_property
    def ordered(self) -> tuple[Step, ...]:
        """The slots that are filled."""
        slots = (self.truncator, self.exact_cache, self.semantic_cache, self.router)
        return tuple(step for step in slots if step is not None)

    @cached_property
    def uncached(self) -> tuple[Step, ...]:
        """Those of them that are no caches: for calls that are recorded or replayed, and must not depend on what is kept."""
        return replace(self, exact_cache=None, semantic_cache=None).ordered

    @cached_property
    def routes(self) -> str:
        """Among which models the router chooses, as text; "" without one. A part of what a cached answer depends on."""
        return "" if self.router is None else str(getattr(self.router, "routes", repr(self.router)))

    @property
    def models(self) -> tuple[str, ...]:
        """The models among which the router chooses, as far as it says so: `models`, a tuple or list of names."""
        told: object = getattr(self.router, "models", ())
        return tuple(map(str, cast("Sequence[object]", told))) if isinstance(told, tuple | list) else ()


def through(steps: Sequence[Step], ask: Ask, call: Onward) -> Stream[StreamChunk, Answer]:
    """Pass `ask` through `steps` to `call`, and the answer, or the error, back through those that passed it on.

    An error of a step on the way back takes the answer's place for the steps outside it.
    """
    if not steps:
        return (yield from call(ask))
    step, *inner = steps

    def onward(asked: Ask) -> Stream[StreamChunk, Answer]:
        if not isinstance(asked, Ask):  # pyright: ignore[reportUnnecessaryIsInstance]  (users forget it)
            msg = f"{type(step).__name__}.around() passes on the Ask as it goes on, not {asked!r}."
            raise WrongTypeError(msg)
        return through(inner, asked, call)

    answer = yield from _flow(step, step.around(ask, onward))
    if not isinstance(answer, Answer):  # pyright: ignore[reportUnnecessaryIsInstance]  (users forget the return)
        msg = f"{type(step).__name__}.around() returns an Answer, not {answer!r}. Return what `yield from onward(ask)` gives."
        raise WrongTypeError(msg)
    return answer


def known_answer(ask: Ask, answer: Answer) -> Stream[StreamChunk, Answer]:
    """`answer`, which was known already: one chunk where `ask` is to be streamed. The final chunk is the kit's."""
    response = answer.response
    text, thinking = response.content or "", response.thinking or ""
    if ask.streamed and (text or thinking):
        yield Emit(StreamChunk(StreamDelta(text, thinking), text, thinking, is_thinking=bool(thinking) and not text))
    return answer


def _check_step(slot: str, step: object) -> None:
    lacking = not callable(getattr(step, "around", None))
    if step is not None and (lacking or isinstance(step, type)):
        what = f"the class {step.__name__} itself" if isinstance(step, type) else f"{type(step).__name__} {step!r}"
        msg = f"{slot} is a step, an object with the method around(ask, onward), or None; not {what}."
        raise WrongTypeError(msg)


def _flow(step: Step, flow: Stream[StreamChunk, Answer]) -> Stream[StreamChunk, Answer]:
    """What `around` of `step` returned, where it is a flow."""
    if isinstance(flow, Generator):  # pyright: ignore[reportUnnecessaryIsInstance]  (users write plain and async functions)
        return flow
    if isinstance(flow, Coroutine):
        flow.close()
    msg = (
        f"{type(step).__name__}.around() must be a generator (a flow), not a plain or async function; it returned "
        f"{type(flow).__name__}. Pass the question on with: return (yield from onward(ask))."
    )
    raise WrongTypeError(msg)
