"""What all caches of exact repetitions share: the step before a provider, and the methods for use by hand. Kind: flow.

Where the answers are kept is a Store: memory, a file, a server.
"""

from __future__ import annotations

import time
from typing import Any, cast, overload

from racto_nb.cache.counting import Counting
from racto_nb.cache.flying import End, Flight, Flights, Outcome, Waiting, WaitingPort
from racto_nb.cache.judging import fitting, is_worth_keeping, takes
from racto_nb.cache.keeping import Kept, kept
from racto_nb.cache.keys import key_of
from racto_nb.cache.stats import CacheStats
from racto_nb.cache.storing import Clear, Count, Forget, Keep, Look, Store, StoreRequest
from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Flow, Stream, now, send
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.middleware import Answer, Ask, Onward, known_answer
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk

EXACT = "exact"
"""The origin of an answer that an exact cache gave."""

_WAITING = WaitingPort()


class ExactCache(Counting):
    """A cache of exact repetitions over a `store`. Users make an ExactMatchCache or a DiskCache.

    As a step it gives a known answer to a question with the same `fingerprint`, streamed or whole, and keeps the answers that are
    complete. Questions with a temperature pass by, unless `samples` is set. Of the same questions that are asked at the same time
    one is sent, and the others wait for its answer. A store that fails is passed by, with one CacheWarning.
    """

    def __init__(self, store: Store, *, samples: bool = False) -> None:
        super().__init__()
        self._store = store
        self._samples = samples
        self._flights = Flights()

    def around(self, ask: Ask, onward: Onward) -> Stream[StreamChunk, Answer]:
        """The known answer to `ask`, or what `onward` gives, which is kept where it is complete."""
        if not takes(ask, samples=self._samples) or (key := self._key(ask)) is None:
            return (yield from onward(ask))
        flight: Flight | None = None
        known: Answer | None = None
        if not ask.fresh:
            ended = self._flights.ended
            known, flight = yield from self._found(key, ask)
            if flight is not None:
                return (yield from self._leading(key, flight, ask, onward, again=self._flights.ended != ended))
            self._count(hit=known is not None)
        if known is not None:
            return (yield from known_answer(ask, known))
        answer, _ = yield from self._asked(key, ask, onward)
        return answer

    def _found(self, key: str, ask: Ask) -> Flow[tuple[Answer | None, Flight | None]]:
        """The answer that is known, or was waited for; else the flight that the caller leads. Neither: let it ask alone."""
        while True:
            if (known := (yield from self._known(key, ask))) is not None:
                return known, None
            joined = self._flights.joined(key, may_lead=not ask.streamed)
            if joined is None:
                return None, None
            flight, waiting = joined
            if waiting is None:
                return None, flight
            outcome: Outcome = yield from send(_WAITING, Waiting(flight, waiting))
            if outcome is not End.LEFT:
                return fitting(outcome, ask, EXACT), None
            self._flights.drop(key, flight)

    def _leading(self, key: str, flight: Flight, ask: Ask, onward: Onward, *, again: bool) -> Stream[StreamChunk, Answer]:
        """The answer for all who wait for it. It is looked up `again` where another came to an end meanwhile."""
        outcome: Outcome = End.LEFT
        self._flights.lead(flight)
        try:
            known = (yield from self._known(key, ask)) if again else None
            self._count(hit=known is not None)
            if known is not None:
                return (yield from known_answer(ask, known))
            answer, outcome = yield from self._asked(key, ask, onward)
        except Exception:
            outcome = End.NOTHING
            raise
        else:
            return answer
        finally:
            self._flights.end(key, flight, outcome)

    def _known(self, key: str, ask: Ask) -> Flow[Answer | None]:
        return fitting((yield from self._trying(Look(key), "look an answer up")), ask, EXACT)

    def _asked(self, key: str, ask: Ask, onward: Onward) -> Stream[StreamChunk, tuple[Answer, Outcome]]:
        """The answer of the provider, kept and as others may have it, where it is worth it."""
        answer = yield from onward(ask)
        if not is_worth_keeping(answer):
            return answer, End.NOTHING
        moment = yield from now()
        try:
            known = kept(answer.response, moment.wall)
        except WrongTypeError as error:
            self._warn("keep an answer", error)
            return answer, End.NOTHING
        yield from self._trying(Keep(key, known), "keep an answer")
        return answer, known

    def _trying(self, request: StoreRequest, what: str) -> Flow[Any]:
        """The store's reply, None where it fails: an answer from the provider is better than an error of a cache."""
        try:
            return (yield from send(self._store, request))
        except Exception as error:  # noqa: BLE001  (told as a warning)
            self._warn(what, error)
            return None

    def _key(self, ask: Ask) -> str | None:
        try:
            return fingerprint(ask)
        except Exception as error:  # noqa: BLE001  (told as a warning; what is wrong with the question is told where it is asked)
            self._warn("name a question", error)
            return None

    @overload
    def get(self, key: str, /) -> LLMResponse | None: ...

    @overload
    def get(
        self, user_message: str, system_prompt: str, model: str, temperature: float, max_tokens: int
    ) -> LLMResponse | None: ...

    def get(
        self,
        user_message: str,
        system_prompt: str | None = None,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> LLMResponse | None:
        """The answer that was `put` under a key, or under five parts of a question; None where there is none.

        Each call gives a copy of its own, without `raw` and `parsed_model`. A kit's own keys hold all of a question.
        """
        is_key = isinstance(user_message, str) and system_prompt is None and model is None  # pyright: ignore[reportUnnecessaryIsInstance]
        key = user_message if is_key else key_of(user_message, system_prompt, model, temperature, max_tokens)
        return self._given(self._looked_up(key))

    @overload
    def put(self, key: str, response: LLMResponse, /) -> None: ...

    @overload
    def put(
        self, user_message: str, system_prompt: str, model: str, temperature: float, max_tokens: int, response: LLMResponse
    ) -> None: ...

    def put(  # noqa: PLR0917  (as documented)
        self,
        user_message: str,
        system_prompt: str | LLMResponse | None = None,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        response: LLMResponse | None = None,
    ) -> None:
        """Keep a copy of `response` under a key, or under five parts of a question. Whatever is given is kept, whole or not.

        Raises WrongTypeError for what is no LLMResponse, or cannot be written as JSON.
        """
        self._put(keeping(user_message, system_prompt, model, temperature, max_tokens, response))

    @overload
    def invalidate(self, key: str, /) -> bool: ...

    @overload
    def invalidate(self, user_message: str, system_prompt: str, model: str, temperature: float, max_tokens: int) -> bool: ...

    def invalidate(
        self,
        user_message: str,
        system_prompt: str | None = None,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> bool:
        """Remove one answer. Returns whether there was one."""
        return bool(self._store.send(Forget(key_of(user_message, system_prompt, model, temperature, max_tokens))))

    def clear(self) -> None:
        """Remove all answers, and begin to count anew."""
        self._store.send(Clear())
        self._count_anew()

    @property
    def stats(self) -> CacheStats:
        """How often an answer was there, since the cache was made, and how many are kept."""
        return CacheStats(hits=self._hits, misses=self._misses, size=len(self))

    def _looked_up(self, key: str) -> Kept | None:
        return cast("Kept | None", self._store.send(Look(key)))

    def _given(self, known: Kept | None) -> LLMResponse | None:
        """What the caller gets of `known`; it is counted."""
        self._count(hit=known is not None)
        return None if known is None else known.response()

    def _put(self, request: Keep) -> None:
        self._store.send(request)

    def __len__(self) -> int:
        """The number of answers that are kept."""
        return cast("int", self._store.send(Count()))

    def __bool__(self) -> bool:
        """True: an empty cache is a cache too."""
        return True

    def __contains__(self, key: object) -> bool:
        """Whether an answer is kept under a key. This is not counted as a question."""
        return isinstance(key, str) and self._looked_up(key) is not None


def keeping(  # noqa: PLR0917  (as documented)
    user_message: str,
    system_prompt: str | LLMResponse | None,
    model: str | None,
    temperature: float | None,
    max_tokens: int | None,
    response: LLMResponse | None,
) -> Keep:
    """What `put` asks of a store, in either of its forms."""
    if model is None and response is None:  # a key, and what it shall name
        system_prompt, response = None, system_prompt  # pyright: ignore[reportAssignmentType]
    known = kept(response, time.time())  # pyright: ignore[reportArgumentType]  (what is no answer is refused there)
    return Keep(key_of(user_message, system_prompt, model, temperature, max_tokens), known)  # pyright: ignore[reportArgumentType]
