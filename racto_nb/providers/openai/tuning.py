"""OpenAI's fine-tuning: a file of examples goes up, a job is made of it, a model comes of the job. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.batching import count_of, error_text, no_job, seconds_of
from racto_nb.providers.openai.facts import NAME
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.tuning import FileReport, TuningReport
from racto_nb.providers.wire import Request, Upload

FILES = "/files"
JOBS = "/fine_tuning/jobs"
TAG = "racto_nb_job"
"""The key in a job's metadata that holds our tag."""
RESTRICTED = date(2026, 7, 2)
"""Since then only organisations that lately asked tuned models may make jobs."""
LAST_DAY = date(2027, 1, 6)
"""From then on nobody may."""
_PAGE = 100
_STATUS = {
    "validating_files": BatchStatus.PENDING,
    "queued": BatchStatus.PENDING,
    "running": BatchStatus.IN_PROGRESS,
    "paused": BatchStatus.IN_PROGRESS,
    "succeeded": BatchStatus.COMPLETED,
    "failed": BatchStatus.FAILED,
    "cancelled": BatchStatus.CANCELLED,
}


def ending(today: date) -> str:
    """What there is to know, on this day, of the end of OpenAI's fine-tuning."""
    if today >= LAST_DAY:
        return (
            f"OpenAI has ended fine-tuning: since {LAST_DAY} it takes no new jobs, whoever asks. Jobs and models that are there "
            "can still be looked at."
        )
    return (
        f"OpenAI is ending fine-tuning: since {RESTRICTED} only organisations that lately asked tuned models may make jobs, and "
        f"from {LAST_DAY} on nobody may. What comes of a job ends with its base model."
    )


def tuning_of(method: str, hyperparameters: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """How a job learns, as the API takes it. What is "auto" is left to OpenAI.

    >>> tuning_of("dpo", {"n_epochs": 2, "batch_size": "auto"}, {"hyperparameters": {"beta": 0.1}})
    {'type': 'dpo', 'dpo': {'hyperparameters': {'n_epochs': 2, 'beta': 0.1}}}
    """
    told = {name: value for name, value in hyperparameters.items() if value != "auto"}
    told = {**told, **as_object(options.get("hyperparameters"))}
    inner: dict[str, Any] = {**options, **({"hyperparameters": told} if told else {})}
    return {"type": method, **({method: inner} if inner else {})}


class OpenAITuning:
    """Translation for OpenAI's files and fine-tuning jobs."""

    def uploaded(self, name: str, content: bytes) -> Request:
        """Upload a file."""
        return Request(NAME, {"purpose": "fine-tune"}, operation=FILES, file=Upload(name, content, "application/jsonl"))

    def looked_up(self, file: str) -> Request:
        """Ask whether a file is there."""
        return _get(f"{FILES}/{quote(file, safe='')}")

    def files(self, after: str) -> Request:
        """Ask for a page of the files."""
        return _get(f"{FILES}?{_query(after, _PAGE, purpose='fine-tune', order='desc')}")

    def file(self, raw: Mapping[str, Any]) -> FileReport:
        """What a reply says of a file."""
        if not (name := as_text(raw.get("id"))):
            raise no_job(raw)
        return FileReport(name, as_text(raw.get("filename")), count_of(raw.get("bytes")) or 0, seconds_of(raw.get("created_at")))

    def files_page(self, raw: Mapping[str, Any]) -> tuple[list[FileReport], str]:
        """The files of a page, and where it ended."""
        files = [self.file(file) for file in as_objects(raw.get("data"))]
        return files, files[-1].id if files and raw.get("has_more") else ""

    def created(self, asked: Mapping[str, Any], tag: str) -> Request:
        """Make a job."""
        return Request(NAME, {**asked, "metadata": {TAG: tag}}, operation=JOBS)

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        return _get(_path(job))

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        return Request(NAME, {}, operation=f"{_path(job)}/cancel", content=b"{}")

    def listed(self, after: str, most: int) -> Request:
        """Ask for a page of jobs."""
        return _get(f"{JOBS}?{_query(after, min(most, _PAGE))}")

    def events(self, job: str, after: str, most: int) -> Request:
        """Ask for a page of what happened to a job, the newest first."""
        return _get(f"{_path(job)}/events?{_query(after, min(most, _PAGE))}")

    def checkpoints(self, job: str, after: str, most: int) -> Request:
        """Ask for a page of the models that a job has kept on its way."""
        return _get(f"{_path(job)}/checkpoints?{_query(after, min(most, _PAGE))}")

    def items(self, raw: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
        """The entries of a page, and where it ended."""
        items = as_objects(raw.get("data"))
        return items, as_text(items[-1].get("id")) if items and raw.get("has_more") else ""

    def report(self, raw: Mapping[str, Any]) -> TuningReport:
        """What a reply says of a job."""
        job, status = as_text(raw.get("id")), as_text(raw.get("status"))
        if not job or not status:
            raise no_job(raw)
        error = as_object(raw.get("error"))
        return TuningReport(
            job,
            _STATUS.get(status, BatchStatus.IN_PROGRESS),
            status,
            as_text(raw.get("model")),
            as_text(raw.get("fine_tuned_model")),
            error_text(error["message"], code=error.get("code")) if error.get("message") else "",
            count_of(raw.get("trained_tokens")),
            seconds_of(raw.get("created_at")),
            as_text(as_object(raw.get("metadata")).get(TAG)),
            raw,
        )

    def page(self, raw: Mapping[str, Any]) -> tuple[list[TuningReport], str]:
        """The jobs of a page, and where it ended."""
        jobs = [self.report(job) for job in as_objects(raw.get("data"))]
        return jobs, jobs[-1].job if jobs and raw.get("has_more") else ""


def _path(job: str) -> str:
    return f"{JOBS}/{quote(job, safe='')}"


def _query(after: str, most: int, **others: str) -> str:
    return urlencode({**others, "limit": most, **({"after": after} if after else {})})


def _get(operation: str) -> Request:
    return Request(NAME, {}, operation=operation, method="GET")
