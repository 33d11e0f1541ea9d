"""A panel of jobs that run elsewhere: how far they are, their end, and what came of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import traitlets

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.jobs.events import (
    HEARD,
    Cancel,
    Changed,
    Do,
    Every,
    Listed,
    Look,
    LookAround,
    Looked,
    Read,
    Resume,
    Troubled,
)
from racto_nb.notebook.controllers.jobs.state import Costs, Job, JobsState, Told, costs_of
from racto_nb.notebook.controllers.jobs.update import update
from racto_nb.notebook.controllers.jobs.view import twin, view
from racto_nb.notebook.magics.failing import line_of
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.jobs.sources import Came, JobSource, Near, Resuming, source_of
from racto_nb.notebook.widgets.scripts import script, style

_TEXTS = ("id", "status", "model", "error", "result", "doing", "pending", "note")


class JobsPanel(Bridge[JobsState]):
    """The jobs of processors, tuners and stores of documents, by the names you give them. Display it, or ask it from Python.

    A source is a processor of `racto_nb.batch`, a tuner of `racto_nb.finetune`, a RactoRAG with its ingestions, a
    RactoCeleryWorker with its groups of tasks, or an object with the methods of a `JobSource`.
    Jobs of earlier sessions are found by their files, so a panel that is opened after a restart goes on where the last one was.
    `every` is the pause between two looks in seconds (0: only when asked); looking ends by itself when all jobs have.

    Raises UsageError without a source, and for one that has no jobs.

    >>> from racto_nb.batch import OpenAIBatchProcessor
    >>> from racto_nb.testing import FakeProvider
    >>> with FakeProvider() as server:
    ...     batches = OpenAIBatchProcessor("gpt-6-luna", api_key="any", base_url=server.base_url("openai"), jobs="no_such_folder")
    ...     panel = JobsPanel(batches=batches, every=0)
    ...     panel.look()
    ...     panel.jobs
    ...     panel.close()
    []
    """

    _esm = script("jobs")
    _css = style("jobs")
    controller: ClassVar[Controller[JobsState]] = Controller(HEARD, update, view, twin)

    sources = part(traitlets.List)
    looking = part()
    costs = part()

    def __init__(self, *, every: float = 30.0, **sources: object) -> None:
        if not sources:
            example = "e.g. JobsPanel(batches=processor). %racto jobs takes those of a notebook."
            raise UsageError(f"A panel of jobs needs a source, {example}")
        self._sources: Mapping[str, JobSource] = {name: source_of(source) for name, source in sources.items()}
        self._results: dict[tuple[str, str], object] = {}
        self._own: dict[tuple[str, str], str] = {}
        super().__init__(JobsState({name: Told(self._clean(source.kind)) for name, source in self._sources.items()}, every))
        if every:
            self.tell(Look())

    def look(self) -> None:
        """Ask all sources now, and wait for what they tell."""
        self.tell(Look())
        self._await_quiet(lambda: self._state.looking)

    def cancel(self, source: str, job_id: str) -> None:
        """Ask for the end of a job. UsageError for one that has ended, or is not there."""
        self.tell(Cancel(source, job_id))

    def read(self, source: str, job_id: str) -> object:
        """Fetch what came of a job that has ended, and wait for it: BatchResults, or the status of a tuned model.

        UsageError where that fails, and where the panel is closed meanwhile.
        """
        self.tell(Read(source, job_id))
        self._await_quiet(lambda: bool(self._state.sources[source].jobs[job_id].doing))
        job = self._state.sources[source].jobs[job_id]
        if job.error:
            raise UsageError(f"What came of {job_id!r} could not be read: {job.error}")
        if job.doing:
            raise UsageError(f"The panel was closed before {job_id!r} was read. Open another one, and read it there.")
        return self._results[source, job_id]

    def resume(self, source: str, job_id: str) -> None:
        """Go on with a job that was left in the middle. UsageError for one that cannot be gone on with."""
        self.tell(Resume(source, job_id))

    def look_every(self, seconds: float) -> None:
        """Look again each so many seconds; 0 for never."""
        self.tell(Every(seconds))

    @property
    def jobs(self) -> list[Job]:
        """The jobs of all sources as they were told last."""
        return [job for told in self._state.sources.values() for job in told.jobs.values()]

    @property
    def results(self) -> dict[str, object]:
        """What was read so far, by the ids of the jobs. What has the same id in two sources stands as "SOURCE/ID"."""
        read = dict(self._results)
        often = Counter(job_id for _, job_id in read)
        return {f"{name}/{job_id}" if often[job_id] > 1 else job_id: value for (name, job_id), value in read.items()}

    @property
    def cost(self) -> Costs:
        """What all jobs cost together: `known` US dollars, for how many nobody knows a price, and for how many not yet."""
        return costs_of(self.jobs)

    def _perform(self, wish: object) -> None:
        match wish:
            case LookAround():
                self._begin("look", lambda: self._look(wish.every, wish.number))
            case Do():
                self._begin(f"{wish.what} {(wish.source, wish.id)!r}", lambda: self._do(wish))
            case _:
                super()._perform(wish)

    async def _look(self, every: float, number: int) -> None:
        passed = every
        while True:
            far = passed >= every
            try:
                await self._ask_all(far=far)
            finally:
                self._tell_if_open(Looked(number))
            if not every or self._state.all_ended:
                return
            passed = (0.0 if far else passed) + (pause := self._pause(every))
            await asyncio.sleep(pause)

    def _pause(self, every: float) -> float:
        """Seconds until somebody is asked again: who is near, and at work, is asked more often."""
        busy = [source for name, source in self._sources.items() if self._state.sources[name].busy]
        return min([every, *(source.pause for source in busy if isinstance(source, Near))])

    async def _ask_all(self, *, far: bool) -> None:
        asked = {name: source for name, source in self._sources.items() if far or isinstance(source, Near)}
        await asyncio.gather(*(self._ask(name, source) for name, source in asked.items()))

    async def _ask(self, name: str, source: JobSource) -> None:
        try:
            self._tell_if_open(Listed(name, [self._cleaned(name, job) for job in await source.jobs()]))
        except Exception as error:  # noqa: BLE001  (shown beside its jobs: a source may be of anybody)
            self._tell_if_open(Troubled(name, self._clean(line_of(error))))

    async def _do(self, wish: Do) -> None:
        try:
            self._tell_if_open(await self._done(wish))
        except asyncio.CancelledError:
            self._tell_if_open(Changed(wish.source, wish.id, error="It was broken off."))
            raise
        except Exception as error:  # noqa: BLE001  (shown beside the job)
            self._tell_if_open(Changed(wish.source, wish.id, error=self._clean(line_of(error))))
            return
        if wish.what != "read":
            self._tell_if_open(Look())

    async def _done(self, wish: Do) -> Changed:
        source, job_id = self._sources[wish.source], self._own.get((wish.source, wish.id), wish.id)
        if wish.what == "read":
            came = Came(*await source.read(job_id))
            self._results[wish.source, wish.id] = came.value
            return Changed(wish.source, wish.id, result=self._clean(came.said), cost=came.cost)
        if wish.what == "cancel":
            await source.cancel(job_id)
        elif isinstance(source, Resuming):
            await source.resume(job_id)
        return Changed(wish.source, wish.id)

    def _cleaned(self, name: str, job: Job) -> Job:
        """A job without the secrets of the environment in any of its texts: an error of a provider may quote a key."""
        texts = {field: self._clean(getattr(job, field)) for field in _TEXTS}
        if texts["id"] != job.id:
            self._own[name, texts["id"]] = job.id
        return replace(job, **texts)

    def _tell_if_open(self, event: object) -> None:
        with self._turn:
            if not self.closed:
                self.tell(event)
