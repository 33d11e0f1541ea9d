"""OpenAI's Batch API: a file of lines goes up, a job is made of it, and two files come back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.batching import (
    BatchLimits,
    Exchange,
    ItemAnswer,
    JobReport,
    Part,
    count_of,
    error_text,
    no_job,
    seconds_of,
)
from racto_nb.providers.openai.facts import NAME
from racto_nb.providers.sending import encoded
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.wire import Request, Upload

FILES = "/files"
BATCHES = "/batches"
TAG = "racto_nb_job"
"""The key in a job's metadata that holds our tag."""
_LIMITS = BatchLimits(50_000, 200_000_000)
_STATUS = {
    "validating": BatchStatus.IN_PROGRESS,
    "in_progress": BatchStatus.IN_PROGRESS,
    "finalizing": BatchStatus.FINALIZING,
    "completed": BatchStatus.COMPLETED,
    "failed": BatchStatus.FAILED,
    "expired": BatchStatus.EXPIRED,
    "cancelling": BatchStatus.CANCELLING,
    "cancelled": BatchStatus.CANCELLED,
}
_FIRST_ERROR = 400


class OpenAIBatches:
    """Translation for OpenAI's Batch API, for both of its chat endpoints."""

    limits = _LIMITS
    keeps_tags = True

    def refused_id(self, custom_id: str) -> str:  # noqa: ARG002  (the port gives it)
        """ "": OpenAI says nothing of which ids it takes."""
        return ""

    def line(self, custom_id: str, request: Request) -> bytes:
        """An item as a line of the file."""
        body = msgspec.Raw(encoded(request))
        return msgspec.json.encode({"custom_id": custom_id, "method": "POST", "url": f"/v1{request.operation}", "body": body})

    def marked(self, request: Request, cache: str) -> Request:
        """`request` with a name for the cache: OpenAI keeps common beginnings by itself, and finds them better by name."""
        return replace(request, arguments={"prompt_cache_key": cache, **request.arguments})

    def submitted(self, part: Part) -> Exchange[JobReport]:
        """Upload the file, then make a job of it."""
        content = Upload(f"{part.tag.replace('/', '-')}.jsonl", b"\n".join([*part.lines, b""]), "application/jsonl")
        file: Mapping[str, Any] = yield Request(part.model, {"purpose": "batch"}, operation=FILES, file=content)
        if not (name := as_text(file.get("id"))):
            raise no_job(file)
        asked = {
            "input_file_id": name,
            "endpoint": f"/v1{part.operation}",
            "completion_window": part.window,
            "metadata": {TAG: part.tag},
        }
        raw = yield Request(part.model, asked, operation=BATCHES)
        return self.report(raw)

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        return _get(f"{BATCHES}/{quote(job, safe='')}")

    def report(self, raw: Mapping[str, Any]) -> JobReport:
        """What a reply says of a job."""
        job, status = as_text(raw.get("id")), as_text(raw.get("status"))
        if not job or not status:
            raise no_job(raw)
        counts = as_object(raw.get("request_counts"))
        errors = as_objects(as_object(raw.get("errors")).get("data"))
        return JobReport(
            job,
            _STATUS.get(status, BatchStatus.IN_PROGRESS),
            seconds_of(raw.get("created_at")),
            count_of(counts.get("total")) or None,  # 0 until the file has been looked through
            count_of(counts.get("completed")),
            count_of(counts.get("failed")),
            as_text(as_object(raw.get("metadata")).get(TAG)),
            "; ".join(_told(error) for error in errors[:3]),
            {line - 1: _told(error) for error in errors if (line := count_of(error.get("line")))},
            raw,
        )

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        return Request(NAME, {}, operation=f"{BATCHES}/{quote(job, safe='')}/cancel", content=b"{}")

    def listed(self, after: str, most: int) -> Request:
        """Ask for a page of jobs."""
        return _get(f"{BATCHES}?{urlencode({'limit': min(most, 100), **({'after': after} if after else {})})}")

    def page(self, raw: Mapping[str, Any]) -> tuple[list[JobReport], str]:
        """The jobs of a page, and where it ended."""
        jobs = [self.report(job) for job in as_objects(raw.get("data"))]
        return jobs, jobs[-1].job if jobs and raw.get("has_more") else ""

    def downloads(self, report: JobReport) -> list[Request]:
        """The file of the answers and the one of the errors."""
        names = [as_text(report.raw.get(key)) for key in ("output_file_id", "error_file_id")]
        return [_get(f"{FILES}/{quote(name, safe='')}/content", lines=True) for name in names if name]

    def enclosed(self, report: JobReport) -> list[Mapping[str, Any]]:  # noqa: ARG002  (the port gives it)
        """None: results lie in files."""
        return []

    def answer(self, line: Mapping[str, Any]) -> ItemAnswer:
        """What a line of either file says."""
        custom_id, response = as_text(line.get("custom_id")), as_object(line.get("response"))
        body, status = as_object(response.get("body")), count_of(response.get("status_code"))
        error = as_object(line.get("error"))
        if error:
            return ItemAnswer(custom_id, None, _told(error), line)
        if (status or 0) >= _FIRST_ERROR or not body:
            told = as_object(body.get("error"))
            said, code = told.get("message"), told.get("code") or told.get("type")
            return ItemAnswer(custom_id, None, error_text(said, code=code, status=status), line)
        return ItemAnswer(custom_id, body, "", line)


def _told(error: Mapping[str, Any]) -> str:
    return error_text(error.get("message"), code=error.get("code"))


def _get(operation: str, *, lines: bool = False) -> Request:
    return Request(NAME, {}, operation=operation, method="GET", reads="lines" if lines else "json")
