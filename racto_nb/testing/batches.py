"""The batches of a fake provider: files that went up, jobs and how far they are, and what came of their items.

What differs between the wires (names, states, shapes) is in the wire files; here is what they have in common.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias, cast, get_args
from urllib.parse import parse_qs

import orjson

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.testing.answering import Asked, asked_from
from racto_nb.testing.answers import Answer
from racto_nb.testing.composing import wire_headers
from racto_nb.testing.filing import form_in, json_answer, page_of, spec_of
from racto_nb.testing.templates import Json, Scope, found_or, rendered
from racto_nb.testing.wire_files import place_of

BatchEnd: TypeAlias = Literal["completed", "failed", "expired", "cancelled"]
Item: TypeAlias = Callable[[Asked], Answer]
"""Answers one item as the chat endpoint would."""
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class FakeBatch:
    """How a batch goes.

    So many looks (`polls`) find it still running, the next one finds it ended as `ends` says. `answered` items, the first ones,
    are answered before that (None: all of them; of a job that did not complete: none); the others are told of as expired or
    cancelled, or not at all, as the provider does it. `silent` items, the last ones, are missing in the results. `error` is why
    a job failed. One that is asked to end is still ending at the first look after that. `delay` seconds pass before the request
    that makes the job is answered: the job is there before.

    >>> FakeBatch(polls=2, ends="expired", answered=1).ends
    'expired'
    """

    polls: int = 0
    ends: BatchEnd = "completed"
    answered: int | None = None
    silent: int = 0
    error: str = "The batch could not be processed."
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.ends not in get_args(BatchEnd):
            msg = f"A FakeBatch does not end as {self.ends!r}.{did_you_mean(self.ends, get_args(BatchEnd))}"
            raise UsageError(msg)


@dataclass(slots=True)
class _Job:
    """A job, the items it was made of, and the lines about those that were dealt with."""

    id: str
    script: FakeBatch
    asked: Asked
    items: list[Scope]
    created: float
    from_file: bool
    looks: int = 0
    cancelling: bool = False
    lines: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])

    @property
    def ends(self) -> str:
        return "cancelled" if self.cancelling else self.script.ends

    @property
    def ended(self) -> bool:
        return self.looks > (1 if self.cancelling else self.script.polls)

    @property
    def state(self) -> str:
        if self.ended:
            return self.ends
        if self.cancelling:
            return "cancelling"
        if not self.looks:
            return "validating"
        return "finalizing" if self.looks == self.script.polls > 1 else "in_progress"

    def count(self, *kinds: str) -> int:
        return sum(kind in kinds for kind, _ in self.lines)


@dataclass(slots=True)
class FakeBatches:
    """The files and jobs of one fake provider. `script` says how the next jobs go; then they end at the first look."""

    script: list[FakeBatch]
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    told: dict[str, Json] = field(default_factory=dict[str, Json])
    jobs: dict[str, _Job] = field(default_factory=dict[str, _Job])

    def answer(self, asked: Asked, item: Item) -> Answer:
        """The answer to a request of the batch API; `item` answers the items of a job."""
        match spec_of(asked)["does"]:
            case "create":
                return self._created(asked)
            case "list":
                return self._listed(asked)
            case "results":
                return self._results(asked)
            case "cancel":
                return self._looked(asked, item, cancel=True)
            case "retrieve":
                return self._looked(asked, item)
            case _:
                return self._of_file(asked)

    def _of_file(self, asked: Asked) -> Answer:
        match spec_of(asked)["does"]:
            case "upload_begin":
                return self._upload_begun(asked)
            case "upload":
                return self._uploaded(asked)
            case "content":
                return self._content(asked)
            case "files":
                return self._files(asked)
            case _:
                return self._file(asked)

    def _upload_begun(self, asked: Asked) -> Answer:
        address = rendered(spec_of(asked)["address"], {**asked.scope, "host": asked.request.headers.get("host", "")})
        return replace(
            json_answer(asked, {}), headers={**wire_headers(asked.place.wire, asked.scope), "x-goog-upload-url": address}
        )

    def _uploaded(self, asked: Asked) -> Answer:
        form = form_in(asked.request.headers.get("content-type", ""), asked.request.body)
        if form is None:
            return asked.error(400, message="The form holds no file.")
        name = rendered(spec_of(asked)["name"], asked.scope)
        self.files[name] = form.content
        told = {"file": name, "bytes": len(form.content), "filename": form.filename, "form": form.fields}
        self.told[name] = rendered(spec_of(asked)["reply"], {**asked.scope, **told})
        answer = json_answer(asked, self.told[name])
        return replace(answer, headers={**answer.headers, **spec_of(asked).get("headers", {})})

    def _file(self, asked: Asked) -> Answer:
        told = self.told.get(rendered(spec_of(asked)["name"], asked.scope))
        return asked.error(404, message="No such File object.", code="not_found") if told is None else json_answer(asked, told)

    def _files(self, asked: Asked) -> Answer:
        query = {name: values[-1] for name, values in parse_qs(asked.request.query).items()}
        wanted = [(name, told) for name, told in reversed(self.told.items()) if told.get("purpose") == query.get("purpose")]
        return page_of(asked, wanted)

    def _content(self, asked: Asked) -> Answer:
        name = rendered(spec_of(asked)["name"], asked.scope)
        for job in self.jobs.values():
            for kind, told in _files_of(job).items():
                if told == name and job.ended:
                    return _lines(asked, [line for of, line in job.lines if _file_for(job, of) == kind])
        if name in self.files:
            return replace(_lines(asked, []), parts=[self.files[name]])
        return asked.error(404, message=f"No such File object: {name}", code="not_found")

    def _created(self, asked: Asked) -> Answer:
        source = rendered(_batches(asked)["source"], asked.scope)
        if (name := source.get("file")) is not None and name not in self.files:
            return asked.error(400, message=f"The file {name} does not exist.")
        lines: list[Json] = source["inline"] if name is None else [orjson.loads(line) for line in self.files[name].splitlines()]
        if not lines:
            return asked.error(400, message="The batch holds no requests.")
        script = self.script.pop(0) if self.script else FakeBatch()
        job = _Job(rendered(_batches(asked)["id"], asked.scope), script, asked, lines, time.time(), name is not None)
        if problem := _problem(asked, lines):
            if not _batches(asked).get("fails_later"):
                return asked.error(400, message=problem)
            job.script = replace(script, polls=0, ends="failed", error=problem)
        self.jobs[job.id] = job
        return replace(json_answer(asked, _shown(job)), delay=script.delay)

    def _looked(self, asked: Asked, item: Item, *, cancel: bool = False) -> Answer:
        job = self.jobs.get(rendered(_batches(asked)["named"], asked.scope))
        if job is None or job.asked.place.wire.name != asked.place.wire.name:
            return asked.error(404, message="No such batch.", code="not_found")
        if cancel and not job.ended:
            job.cancelling, job.looks = True, 0
        else:
            job.looks += 1
        if job.ended and not job.lines:
            job.lines = list(_dealt_with(job, item))
        return json_answer(asked, {} if cancel and spec_of(asked).get("empty") else _shown(job))

    def _listed(self, asked: Asked) -> Answer:
        jobs = [job for job in reversed(self.jobs.values()) if job.asked.place.wire.name == asked.place.wire.name]
        return page_of(asked, [(job.id, _shown(job)) for job in jobs])

    def _results(self, asked: Asked) -> Answer:
        job = self.jobs.get(rendered(_batches(asked)["named"], asked.scope))
        if job is None or not job.ended:
            return asked.error(404, message="No results are available for this batch.")
        return _lines(asked, [line for _, line in job.lines])


def _dealt_with(job: _Job, item: Item) -> Iterator[tuple[str, Json]]:
    """What came of each item: its kind (succeeded, errored, expired, cancelled) and its line."""
    most = len(job.items) if job.ends == "completed" else 0 if job.ends == "failed" else job.script.answered or 0
    most = job.script.answered if job.script.answered is not None else most
    spec = _batches(job.asked)
    for place, given in enumerate(job.items[: len(job.items) - job.script.silent]):
        named = {**job.asked.scope, "item": given, "place": place, "id": f"{job.asked.scope['id']}{place:04x}"}
        if place < most:
            answer = item(_asked_item(job.asked, given, place))
            kind = "errored" if answer.status >= _FIRST_ERROR else "succeeded"
            body = orjson.loads(b"".join(part for part in answer.parts if isinstance(part, bytes)))
            yield kind, rendered(spec["lines"][kind], {**named, "status": answer.status, "body": body})
        elif job.ends in spec["lines"]:
            yield job.ends, rendered(spec["lines"][job.ends], named)


def _asked_item(asked: Asked, given: Scope, place: int) -> Asked:
    """One item as a request of its own to the chat endpoint."""
    told = rendered(_batches(asked)["item"], {**asked.scope, "item": given})
    wire = asked.place.wire
    request = replace(
        asked.request, path=told["url"], json=told["body"], body=orjson.dumps(told["body"]), method="POST", query=""
    )
    where = place_of({wire.name: wire}, "POST", f"/{wire.name}{told['url']}")
    number = int(asked.scope["id"], 16) * 100_000 + place
    return asked_from(request, where, masked_key="", number=number, created=asked.scope["created"])


def _problem(asked: Asked, lines: list[Json]) -> str:
    """Why the provider takes no job of these lines; "" where it does."""
    told = [rendered(_batches(asked)["item"], {**asked.scope, "item": line}) for line in lines]
    ids = [one["id"] for one in told if one["id"] is not None]
    if len(set(ids)) < len(ids):
        return "The custom_id of each request must be unique."
    endpoint = found_or(asked.scope, "request.endpoint", None)
    if endpoint is not None and any(one["url"] != endpoint for one in told):
        return f"Each request must have the url of the batch, {endpoint}."
    return ""


def _shown(job: _Job) -> Json:
    """The job as the provider describes it now."""
    spec = _batches(job.asked)
    files: Mapping[str, str] = _files_of(job) if job.ended else dict[str, str]()
    done, failed = job.count("succeeded"), job.count("errored")
    batch: dict[str, Json] = {
        "id": job.id,
        "state": spec["states"][job.state],
        "ended": job.ended,
        "cancelling": job.cancelling,
        "failed_whole": job.ended and job.ends == "failed",
        "error": job.script.error,
        "created": int(job.created),
        "created_iso": datetime.fromtimestamp(job.created, UTC).isoformat(),
        "total": len(job.items),
        "succeeded": done,
        "errored": failed,
        "expired": job.count("expired"),
        "cancelled": job.count("cancelled"),
        "processing": 0 if job.ended else len(job.items),
        "output": files.get("output"),
        "errors": files.get("errors"),
        "results": [{"value": line} for _, line in job.lines],
    }
    return rendered(spec["job"], {**job.asked.scope, "batch": batch})


def _files_of(job: _Job) -> Mapping[str, str]:
    """The names of the files with results: those that have lines."""
    names: Mapping[str, str] = _batches(job.asked).get("files", {}) if job.from_file else {}
    kinds = {_file_for(job, kind) for kind, _ in job.lines}
    return {kind: rendered(name, job.asked.scope) for kind, name in names.items() if kind in kinds}


def _file_for(job: _Job, kind: str) -> str:
    """Which file a line of this kind is in."""
    return "errors" if kind != "succeeded" and "errors" in _batches(job.asked).get("files", {}) else "output"


def _batches(asked: Asked) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", asked.place.wire.spec["batches"])


def _lines(asked: Asked, lines: list[Json]) -> Answer:
    parts = [orjson.dumps(line) + b"\n" for line in lines]
    return Answer(200, "application/octet-stream", parts, wire_headers(asked.place.wire, asked.scope))
