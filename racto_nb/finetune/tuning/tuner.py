"""What the tuners with jobs at a provider share: look at jobs, list, cancel, resume them, in both colours. Kind: flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, cast

from racto_nb._paths import jobs_folder
from racto_nb.batch.job_files import JobFiles, Unread
from racto_nb.batch.records import JobRecord
from racto_nb.exceptions import RactoGatewayBadRequestError, UsageError, WrongTypeError
from racto_nb.finetune.tuning.charging import charge_of
from racto_nb.finetune.tuning.desk import JOB, TuningDesk
from racto_nb.finetune.tuning.starting import job_of
from racto_nb.finetune.tuning.turns import Turns
from racto_nb.finetune.tuning.waiting import noted, paged
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, send
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.resolving import KitSettings, retry_policy
from racto_nb.kits.surrounding import surroundings
from racto_nb.kits.warning import warn_of_the_end
from racto_nb.models.batches import BatchStatus
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.tuning import TuningApi, TuningReport
from racto_nb.providers.wire import Provider

Folder = str | Path
_UNNAMED = "fine-tuning"
"""What errors have in place of a model where a request names none."""


@dataclass(frozen=True, slots=True)
class TuningJob:
    """A job as its file on this machine tells it. `job_id` is the provider's, `created_at` in seconds since 1970.

    Where a program died while it made the job, `job_id` is ours: the methods that take it look for the job at the provider.
    """

    job_id: str
    provider: str
    model: str
    created_at: float


class Closing(Protocol):
    """Connections that can be closed."""

    @property
    def host(self) -> str: ...
    def close(self) -> None:
        """Close them."""
        ...

    async def aclose(self) -> None:
        """Close them."""
        ...


class FineTuner:
    """What the tuners with jobs at a provider share. Users construct OpenAIFineTuner or GeminiFineTuner, not this class."""

    provider: ClassVar[str] = ""

    def __init__(
        self,
        provider: Provider,
        port: Closing,
        api: TuningApi,
        *,
        jobs: Folder | None,
        timeout: float | None,
        max_retries: int,
        place: str = "",
    ) -> None:
        settings = KitSettings(_UNNAMED, timeout=timeout, retry=retry_policy(max_retries))
        folder = jobs_folder(jobs, variable="RACTO_TUNING_DIR", name="tuning")
        self._port, self._known = port, catalogue()
        files, who = JobFiles(folder, "racto-tune-"), type(self).__name__
        self._desk = TuningDesk(provider, settings, port.host, api, files, Turns(folder), who, place)

    def get_status(self, job_id: str) -> dict[str, Any]:
        """How far a job is: `id`, `status`, `model`, `fine_tuned_model`, `trained_tokens`, `created_at`, `error` and so on."""
        return SyncDriver().run(self._status(job_id))

    async def aget_status(self, job_id: str) -> dict[str, Any]:
        """How far a job is: `id`, `status`, `model`, `fine_tuned_model`, `trained_tokens`, `created_at`, `error` and so on."""
        return await AsyncDriver().run(self._status(job_id))

    def cost_of(self, status: Mapping[str, Any]) -> Decimal | None:
        """US dollars for a job by what `get_status` says of it; None where nobody knows, or before its tokens are counted.

        A provider that counts a file once, whatever the number of epochs, tells no price; nor does another server under its API.
        """
        model, tokens = status.get("model"), status.get("trained_tokens")
        if not model or not tokens or not self._desk.spec.official:
            return None
        return charge_of(self._desk.name, model, tokens)[0]

    def list_jobs(self, limit: int = 10) -> list[dict[str, Any]]:
        """The newest jobs of the account, as `get_status` tells them, wherever they were made."""
        return SyncDriver().run(self._listed(limit))

    async def alist_jobs(self, limit: int = 10) -> list[dict[str, Any]]:
        """The newest jobs of the account, as `get_status` tells them, wherever they were made."""
        return await AsyncDriver().run(self._listed(limit))

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Ask the provider to end a job early, and return how far it is. One that has ended stays as it is."""
        return SyncDriver().run(self._cancelling(job_id))

    async def acancel_job(self, job_id: str) -> dict[str, Any]:
        """Ask the provider to end a job early, and return how far it is. One that has ended stays as it is."""
        return await AsyncDriver().run(self._cancelling(job_id))

    def unfinished_jobs(self) -> list[TuningJob]:
        """The jobs that were made from this machine and whose end nobody was told yet, the oldest first. Nothing is asked.

        Those are of this account's place (for Vertex AI: project and region), and also ones whose program died while it made
        them. A model is told of when it was waited for, and not by get_status.
        `wait_for_completion(job.job_id)` goes on with one.
        """
        return SyncDriver().run(self._unfinished())

    async def aunfinished_jobs(self) -> list[TuningJob]:
        """The jobs that were made from this machine and whose end nobody was told yet, the oldest first. Nothing is asked."""
        return await AsyncDriver().run(self._unfinished())

    def close(self) -> None:
        """Close the connections. Using the tuner again opens others."""
        self._port.close()

    async def aclose(self) -> None:
        """Close the connections. Using the tuner again opens others."""
        await self._port.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        made = getattr(self, "_desk", None)  # a traceback may show a tuner that could not be made
        return f"{type(self).__name__}(at {made.host if made else '?'})"

    def _at_desk(self, model: str = "") -> TuningDesk:
        """The desk for a call that begins now, about `model` where it is about one."""
        settings = replace(self._desk.settings, model=model) if model else self._desk.settings
        return replace(self._desk, settings=settings, around=surroundings())

    def _status_of(self, report: TuningReport) -> dict[str, Any]:
        return {
            "id": report.job,
            "status": report.said,
            "model": report.base or None,
            "fine_tuned_model": report.tuned or None,
            "trained_tokens": report.tokens,
            "created_at": int(report.created_at) or None,
            "error": report.error or None,
        }

    def _status(self, job_id: str) -> Flow[dict[str, Any]]:
        desk = self._at_desk()
        report = yield from desk.report(desk.api.polled((yield from job_of(desk, name_of(job_id)))))
        if report.status.ended:
            yield from noted(desk, report)
        return self._status_of(report)

    def _listed(self, limit: int) -> Flow[list[dict[str, Any]]]:
        desk = self._at_desk()
        reports: list[TuningReport] = yield from paged(desk, desk.api.listed, desk.api.page, limit)
        return [self._status_of(report) for report in reports]

    def _cancelling(self, job_id: str) -> Flow[dict[str, Any]]:
        desk = self._at_desk()
        job = yield from job_of(desk, name_of(job_id))
        report = yield from desk.report(desk.api.polled(job))
        if not report.status.ended:
            refused: RactoGatewayBadRequestError | None = None
            try:
                yield from desk.read(desk.api.cancelled(job))
            except RactoGatewayBadRequestError as error:  # perhaps it ended in this moment
                refused = error
            report = yield from desk.report(desk.api.polled(job))
            if refused is not None and not report.status.ended:
                raise refused
        if report.status.ended:
            yield from noted(desk, report)
        return self._status_of(report)

    def _unfinished(self) -> Flow[list[TuningJob]]:
        desk = self._at_desk()
        records = cast("list[JobRecord]", (yield from send(desk.jobs, Unread(desk.name, desk.account))))
        jobs = [record for record in records if _is_unfinished(record)]
        return [TuningJob(job.job_id, job.provider, job.model, job.created_at) for job in jobs]


def _is_unfinished(record: JobRecord) -> bool:
    """Whether somebody may still wait for the model of a job, or for the news that it was made."""
    part = record.parts[0]
    begun = part.operation == JOB and (record.submitted or part.tried is not None)
    return begun and (not record.status.ended or record.status is BatchStatus.COMPLETED)


def name_of(job: object, what: str = "job_id") -> str:
    """The id of a job or a file. Raises WrongTypeError for what is none, UsageError for an empty one."""
    if not isinstance(job, str):
        message = f"{what} is a text such as 'ftjob-abc123', not {type(job).__name__}."
        raise WrongTypeError(message)
    if not job.strip():
        message = f"{what} is empty."
        raise UsageError(message)
    return job


def named_model(provider: str, model: object, known: Catalogue) -> str:
    """The model that a job shall begin with. Warns of one that its provider ends, or has ended."""
    if not isinstance(model, str):
        message = f"model is the name of a model, a text, not {type(model).__name__}."
        raise WrongTypeError(message)
    if not model.strip():
        message = "model is the name of a model; it is empty."
        raise UsageError(message)
    warn_of_the_end(provider, model, known)
    return model


def picked(raw: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Some entries of what a provider says, None where it does not."""
    return {name: raw.get(name) for name in names}
