"""The ingestions of a RactoRAG that run beside the cells, for a panel of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from racto_nb.notebook.controllers.jobs.state import Job, Verb
from racto_nb.notebook.widgets.jobs.sources import Came
from racto_nb.rag.ingestion_files import BESIDE, CANCELLED, DONE, ELSEWHERE, FAILED, INTERRUPTED, RUNNING, Ingestion
from racto_nb.rag.pipeline import RactoRAG

_CAN: Mapping[str, tuple[Verb, ...]] = {
    RUNNING: ("cancel",), ELSEWHERE: (), BESIDE: (), DONE: (),
    FAILED: ("resume",), CANCELLED: ("resume",), INTERRUPTED: ("resume",),
}  # fmt: skip
_NOTES = {
    ELSEWHERE: "Only there it can be cancelled.",
    BESIDE: "Only by that one it can be cancelled: ITS_NAME.ingestions.cancel(ID).",
    INTERRUPTED: "Its program ended. Documents that are whole in the store are not paid for again.",
    CANCELLED: "What is in the store stays, and is not paid for again.",
}


@dataclass(frozen=True, slots=True)
class IngestionsOf:
    """The ingestions of `rag.ingestions`, of this session and of earlier ones."""

    rag: RactoRAG
    kind: str = "ingestions"
    pause: float = 0.5

    async def jobs(self) -> Sequence[Job]:
        """The ingestions into this store. Nobody is asked but this machine's files."""
        known = [_job(each) for each in await self.rag.ingestions.alist_jobs()]
        return known + [_unreadable(path, why) for path, why in self.rag.ingestions.unreadable.items()]

    async def cancel(self, job_id: str) -> None:
        """End one that is under way in this program."""
        await self.rag.ingestions.acancel(job_id)

    async def read(self, job_id: str) -> Came:
        """What became of the files of one that was begun in this session."""
        report = await self.rag.ingestions.await_for_completion(job_id)
        return Came(report, report.summary)

    async def resume(self, job_id: str) -> None:
        """Go on with one that was left, or has failed."""
        await self.rag.ingestions.aresume(job_id)


def _unreadable(path: str, why: str) -> Job:
    return Job(id=Path(path).name, status="unreadable", ended=True, error=why, can=())


def _job(of: Ingestion) -> Job:
    pattern = "" if of.asked.pattern == "**/*" else f" {of.asked.pattern}"
    return Job(
        id=of.id,
        status=of.status,
        ended=of.ended,
        model=f"{of.asked.directory}{pattern}",
        done=of.done,
        total=of.files,
        began=of.began,
        error=of.error,
        result=of.summary,
        cost=of.cost,
        can=_CAN.get(of.status, ()),
        note=_NOTES.get(of.status, ""),
    )
