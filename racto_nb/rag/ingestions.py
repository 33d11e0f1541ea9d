"""Ingestions that run beside your cells: begun, listed, cancelled, and gone on with in another session. Kind: portalled."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from msgspec.structs import replace

from racto_nb._paths import jobs_folder
from racto_nb._place import session_id
from racto_nb._secrecy import Secrets
from racto_nb.exceptions import IngestWarning, NotFoundError, UsageError
from racto_nb.flow.portal import Portal
from racto_nb.flow.threads import in_thread
from racto_nb.kits.warning import callers_level
from racto_nb.ledger.overhearing import Overheard, overheard
from racto_nb.rag.embedders.embedder import BaseEmbedder
from racto_nb.rag.ingestion_files import (
    CANCELLED,
    DONE,
    FAILED,
    Asked,
    Ingestion,
    IngestionFiles,
    asked_of,
    id_of,
    newest,
    place_of_store,
)
from racto_nb.rag.preparing import place_of
from racto_nb.rag.reports import IngestedChunks, IngestReport, Progress
from racto_nb.rag.stores.vector_store import BaseVectorStore


class Ingesting(Protocol):
    """What ingests: a RactoRAG."""

    @property
    def store(self) -> BaseVectorStore: ...
    @property
    def embedder(self) -> BaseEmbedder: ...
    async def aingest_dir(
        self,
        directory: str | Path,
        pattern: str = "**/*",
        *,
        remove_missing: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        **metadata: Any,
    ) -> IngestedChunks:
        """Ingest a folder."""
        ...


@dataclass(slots=True)
class _Run:
    """One that is under way here, or was: how it stands, what it cost before, and its lock."""

    ingestion: Ingestion
    before: Decimal | None
    lock: BinaryIO
    report: IngestReport | None = None
    stop: Callable[[], object] | None = None
    stopped: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Ask for its end, also where it has not begun to run yet."""
        self.stopped = True
        if self.stop is not None:
            self.stop()


class Ingestions:
    """The ingestions of a RactoRAG that run beside your cells: `rag.ingestions`. Users do not construct it.

    An ingestion is known by what was asked (folder, pattern, metadata), by the place of its store and by its embedder. Each is
    written down in the folder that RACTO_INGEST_DIR names, else in the user's data folder: paths, metadata, counts, costs and
    errors, no texts of documents and no secret of the environment. So a later session, with a RactoRAG over the same store, finds
    what was left in the middle, and goes on: a document that is whole in the store is found by the ids of its chunks, and is
    neither embedded nor paid for again.

    What cannot be gone on with: an ingestion into a store in memory, or into one that does not say where it lies (`store.place`),
    is known to its own session only. One that runs in another program, or by another RactoRAG of this one, can be cancelled only
    there. A document that was half
    embedded when its program died is embedded again. And `rag.ingest_dir` in a cell is not listed: it is the cell's own work.
    """

    def __init__(self, rag: Ingesting) -> None:
        self._rag = rag
        self._runs: dict[str, _Run] = {}
        self._unreadable: dict[str, str] = {}
        self._turn = threading.Lock()
        self._portal: Portal | None = None

    def begin(self, path: str | Path, pattern: str = "**/*", *, remove_missing: bool = False, **metadata: Any) -> Ingestion:
        """Begin to ingest a folder, or a file, beside the cells: at once the ingestion, whose `id` names it.

        `pattern`, `remove_missing` and `metadata` are those of `ingest_dir`. One that is done is begun anew, and one that was
        left, or has failed, is gone on with: its runs and its cost count on. Raises MissingFileError, and UsageError for one that
        is under way, and for metadata or a path with the value of a secret of the environment.
        """
        return self._begun(asked_of(path, pattern, metadata, remove_missing=remove_missing))

    async def abegin(
        self, path: str | Path, pattern: str = "**/*", *, remove_missing: bool = False, **metadata: Any
    ) -> Ingestion:
        """Begin to ingest a folder, or a file, beside the cells: at once the ingestion, whose `id` names it."""
        return await in_thread(self.begin, path, pattern, remove_missing=remove_missing, **metadata)

    def list_jobs(self) -> list[Ingestion]:
        """All ingestions into this store by this embedder, also of earlier sessions, the oldest first.

        A file that cannot be read is left out, with an IngestWarning when it is met first, and stands in `unreadable`.
        """
        with self._turn:
            here = [run.ingestion for run in self._runs.values()]
        found, damaged = self._files().of(*self._into())
        new, self._unreadable = set(damaged) - set(self._unreadable), damaged
        for path in sorted(new):
            warnings.warn(damaged[path], IngestWarning, stacklevel=callers_level())
        known = {each.id: each for each in found}
        for mine in here:
            known[mine.id] = newest(mine, known.get(mine.id))
        return sorted(known.values(), key=lambda each: each.began)

    async def alist_jobs(self) -> list[Ingestion]:
        """All ingestions into this store by this embedder, also of earlier sessions, the oldest first."""
        return await in_thread(self.list_jobs)

    @property
    def unreadable(self) -> dict[str, str]:
        """By their paths the files that could not be read when the ingestions were listed last, with why."""
        return dict(self._unreadable)

    def cancel(self, job_id: str) -> None:
        """End an ingestion that is under way here: what is in the store stays. One that has ended stays as it is."""
        with self._turn:
            run = self._runs.get(job_id)
        if run is None:
            raise NotFoundError(f"No ingestion {job_id!r} is under way here. .list_jobs() has those that are known.", name=job_id)
        run.cancel()

    async def acancel(self, job_id: str) -> None:
        """End an ingestion that is under way here: what is in the store stays. One that has ended stays as it is."""
        self.cancel(job_id)

    def resume(self, job_id: str) -> Ingestion:
        """Go on with an ingestion that was left in the middle, of whatever session: nothing is embedded twice.

        Raises NotFoundError for one that is not known, and UsageError for one that is under way, or whose folder as it was given
        means another one here.
        """
        known = next((each for each in self.list_jobs() if each.id == job_id), None)
        if known is None:
            raise NotFoundError(f"There is no such ingestion: {job_id!r}. See list_jobs().", name=job_id)
        if place_of(known.asked.directory).absolute().as_posix() != known.asked.folder:
            raise UsageError(f"It was begun for {known.asked.folder!r}; {known.asked.directory!r} is another folder here.")
        return self._begun(known.asked, also_done=True)

    async def aresume(self, job_id: str) -> Ingestion:
        """Go on with an ingestion that was left in the middle, of whatever session: nothing is embedded twice."""
        return await in_thread(self.resume, job_id)

    def wait_for_completion(self, job_id: str) -> IngestReport:
        """Wait for the end of an ingestion that was begun here: what became of its files.

        Raises UsageError where it was cancelled or has failed.
        """
        with self._turn:
            run = self._runs.get(job_id)
        if run is None:
            raise NotFoundError(f"No ingestion {job_id!r} was begun here. .resume(ID) goes on with one.", name=job_id)
        run.ended.wait()
        if run.report is None:
            raise UsageError(f"The ingestion {job_id!r} has {run.ingestion.status}: {run.ingestion.error or 'it was ended'}.")
        return run.report

    async def await_for_completion(self, job_id: str) -> IngestReport:
        """Wait for the end of an ingestion that was begun here: what became of its files."""
        return await in_thread(self.wait_for_completion, job_id)

    def close(self) -> None:
        """Cancel what is under way here, and wait until it has ended. Closing twice is allowed."""
        with self._turn:
            portal, self._portal = self._portal, None
            runs = list(self._runs.values())
        for run in runs:
            run.cancel()
        if portal is not None:
            for run in runs:
                run.ended.wait(10)
            portal.close()

    async def aclose(self) -> None:
        """Cancel what is under way here, and wait until it has ended. Closing twice is allowed."""
        await in_thread(self.close)

    def _into(self) -> tuple[str, str]:
        """The place of the store and the name of the embedder, as they are written down."""
        secrets, store = Secrets.of(os.environ), self._rag.store
        return secrets.cleaned(place_of_store(store.place, store)), secrets.cleaned(self._rag.embedder.identity)

    @staticmethod
    def _files() -> IngestionFiles:
        return IngestionFiles(jobs_folder(None, variable="RACTO_INGEST_DIR", name="ingestions"))

    def _begun(self, asked: Asked, *, also_done: bool = False) -> Ingestion:
        """Begin one, or go on with it: with one that is done only where that is said."""
        place, embedder = self._into()
        name, files = id_of(asked, place, embedder), self._files()
        with self._turn:
            had = self._runs.get(name)
            if had is not None and not had.ingestion.ended:
                raise UsageError(f"The ingestion {name!r} is under way.")
            lock = files.claim(name)
            try:
                # It is read under the lock, so that nobody goes on with what another one has done meanwhile.
                last = files.last(name)
                last = last if had is None else newest(had.ingestion, last)
                known = last if last is not None and (also_done or last.status != DONE) else None
                began, runs = (time.time(), 1) if known is None else (known.began, known.runs + 1)
                made = Ingestion(name, asked, place, embedder, began, runs=runs, session=session_id())
                files.write(made)
                self._portal = self._portal or Portal("ingestions")
            except BaseException:
                lock.close()
                raise
            run = self._runs[name] = _Run(made, Decimal(0) if known is None else known.cost, lock)
            self._portal.start(lambda: self._run(run, files))
        return made

    async def _run(self, run: _Run, files: IngestionFiles) -> None:
        """Do the work in a task of its own, so that a cancelled one is written down before its lock is given up."""
        changed: dict[str, Any] = {"status": DONE}
        try:
            with overheard() as heard:
                work = asyncio.create_task(self._ingested(run))
                loop = asyncio.get_running_loop()
                run.stop = lambda: loop.call_soon_threadsafe(work.cancel)
                if run.stopped:
                    work.cancel()
                try:
                    run.report = await work
                    changed["summary"] = run.report.summary
                except asyncio.CancelledError:
                    changed["status"] = CANCELLED
                except Exception as error:  # noqa: BLE001  (it is told with the ingestion: nobody waits for it in a cell)
                    changed |= {"status": FAILED, "error": f"{type(error).__name__}: {error}"}
            run.stop = None
            await in_thread(_ended, run, files, changed, heard)
        finally:
            run.lock.close()
            run.ended.set()

    async def _ingested(self, run: _Run) -> IngestReport:
        asked = run.ingestion.asked
        made = await self._rag.aingest_dir(
            asked.directory,
            asked.pattern,
            remove_missing=asked.remove_missing,
            on_progress=lambda progress: _told(run, progress),
            **cast("dict[str, Any]", asked.metadata),
        )
        return made.report


def _told(run: _Run, progress: Progress) -> None:
    run.ingestion = replace(run.ingestion, files=progress.files, done=progress.done, chunks=progress.chunks)


def _ended(run: _Run, files: IngestionFiles, changed: dict[str, Any], heard: Overheard) -> None:
    embedded = run.report.embedded if run.report is not None else None
    # An embedder that is no kit tells no ledger what it has used.
    unknown = not heard.spent and embedded != 0
    cost = None if unknown or run.before is None else heard.cost()
    total = None if cost is None else cast("Decimal", run.before) + cost
    # An error may quote a key, and it is written down and shown.
    run.ingestion = replace(run.ingestion, cost=total, **Secrets.of(os.environ).cleaned_value(changed))
    files.write(run.ingestion)
