"""Gemini's batch mode: questions in the request itself or, above 20 MB, in a file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

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
from racto_nb.providers.failures import Unreadable
from racto_nb.providers.google.facts import NAME, VERSION
from racto_nb.providers.google.wire import path_of
from racto_nb.providers.sending import encoded
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.wire import Request

_LIMITS = BatchLimits(None, 2_000_000_000)
_INLINE = 19_900_000
"""So many bytes of questions go into the request; what stands around them has room below Google's 20 MB."""
_STATUS = {
    "PENDING": BatchStatus.IN_PROGRESS,
    "QUEUED": BatchStatus.IN_PROGRESS,
    "RUNNING": BatchStatus.IN_PROGRESS,
    "SUCCEEDED": BatchStatus.COMPLETED,
    "PARTIALLY_SUCCEEDED": BatchStatus.COMPLETED,
    "FAILED": BatchStatus.FAILED,
    "EXPIRED": BatchStatus.EXPIRED,
    "CANCELLING": BatchStatus.CANCELLING,
    "CANCELLED": BatchStatus.CANCELLED,
}
"""Google's states, which begin with BATCH_STATE_ on the wire and with JOB_STATE_ in its library."""


@dataclass(frozen=True, slots=True)
class GoogleBatches:
    """Translation for Gemini's batch mode. `version` is the API's, `host` the server to which a file may be uploaded."""

    host: str
    version: str = VERSION

    limits = _LIMITS
    keeps_tags = True

    def refused_id(self, custom_id: str) -> str:  # noqa: ARG002  (the port gives it)
        """ "": a key may be any text."""
        return ""

    def line(self, custom_id: str, request: Request) -> bytes:
        """An item as a line of the file."""
        return msgspec.json.encode({"key": custom_id, "request": msgspec.Raw(encoded(request))})

    def marked(self, request: Request, cache: str) -> Request:  # noqa: ARG002  (the port gives it)
        """`request` itself: Gemini keeps common beginnings by itself, and takes no name for them."""
        return request

    def submitted(self, part: Part) -> Exchange[JobReport]:
        """Make a job; before that, upload the file where the questions are too large for the request."""
        small = sum(map(len, part.lines)) + 40 * len(part.lines) <= _INLINE
        if small:
            source: dict[str, Any] = {"requests": {"requests": [_inline(line) for line in part.lines]}}
        else:
            source = {"fileName": (yield from self._uploaded(part))}
        asked = {"batch": {"displayName": part.tag, "inputConfig": source}}
        operation = f"{self.version}/{quote(path_of(part.model), safe='/')}:batchGenerateContent"
        raw = yield Request(part.model, asked, operation=operation)
        return self.report(raw)

    def _uploaded(self, part: Part) -> Exchange[str]:
        """The name of the uploaded file. Google first gives an address to send it to."""
        content = b"\n".join([*part.lines, b""])
        described = {"file": {"displayName": part.tag, "mimeType": "application/jsonl"}}
        begin = {
            "x-goog-upload-protocol": "resumable",
            "x-goog-upload-command": "start",
            "x-goog-upload-header-content-length": str(len(content)),
            "x-goog-upload-header-content-type": "application/jsonl",
        }
        headers: Mapping[str, str] = yield Request(
            part.model, described, operation=f"upload/{self.version}/files", headers=begin, reads="headers"
        )
        address = headers.get("x-goog-upload-url", "")
        if urlsplit(address).netloc != self.host:  # the key goes there too
            message = f"an address for the upload at {urlsplit(address).netloc!r}"
            raise Unreadable(message, host=self.host)
        end = {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0", "content-type": "application/jsonl"}
        file: Mapping[str, Any] = yield Request(part.model, {}, operation=address, content=content, headers=end)
        if not (name := as_text(as_object(file.get("file")).get("name"))):
            raise no_job(file)
        return name

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        return self._get(_of(job))

    def report(self, raw: Mapping[str, Any]) -> JobReport:
        """What a reply says of a job."""
        told = as_object(raw.get("metadata"))
        job, state = as_text(raw.get("name")) or as_text(told.get("name")), as_text(told.get("state"))
        if not job:
            raise no_job(raw)
        error, counts = as_object(raw.get("error")), as_object(told.get("batchStats"))
        total = count_of(counts.get("requestCount"))
        return JobReport(
            job,
            _status(state, ended=bool(raw.get("done")), failed=bool(error)),
            seconds_of(told.get("createTime")),
            total,
            count_of(counts.get("successfulRequestCount"))
            if total is None
            else count_of(counts.get("successfulRequestCount")) or 0,
            count_of(counts.get("failedRequestCount")) if total is None else count_of(counts.get("failedRequestCount")) or 0,
            as_text(told.get("displayName")),
            _told(error) if error else "",
            raw=raw,
        )

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        return Request(NAME, {}, operation=f"{self.version}/{_of(job)}:cancel", content=b"{}")

    def listed(self, after: str, most: int) -> Request:
        """Ask for a page of jobs."""
        return self._get(f"batches?{urlencode({'pageSize': min(most, 100), **({'pageToken': after} if after else {})})}")

    def page(self, raw: Mapping[str, Any]) -> tuple[list[JobReport], str]:
        """The jobs of a page, and where it ended."""
        return [self.report(job) for job in as_objects(raw.get("operations"))], as_text(raw.get("nextPageToken"))

    def downloads(self, report: JobReport) -> list[Request]:
        """The file with the results, where the questions came in one."""
        name = as_text(_output(report).get("responsesFile"))
        if not name:
            return []
        return [self._get(f"{quote(name, safe='/')}:download?alt=media", lines=True)]

    def enclosed(self, report: JobReport) -> list[Mapping[str, Any]]:
        """The results of questions that stood in the request."""
        inlined = _output(report).get("inlinedResponses")
        return list(as_objects(as_object(inlined).get("inlinedResponses")))

    def answer(self, line: Mapping[str, Any]) -> ItemAnswer:
        """What one result says. Those of a file have their key beside them, the others in their metadata."""
        key = as_text(line.get("key")) or as_text(as_object(line.get("metadata")).get("key"))
        if error := as_object(line.get("error")):
            return ItemAnswer(key, None, _told(error), line)
        if reply := as_object(line.get("response")):
            return ItemAnswer(key, reply, "", line)
        return ItemAnswer(key, None, error_text("neither an answer nor an error came"), line)

    def _get(self, operation: str, *, lines: bool = False) -> Request:
        where = f"{self.version}/{operation}"
        return Request(NAME, {}, operation=where, method="GET", reads="lines" if lines else "json")


def _inline(line: bytes) -> dict[str, Any]:
    """A line of the file as one of the requests: its key stands in the metadata there."""
    told = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return {"request": told["request"], "metadata": {"key": told["key"]}}


def _status(state: str, *, ended: bool, failed: bool) -> BatchStatus:
    known = _STATUS.get(state.removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_"))
    if known is not None:
        return known
    return BatchStatus.IN_PROGRESS if not ended else BatchStatus.FAILED if failed else BatchStatus.COMPLETED


def _output(report: JobReport) -> Mapping[str, Any]:
    """Where the results are told: in the metadata, and as the response of the operation."""
    return as_object(as_object(report.raw.get("metadata")).get("output")) or as_object(report.raw.get("response"))


def _told(error: Mapping[str, Any]) -> str:
    return error_text(error.get("message"), code=error.get("status") or error.get("code"))


def _of(job: str) -> str:
    """Where a job is found.

    >>> _of("batches/abc"), _of("abc")
    ('batches/abc', 'batches/abc')
    """
    return f"batches/{quote(job.removeprefix('batches/'), safe='')}"
