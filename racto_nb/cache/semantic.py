"""A cache for questions that mean the same in other words. Kind: flow."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any, cast

from racto_nb.cache.counting import Counting
from racto_nb.cache.guarding import disagreement
from racto_nb.cache.judging import fitting, is_worth_keeping, takes
from racto_nb.cache.keeping import kept
from racto_nb.cache.keys import checked_seconds, checked_size
from racto_nb.cache.scanning import Vector, unit_vector
from racto_nb.cache.shelving import Entry, Near, Place, Shelves, Used
from racto_nb.cache.stats import CacheStats
from racto_nb.cache.storing import Clear, Count
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.effects import Flow, Stream, call, now, send
from racto_nb.flow.sync_driver import call_sync
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Answer, Ask, Onward, known_answer
from racto_nb.models.chat import OngoingChat
from racto_nb.models.embedding import EmbeddingConfig, EmbeddingResponse
from racto_nb.models.messages import MessageRole
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk

__all__ = ["SemanticCache"]

SEMANTIC = "semantic"
"""The origin of an answer that a semantic cache gave."""

Embedder = Callable[[str], Sequence[float] | Awaitable[Sequence[float]]] | DeveloperKit
Guard = Callable[[str, str], str]
Same = Callable[[LLMResponse, LLMResponse], bool]

_MOST_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the question of an Ask stands: its kind, its words and their vector."""

    space: str
    question: str
    vector: Vector


class SemanticCache(Counting):
    """Gives the known answer to a question that means the same as one that was asked before.

    `embedder` (or `embed_fn`) makes a vector of a text: a function, sync or async, or a kit, whose `embed` is used. `threshold`
    (or `similarity_threshold`) is how alike two vectors must be, the cosine from 0.0 to 1.0. `max_size` questions are kept (0: no
    limit; the one that was not used for longest goes), each for `ttl_seconds` (None: for ever).

    Only questions to the same model with the same prompt and options are compared. A `guard(stored, asked)` says why two
    questions that lie near each other differ all the same, or ""; by default `guarding.disagreement`, None for no guard.
    Questions with a history, files or tools pass by, unless `multi_turn`; so do those with a temperature, unless `samples`.

    With `shadow=True` it never answers: every question is asked, and what the cache would have answered is compared with the
    fresh answer. `stats` then tells the rate of false hits. `same(stored, fresh)` decides; by default the texts must be equal but
    for case and spaces. An embedder that fails costs a request, and one CacheWarning; never the call.

    >>> from racto_nb.models import LLMResponse
    >>> cache = SemanticCache(lambda text: [1.0, len(text) / 100])
    >>> cache.put("What is the capital of France?", LLMResponse(content="Paris"))
    >>> cache.get("Which city is the capital of France?").content
    'Paris'
    >>> cache.get("What is the capital of Spain?") is None
    True
    """

    def __init__(
        self,
        embed_fn: Embedder | None = None,
        similarity_threshold: float = 0.95,
        max_size: int = 512,
        ttl_seconds: float | None = None,
        *,
        embedder: Embedder | None = None,
        threshold: float | None = None,
        multi_turn: bool = False,
        samples: bool = False,
        shadow: bool = False,
        same: Same | None = None,
        guard: Guard | None = disagreement,
    ) -> None:
        super().__init__()
        self._embed = _one_embedder(embed_fn, embedder)
        self._threshold = _checked_threshold(similarity_threshold if threshold is None else threshold)
        self._shelves = Shelves(checked_size(max_size), checked_seconds(ttl_seconds))
        self._multi_turn, self._samples, self._shadow = multi_turn, samples, shadow
        self._same = same or _same_text
        self._guard = guard
        self._shadow_hits = self._false_hits = 0
        self._remembered: OrderedDict[str, Vector] = OrderedDict()

    def around(self, ask: Ask, onward: Onward) -> Stream[StreamChunk, Answer]:
        """The known answer to a question that means the same, or what `onward` gives, which is kept where it is complete."""
        place = (yield from self._placed(ask)) if self._takes(ask) else None
        if place is None:
            return (yield from onward(ask))
        known = None if ask.fresh else (yield from self._found(place, ask))
        if not ask.fresh:
            self._count(hit=known is not None and not self._shadow)
        if known is not None and not self._shadow:
            return (yield from known_answer(ask, known))
        answer = yield from onward(ask)
        if is_worth_keeping(answer):
            # In shadow mode a would-be hit keeps nothing, as a hit does not: later ones are compared with what would be there.
            if known is None:
                yield from self._keep(place, answer.response)
            else:
                yield from self._compared(known.response, answer.response)
        return answer

    def _takes(self, ask: Ask) -> bool:
        config = ask.config
        said = config.transcript if isinstance(config, OngoingChat) else []
        # A turn of the system is a part of the prompt: the wish for a chain of thought, say.
        talk = said or any(turn.role is not MessageRole.SYSTEM for turn in config.history)
        more = talk or config.attachments or config.tools is not None
        return takes(ask, samples=self._samples) and (self._multi_turn or not more)

    def _placed(self, ask: Ask) -> Flow[_Place | None]:
        question = ask.config.user_message
        try:
            space = fingerprint(ask, message=False)
            found = yield from call(partial(self._embed, question))
            return _Place(space, question, unit_vector(_numbers(found)))
        except Exception as error:  # noqa: BLE001  (told as a warning)
            self._warn("find the place of a question", error)
            return None

    def _found(self, place: _Place, ask: Ask) -> Flow[Answer | None]:
        try:
            near = yield from send(self._shelves, Near(place.space, place.vector, self._threshold))
            for entry in cast("list[Entry]", near):
                if self._guard is not None and self._guard(entry.question, place.question):
                    continue
                if (known := fitting(entry.known, ask, SEMANTIC)) is not None:
                    yield from send(self._shelves, Used(entry))
                    return known
        except Exception as error:  # noqa: BLE001  (told as a warning)
            self._warn("look an answer up", error)
        return None

    def _keep(self, place: _Place, response: LLMResponse) -> Flow[None]:
        try:
            moment = yield from now()
            request = Place(place.space, place.question, place.vector, kept(response, moment.wall))
            yield from send(self._shelves, request)
        except Exception as error:  # noqa: BLE001  (told as a warning)
            self._warn("keep an answer", error)

    def _compared(self, stored: LLMResponse, fresh: LLMResponse) -> Flow[None]:
        try:
            is_same = yield from call(partial(self._same, stored, fresh))
        except Exception as error:  # noqa: BLE001  (told as a warning)
            self._warn("compare two answers", error)
            return
        with self._counting:
            self._shadow_hits += 1
            self._false_hits += not is_same

    def get(self, query: str) -> LLMResponse | None:
        """The answer that was `put` for a question that means the same; None where there is none.

        What is put and got by hand is a kind of its own: a kit's answers are not among it. Raises what the embedder raises,
        WrongTypeError and UsageError for a vector that is none, and UsageError for an async embedder.
        """
        vector = self._vector(query)
        found = cast("list[Entry]", self._shelves.send(Near("", vector, self._threshold)))
        entry = next((entry for entry in found if self._guard is None or not self._guard(entry.question, query)), None)
        self._count(hit=entry is not None)
        if entry is None:
            return None
        self._shelves.send(Used(entry))
        return entry.known.response()

    def put(self, query: str, response: LLMResponse) -> None:
        """Keep a copy of `response` for `query`. Raises what `get` raises, and WrongTypeError for what is no LLMResponse."""
        known = kept(response, time.time())
        self._shelves.send(Place("", query, self._vector(query), known))

    def clear(self) -> None:
        """Remove all answers, and begin to count anew."""
        self._shelves.send(Clear())
        self._count_anew()
        with self._counting:
            self._shadow_hits = self._false_hits = 0
            self._remembered.clear()

    @property
    def stats(self) -> CacheStats:
        """How often an answer was there, since the cache was made, and how many are kept."""
        return CacheStats(
            hits=self._hits, misses=self._misses, size=len(self), shadow_hits=self._shadow_hits, false_hits=self._false_hits
        )

    def __len__(self) -> int:
        """The number of answers that are kept."""
        return cast("int", self._shelves.send(Count()))

    def __bool__(self) -> bool:
        """True: an empty cache is a cache too."""
        return True

    def __repr__(self) -> str:
        shelves, mode = self._shelves, ", shadow=True" if self._shadow else ""
        return f"SemanticCache(threshold={self._threshold}, max_size={shelves.max_size}, ttl_seconds={shelves.ttl}{mode})"

    def _vector(self, query: str) -> Vector:
        """The vector of `query`. Who finds nothing mostly puts something: the text is embedded once for both."""
        with self._counting:
            known = self._remembered.get(query)
        if known is not None:
            return known
        vector = unit_vector(_numbers(call_sync(partial(self._embed, query), {})))
        with self._counting:
            self._remembered[query] = vector
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return vector


def _one_embedder(embed_fn: Embedder | None, embedder: Embedder | None) -> Callable[[str], Any]:
    if (embed_fn is None) == (embedder is None):
        msg = (
            "A semantic cache needs one embedder, a function that makes a list of numbers of a text: SemanticCache(embedder=...)."
        )
        raise UsageError(msg)
    given = cast("Any", embedder if embed_fn is None else embed_fn)
    kit = given if isinstance(given, DeveloperKit) else getattr(given, "__self__", None)
    if isinstance(kit, DeveloperKit):

        def embedded(text: str) -> EmbeddingResponse:
            return kit.embed(EmbeddingConfig(texts=[text]))

        return embedded
    if not callable(given):
        msg = f"The embedder is a function that makes a list of numbers of a text, or a kit; not {given!r:.80}."
        raise WrongTypeError(msg)
    return given


def _numbers(found: object) -> object:
    return found.vectors[0].embedding if isinstance(found, EmbeddingResponse) else found


def _checked_threshold(threshold: object) -> float:
    if isinstance(threshold, bool) or not isinstance(threshold, Real):
        msg = f"threshold is a number from 0.0 to 1.0, not {threshold!r}."
        raise WrongTypeError(msg)
    if not 0.0 <= float(threshold) <= 1.0:
        msg = f"threshold is a likeness from 0.0 to 1.0, not {threshold!r}."
        raise UsageError(msg)
    return float(threshold)


def _same_text(stored: LLMResponse, fresh: LLMResponse) -> bool:
    """Whether two answers are the same but for case and spaces."""
    one, other = ((response.content or "").casefold().split() for response in (stored, fresh))
    return one == other
