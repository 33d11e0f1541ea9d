"""The ingestions of a RactoRAG that run beside the cells, for a panel of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from racto_nb.notebook.controllers.jobs.state import Job, Verb
from racto_nb.notebook.widgets.jobs.sources import Came
from racto_nb.rag.ingestion_files import CANCELLED, DONE, ELSEWHERE, FAILED, INTERRUPTED, RUNNING, Ingestion
from racto_nb.rag.pipeline import RactoRAG

_CAN: Mapping[str, tuple[Verb, ...]] = {
    RUNNING: ("cancel",), ELSEWHERE: (), DONE: (), FAILED: ("resume",), CANCELLED: ("resume",), INTERRUPTED: ("resume",),
}  # fmt: skip
_NOTES = {
    ELSEWHERE: "Only there it can be cancelled.",
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
        return [_job(each) for each in await self.rag.ingestions.alist_jobs()]

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
