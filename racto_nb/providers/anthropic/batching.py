"""Anthropic's Message Batches API: one request brings all questions, one download all answers. Pure.

A batch keeps no name of ours: one that was submitted by a program that died is found again by the ids of its items.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.anthropic.facts import MESSAGES, NAME
from racto_nb.providers.anthropic.reading import error_told
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
from racto_nb.providers.sending import encoded
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.wire import Request

BATCHES = f"{MESSAGES}/batches"
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_KEPT = {"type": "ephemeral", "ttl": "1h"}
_LIMITS = BatchLimits(100_000, 256_000_000)
_ENDED_EARLY = {
    "canceled": "cancelled: the job was cancelled before this item was sent to the model",
    "expired": "expired: the job ran out of its 24 hours before this item was sent to the model",
}


class AnthropicBatches:
    """Translation for the Message Batches API."""

    limits = _LIMITS
    keeps_tags = False

    def refused_id(self, custom_id: str) -> str:
        """Why Anthropic takes no item of this id."""
        return "" if _ID.fullmatch(custom_id) else "1 to 64 letters (a-z, A-Z), digits, '_' and '-' are taken"

    def line(self, custom_id: str, request: Request) -> bytes:
        """An item of the list of requests."""
        return msgspec.json.encode({"custom_id": custom_id, "params": msgspec.Raw(encoded(request))})

    def marked(self, request: Request, cache: str) -> Request:  # noqa: ARG002  (the port gives it)
        """`request` with the end of its system text, or else of its tools, marked as the end of what is kept for an hour."""
        body = dict(request.arguments)
        if isinstance(system := body.get("system"), str) and system:
            body["system"] = [{"type": "text", "text": system, "cache_control": _KEPT}]
        elif tools := as_objects(body.get("tools")):
            body["tools"] = [*tools[:-1], {**tools[-1], "cache_control": _KEPT}]
        return replace(request, arguments=body)

    def submitted(self, part: Part) -> Exchange[JobReport]:
        """Send the list of requests."""
        raw = yield Request(
            part.model,
            {},
            operation=BATCHES,
            content=b'{"requests":[' + b",".join(part.lines) + b"]}",
            headers={"content-type": "application/json"},
        )
        return self.report(raw)

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        return _get(_of(job))

    def report(self, raw: Mapping[str, Any]) -> JobReport:
        """What a reply says of a job."""
        job, status = as_text(raw.get("id")), as_text(raw.get("processing_status"))
        if not job or not status:
            raise no_job(raw)
        told = as_object(raw.get("request_counts"))
        counts = {name: count_of(told.get(name)) or 0 for name in ("processing", "succeeded", "errored", "canceled", "expired")}
        return JobReport(
            job,
            _status(status, counts),
            seconds_of(raw.get("created_at")),
            sum(counts.values()) if told else None,
            counts["succeeded"] if told else None,
            counts["errored"] + counts["canceled"] + counts["expired"] if told else None,
            raw=raw,
        )

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        return Request(NAME, {}, operation=f"{_of(job)}/cancel", content=b"{}")

    def listed(self, after: str, most: int) -> Request:
        """Ask for a page of jobs."""
        return _get(f"{BATCHES}?{urlencode({'limit': min(most, 1000), **({'after_id': after} if after else {})})}")

    def page(self, raw: Mapping[str, Any]) -> tuple[list[JobReport], str]:
        """The jobs of a page, and where it ended."""
        jobs = [self.report(job) for job in as_objects(raw.get("data"))]
        return jobs, (as_text(raw.get("last_id")) or jobs[-1].job) if jobs and raw.get("has_more") else ""

    def downloads(self, report: JobReport) -> list[Request]:
        """The results. Anthropic's own address for them is not followed: the key would go wherever it leads."""
        return [_get(f"{_of(report.job)}/results", lines=True)] if report.status.ended else []

    def enclosed(self, report: JobReport) -> list[Mapping[str, Any]]:  # noqa: ARG002  (the port gives it)
        """None: results are downloaded."""
        return []

    def answer(self, line: Mapping[str, Any]) -> ItemAnswer:
        """What a line of the results says."""
        custom_id, result = as_text(line.get("custom_id")), as_object(line.get("result"))
        kind = as_text(result.get("type"))
        if kind == "succeeded":
            return ItemAnswer(custom_id, as_object(result.get("message")), "", line)
        if kind in _ENDED_EARLY:
            return ItemAnswer(custom_id, None, _ENDED_EARLY[kind], line)
        text, code = error_told(result.get("error"))
        return ItemAnswer(custom_id, None, error_text(text, code=code or kind), line)


def _status(status: str, counts: Mapping[str, int]) -> BatchStatus:
    """A job that has ended may have been ended early: then some of its items say so."""
    if status == "canceling":
        return BatchStatus.CANCELLING
    if status != "ended":
        return BatchStatus.IN_PROGRESS
    if counts["canceled"]:
        return BatchStatus.CANCELLED
    return BatchStatus.EXPIRED if counts["expired"] else BatchStatus.COMPLETED


def _of(job: str) -> str:
    return f"{BATCHES}/{quote(job, safe='')}"


def _get(operation: str, *, lines: bool = False) -> Request:
    return Request(NAME, {}, operation=operation, method="GET", reads="lines" if lines else "json")
