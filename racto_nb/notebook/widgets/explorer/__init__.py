"""Looking into a RactoRAG: what it holds, what a question finds and why, a map of its vectors, and an answer that cites."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import wait as finished
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import traitlets

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.explorer.events import (
    HEARD,
    Answer,
    Bring,
    Came,
    Chart,
    Do,
    Halt,
    Ingest,
    Look,
    Method,
    Over,
    Query,
    See,
    Unchoose,
    Upload,
    Uploaded,
    Why,
)
from racto_nb.notebook.controllers.explorer.state import AS_SET, Asked, Chosen, ExplorerState, Facts
from racto_nb.notebook.controllers.explorer.update import update
from racto_nb.notebook.controllers.explorer.view import twin, view
from racto_nb.notebook.controllers.reading import dropped
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.explorer.atlas import Atlas
from racto_nb.notebook.widgets.explorer.looking import surveyed, ways_of
from racto_nb.notebook.widgets.explorer.reading_in import plain_names, refuse_outside
from racto_nb.notebook.widgets.explorer.selecting import Selection
from racto_nb.notebook.widgets.explorer.working import Works
from racto_nb.notebook.widgets.scripts import script, style
from racto_nb.rag.filters import Filters, as_filter
from racto_nb.rag.pipeline import RactoRAG
from racto_nb.rag.wording import said

if TYPE_CHECKING:
    import polars as pl

    from racto_nb.rag.absence import Absence
    from racto_nb.rag.reports import IngestReport
    from racto_nb.rag.results import RAGResponse, RetrievalResult
    from racto_nb.rag.retrieval import RetrievalOptions


SOON = 2.0
"""Seconds that an explorer waits for its store to say what it holds; a slower one says it later."""


class RagExplorer(Bridge[ExplorerState]):
    """An explorer of `rag`. Display it, or work with it from Python; both see the same.

    `compare` is what a question is also asked of, side by side: "vector", "hybrid" or "keyword", other RetrievalOptions, or
    another RactoRAG. `kit` answers from the hits, by default the `llm_kit` of `rag`.

    Raises UsageError for what is no RactoRAG, or nothing to compare with.

    >>> from racto_nb.rag import RactoRAG
    >>> from racto_nb.testing import FakeKit
    >>> rag = RactoRAG(embedder=FakeKit())
    >>> _ = rag.ingest_text("Paris is the capital of France.", "facts.txt")
    >>> explorer = RagExplorer(rag, compare="keyword")
    >>> [hit.chunk.content for hit in explorer.search("capital of France")]
    ['Paris is the capital of France.']
    >>> explorer.close()
    """

    _esm = script("explorer")
    _css = style("explorer")
    controller: ClassVar[Controller[ExplorerState]] = Controller(HEARD, update, view, twin)

    asked = part()
    facts = part()
    found = part()
    reply = part()
    document = part()
    missing = part()
    reading = part()
    grid = part()
    plot = part(traitlets.Dict)

    def __init__(
        self,
        rag: RactoRAG,
        *,
        compare: RactoRAG | RetrievalOptions | str | None = None,
        kit: DeveloperKit | None = None,
    ) -> None:
        if not isinstance(rag, RactoRAG):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"An explorer looks into a RactoRAG, not {rag!r:.80}. In a notebook, %racto rag NAME opens one.")
        ways, against = ways_of(rag, compare)
        self._works = Works(self, rag, ways, kit or _own_kit(rag), Atlas(self, rag))
        facts = Facts(
            store=type(rag.store).__name__,
            embedder=repr(rag.embedder),
            sql=self._works.has_sql,
            model="" if self._works.kit is None else f"{self._works.kit.provider}:{self._works.kit.model}",
        )
        super().__init__(ExplorerState(tuple(ways), facts, Asked(against=against)))
        self._begin("survey", self._surveyed)
        if (survey := self._working.get("survey")) is not None:
            finished([survey], timeout=SOON)  # what is shown first, and saved without a kernel, is then right

    def search(self, question: str, top_k: int = 5, *, filters: Filters = None, mode: str | None = None) -> list[RetrievalResult]:
        """Find the passages for `question` and show them; the hits of the first way, best first.

        `mode` is "hybrid", "vector" or "keyword", None for the way that the RactoRAG is set to. Raises what a search raises.
        """
        condition = as_filter(filters)
        words = "" if condition is None else said(condition)
        self._wait_for("search", Look(Asked(question, top_k, words, condition, mode or AS_SET, self._state.asked.against)))
        return self.hits

    def ask(self, question: str | None = None) -> RAGResponse:
        """Answer `question`, or the one that was searched for, from its hits. Raises UsageError without a kit."""
        if question is not None:
            self.search(question, self._state.asked.top_k)
        self._wait_for("answer", Answer())
        return self.answer

    def ingest(self, path: str | Path, pattern: str = "") -> IngestReport:
        """Read a file or a folder in, of a folder the files that fit `pattern`: what became of each file."""
        self._wait_for("ingest", Ingest(str(path), pattern))
        report = self.report
        assert report is not None  # noqa: S101  (it has just come)
        return report

    def read(self, source: str, first: int = 0) -> None:
        """Show the document `source` with its chunks, from the chunk number `first` on. UsageError for one that is not stored."""
        self._wait_for("document", See(Bring(source, first)))

    def why_not(self, passage: str) -> Absence:
        """Why `passage` is not among the hits of the question that was asked last."""
        self._wait_for("why", Why(passage))
        absence = self._state.absence
        assert absence is not None  # noqa: S101  (it has just come)
        return absence

    def sql(self, query: str) -> pl.DataFrame:
        """What a SELECT over the tables `chunks` and `facts` of a DuckDBStore gives; ReadOnlyViolationError for anything else."""
        self._wait_for("sql", Query(query))
        frame = self.table
        assert frame is not None  # noqa: S101  (it has just come)
        return frame

    def chart(self, method: Method = "pca") -> list[str]:
        """Make the map of the vectors, and say how it was made: by "pca" at once, or by "umap" (the extra "rag-umap")."""
        from racto_nb.notebook.controllers.explorer.view import map_lines

        self._wait_for("map", Chart(method))
        return [] if self._state.map is None else map_lines(self._state.map)

    def choose(self, ids: Sequence[str]) -> Selection:
        """Choose chunks on the map by their ids; `selection` has them then."""
        self._works.atlas.choose_ids(ids)
        self.tell(Came(Chosen(tuple(ids))))
        return self.selection

    def wait(self, work: str = "", timeout: float | None = None) -> None:
        """Wait until `work` ("search", "answer", "ingest", "map", …; all without a name) has ended; raises what it raised.

        UsageError where it was stopped, TimeoutError after `timeout` seconds.
        """
        with self._turn:
            works = {name: future for name, future in self._working.items() if work in {"", name}}
        for name, future in works.items():
            self._result(name, future, timeout)

    def _wait_for(self, work: str, event: object) -> None:
        """Tell `event`, which begins `work`, and wait for that very work; raises what it raises."""
        with self._turn:  # which the work needs to tell its end: until it is let go, the work is there
            self.tell(event)
            future = self._working[work]
        self._result(work, future)

    def _result(self, work: str, future: Future[None], timeout: float | None = None) -> None:
        try:
            future.result(timeout)
        except CancelledError:
            why = "the explorer was closed" if self._closed else "by its Stop, or by another one that took its place"
            raise UsageError(f"The work {work!r} was stopped: {why}.") from None

    @property
    def question(self) -> str:
        """What was asked last."""
        return self._state.asked.text

    @property
    def hits(self) -> list[RetrievalResult]:
        """The hits of the first way, best first."""
        return list(self._state.hits)

    @property
    def compared(self) -> list[RetrievalResult]:
        """The hits of the way that is compared with, best first; none where nothing is."""
        results = self._state.results
        return [] if results is None or len(results.sides) == 1 else list(results.sides[1].hits)

    @property
    def answer(self) -> RAGResponse:
        """The last answer with its sources and citations. UsageError where there is none."""
        reply = self._state.reply
        if reply is None or reply.response is None:
            raise UsageError("There is no answer here: ask for one, or look at what went wrong with it beside the widget.")
        return reply.response

    @property
    def report(self) -> IngestReport | None:
        """What became of the files that were read in last, None before."""
        return self._state.ingestion.report

    @property
    def table(self) -> pl.DataFrame | None:
        """What the last SELECT gave, None before."""
        return self._works.frame

    @property
    def selection(self) -> Selection:
        """What is chosen on the map: `.df` is a frame of it."""
        return Selection(self._works.rag.store, self._state.chosen.ids)

    @property
    def rag(self) -> RactoRAG:
        """What is looked into."""
        return self._works.rag

    def tell(self, event: object) -> None:
        """Tell the controller what has happened, with the secrets that the environment has now. Raises what it refuses."""
        with self._turn:
            self._state = replace(self._state, secrets=Secrets.of(os.environ))
            super().tell(event)

    def run(self, key: str, number: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` on the widget's loop in place of what ran under `key`. How it ends, the controller hears."""

        async def doing() -> None:
            try:
                await work()
            except BaseException as error:
                self.tell(Over(key, number, stopped=isinstance(error, asyncio.CancelledError)))
                raise

        self._begin(key, doing)

    async def _surveyed(self) -> None:
        self.tell(Came(await surveyed(self._works.rag, self._state.facts)))

    def _perform(self, wish: object) -> None:
        match wish:
            case Do():
                self.run(wish.key, wish.number, lambda: self._works.done(wish.key, wish.number, wish.event, self._state))
            case Halt():
                self._stop(wish.key)
            case Unchoose():
                self._works.atlas.unchoose()
            case _:
                self._begin(f"page-{wish!r:.80}", lambda: self._works.brought(wish, self._state))

    def _hear(self, event: object, buffers: object) -> None:
        if isinstance(event, Upload):
            event = Uploaded(plain_names(event.names), tuple(dropped(buffers, len(event.names))))
        elif isinstance(event, Ingest):
            refuse_outside(event.path.strip(), event.pattern)
        self.tell(event)


def _own_kit(rag: RactoRAG) -> DeveloperKit | None:
    """The kit of `rag`, where it is one whose answers can be shown while they come."""
    kit = rag.answerer.kit
    return kit if isinstance(kit, DeveloperKit) else None
