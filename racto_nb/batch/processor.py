"""What all batch processors share: hand in, ask, wait, read, cancel, list and resume, in both colours. Kind: flow."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar, Self, TypeAlias, cast, overload

from racto_nb._paths import jobs_folder
from racto_nb.batch import flows, waiting
from racto_nb.batch.desk import Desk
from racto_nb.batch.flows import Memory
from racto_nb.batch.job_files import JobFiles
from racto_nb.batch.results import BatchResults
from racto_nb.batch.submitting import Wanted
from racto_nb.batch.telling import Logged
from racto_nb.batch.waiting import Patience
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.resolving import KitSettings
from racto_nb.kits.served import Served
from racto_nb.kits.surrounding import surroundings
from racto_nb.kits.warning import warn_of_the_end
from racto_nb.models.batches import BatchItem, BatchJobInfo
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.batching import BatchApi
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.wire import Provider

Items: TypeAlias = Sequence[BatchItem]
Jobs: TypeAlias = list[BatchJobInfo]
Folder: TypeAlias = "str | os.PathLike[str]"
OnProgress: TypeAlias = Callable[[BatchJobInfo], object]
_INTERVAL, _MOST = 60.0, 86_400.0


class BatchProcessor(Served):
    """What all batch processors share. Users construct one of `racto_nb.batch`'s processors, not this class.

    A job is written into a file in the folder `jobs` before anything is sent (default: RACTO_BATCH_DIR, else `batches` in the
    user's data folder), with the ids of its items and digests of what is sent, never texts. So another session, on another day,
    finds it with `resume()`.
    """

    provider: ClassVar[str] = ""

    def __init__(self, provider: Provider, port: HttpPort, api: BatchApi, settings: KitSettings, *, jobs: Folder | None) -> None:
        if not settings.model.strip():
            message = "model is the name of a model; it is empty."
            raise UsageError(message)
        self._port = port
        self._desk = Desk(provider, settings, port.host, api, JobFiles(jobs_folder(jobs)))
        self._memory = Memory()
        provider.specs.chat_spec(settings.model)  # refuses a model that is known not to chat
        warn_of_the_end(provider.name, settings.model)

    def submit_batch(self, items: Items, *, prompt: RactoPrompt | None = None, warm_cache: bool = False) -> BatchJobInfo:
        """Hand in a batch and return at once what is known of its job.

        Each item is asked with its own prompt, else `prompt`, else the processor's `default_prompt`. More items than the provider
        takes in one job become several, behind one `job_id`. With `warm_cache` one short question is asked first for each
        beginning that several items share, so that the provider's cache has it.

        The same items handed in again after a crash, or after an error that leaves open whether they arrived, are looked for at
        the provider first. Raises UsageError or UnsupportedError, which name the item, before anything is sent.
        """
        return SyncDriver().run(self._submitting(self._wanted(items, prompt, warm_cache=warm_cache)))

    async def asubmit_batch(self, items: Items, *, prompt: RactoPrompt | None = None, warm_cache: bool = False) -> BatchJobInfo:
        """Hand in a batch and return at once what is known of its job."""
        return await AsyncDriver().run(self._submitting(self._wanted(items, prompt, warm_cache=warm_cache)))

    def poll_status(self, job_id: str) -> BatchJobInfo:
        """How far a job is."""
        return SyncDriver().run(flows.poll(self._at_desk(), job_id))

    async def apoll_status(self, job_id: str) -> BatchJobInfo:
        """How far a job is."""
        return await AsyncDriver().run(flows.poll(self._at_desk(), job_id))

    def get_results(self, job_id: str) -> BatchResults:
        """One result for each item of a job that has ended, however it ended, in the order of the items.

        Raises BatchError, a RuntimeError, for a job that has not ended.
        """
        return SyncDriver().run(flows.fetch(self._at_desk(), self._memory, job_id))

    async def aget_results(self, job_id: str) -> BatchResults:
        """One result for each item of a job that has ended, however it ended, in the order of the items."""
        return await AsyncDriver().run(flows.fetch(self._at_desk(), self._memory, job_id))

    def submit_and_wait(
        self,
        items: Items,
        *,
        prompt: RactoPrompt | None = None,
        poll_interval_s: float = _INTERVAL,
        max_wait_s: float = _MOST,
        warm_cache: bool = False,
        on_progress: OnProgress | None = None,
    ) -> BatchResults:
        """Hand in a batch, wait until it has ended, and return one result for each item, in their order.

        `poll_interval_s` is the time between two looks at the job, `max_wait_s` the longest wait (a day), both in seconds.
        `on_progress` is called with a BatchJobInfo after each look; without one the log `racto_nb.batch.progress` is told, from
        which a notebook with the extension loaded draws a bar. A look that fails is repeated. Raises BatchTimeoutError, a
        TimeoutError, when the time is up: the job goes on, and `resume(error.job_id)` waits on.
        """
        wanted = self._wanted(items, prompt, warm_cache=warm_cache)
        return SyncDriver().run(self._waiting(wanted, poll_interval_s, max_wait_s, on_progress))

    async def asubmit_and_wait(
        self,
        items: Items,
        *,
        prompt: RactoPrompt | None = None,
        poll_interval_s: float = _INTERVAL,
        max_wait_s: float = _MOST,
        warm_cache: bool = False,
        on_progress: OnProgress | None = None,
    ) -> BatchResults:
        """Hand in a batch, wait until it has ended, and return one result for each item, in their order."""
        wanted = self._wanted(items, prompt, warm_cache=warm_cache)
        return await AsyncDriver().run(self._waiting(wanted, poll_interval_s, max_wait_s, on_progress))

    @overload
    def resume(self, job_id: None = None) -> Jobs: ...

    @overload
    def resume(
        self,
        job_id: str,
        *,
        items: Items | None = None,
        prompt: RactoPrompt | None = None,
        poll_interval_s: float = _INTERVAL,
        max_wait_s: float = _MOST,
        on_progress: OnProgress | None = None,
    ) -> BatchResults: ...

    def resume(
        self,
        job_id: str | None = None,
        *,
        items: Items | None = None,
        prompt: RactoPrompt | None = None,
        poll_interval_s: float = _INTERVAL,
        max_wait_s: float = _MOST,
        on_progress: OnProgress | None = None,
    ) -> BatchResults | Jobs:
        """Go on with a job of an earlier session: wait for its end and return its results.

        Without a `job_id` nothing is asked: the jobs whose results were not read yet are listed, the oldest first. With the same
        `items` (and `prompt`) as at first, answers are held against their classes again, and a job whose program died before it
        had handed it in is handed in now, unless the provider has it already.
        """
        return SyncDriver().run(self._resuming(job_id, items, prompt, patience_of(poll_interval_s, max_wait_s, on_progress)))

    @overload
    async def aresume(self, job_id: None = None) -> Jobs: ...

    @overload
    async def aresume(
        self,
        job_id: str,
        *,
        items: Items | None = None,
        prompt: RactoPrompt | None = None,
        poll_interval_s: float = _INTERVAL,
        max_wait_s: float = _MOST,
        on_progress: OnProgress | None = None,
    ) -> BatchResults: ...

    async def aresume(
        self,
        job_id: str | None = None,
        *,
        items: Items | None = None,
        prompt: RactoPrompt | None = None,
        poll_interval_s: float = _INTERVAL,
        max_wait_s: float = _MOST,
        on_progress: OnProgress | None = None,
    ) -> BatchResults | Jobs:
        """Go on with a job of an earlier session: wait for its end and return its results."""
        return await AsyncDriver().run(
            self._resuming(job_id, items, prompt, patience_of(poll_interval_s, max_wait_s, on_progress))
        )

    def cancel(self, job_id: str) -> BatchJobInfo:
        """Ask the provider to end a job early. What was answered before is still paid for, and comes with `get_results`."""
        return SyncDriver().run(self._cancelling(job_id))

    async def acancel(self, job_id: str) -> BatchJobInfo:
        """Ask the provider to end a job early. What was answered before is still paid for, and comes with `get_results`."""
        return await AsyncDriver().run(self._cancelling(job_id))

    def list_jobs(self, limit: int = 20) -> Jobs:
        """The newest jobs of the account, as the provider lists them, wherever they were handed in."""
        return SyncDriver().run(waiting.listed(self._at_desk(), limit))

    async def alist_jobs(self, limit: int = 20) -> Jobs:
        """The newest jobs of the account, as the provider lists them, wherever they were handed in."""
        return await AsyncDriver().run(waiting.listed(self._at_desk(), limit))

    list = list_jobs
    alist = alist_jobs

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._desk.settings.model

    @property
    def default_prompt(self) -> RactoPrompt | None:
        """The prompt of items that have none."""
        return self._desk.settings.default_prompt

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        made = getattr(self, "_desk", None)  # a traceback may show a processor that could not be made
        return f"{type(self).__name__}(model={made.settings.model if made else None!r})"

    def _at_desk(self) -> Desk:
        """The desk, with what stands around a call that begins now."""
        return replace(self._desk, around=surroundings())

    def _wanted(self, items: Items, prompt: RactoPrompt | None, *, warm_cache: bool, window: str = "24h") -> Wanted:
        return Wanted(items, prompt, window, self._cache if warm_cache else "")

    @property
    def _cache(self) -> str:
        return f"racto-batch-{self.model}"

    def _submitting(self, wanted: Wanted) -> Flow[BatchJobInfo]:
        _, info = yield from flows.submit(self._at_desk(), self._memory, wanted)
        return info

    def _waiting(self, wanted: Wanted, interval: float, most: float, told: OnProgress | None) -> Flow[BatchResults]:
        return flows.submit_and_wait(self._at_desk(), self._memory, wanted, patience_of(interval, most, told))

    def _resuming(
        self, job_id: str | None, items: Items | None, prompt: RactoPrompt | None, patience: Patience
    ) -> Flow[BatchResults | Jobs]:
        if job_id is None:
            return (yield from flows.unread(self._at_desk()))
        wanted = None if items is None else Wanted(items, prompt, cache=self._cache)
        return (yield from flows.resume(self._at_desk(), self._memory, job_id, wanted, patience))

    def _cancelling(self, job_id: str) -> Flow[BatchJobInfo]:
        desk = self._at_desk()
        record = yield from waiting.record_of(desk, job_id)
        return (yield from waiting.cancelled(desk, record))


def patience_of(interval: object, most: object, told: OnProgress | None) -> Patience:
    """How to wait. Raises UsageError for times that are none, WrongTypeError for what cannot be called."""
    for name, seconds, least in (("poll_interval_s", interval, "more than 0"), ("max_wait_s", most, "at least 0")):
        wrong = isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds < 0
        if wrong or (name == "poll_interval_s" and seconds == 0):
            message = f"{name} is a number of seconds, {least}; got {seconds!r}."
            raise UsageError(message)
    if told is not None and not callable(told):  # pyright: ignore[reportUnnecessaryComparison]
        message = f"on_progress is a function that takes a BatchJobInfo, not {type(told).__name__}."
        raise WrongTypeError(message)
    return Patience(cast("float", interval), cast("float", most), told or Logged())
