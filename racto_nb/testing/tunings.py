"""The fine-tuning jobs of a fake provider, and how far they are.

What differs between the wires (names, states, shapes) is in the wire files; here is what they have in common.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias, cast, get_args

import orjson

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.testing.answering import Asked
from racto_nb.testing.answers import Answer
from racto_nb.testing.filing import json_answer, page_of, spec_of
from racto_nb.testing.templates import Json, rendered

TuningEnd: TypeAlias = Literal["succeeded", "failed", "cancelled"]
_SAID = {
    "validating": "Validating training file",
    "queued": "Files validated, moving job to queued state",
    "running": "Fine-tuning job started",
    "succeeded": "The job has successfully completed",
    "failed": "The job failed due to an error",
    "cancelled": "The job was cancelled",
}


@dataclass(frozen=True, slots=True)
class FakeTuning:
    """How a fine-tuning job goes.

    The first look finds its files being validated, the second finds it queued, `polls` more find it running, and the next one
    finds it ended as `ends` says; with `quick` it has ended at the first look. `error` is why a job failed, `tokens` what was
    trained on and is charged. `delay` seconds pass before the request that makes the job is answered: the job is there before.

    >>> FakeTuning(polls=2, ends="failed").ends
    'failed'
    """

    polls: int = 0
    ends: TuningEnd = "succeeded"
    error: str = "The training failed."
    tokens: int | None = 12_000
    quick: bool = False
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.ends not in get_args(TuningEnd):
            msg = f"A FakeTuning does not end as {self.ends!r}.{did_you_mean(self.ends, get_args(TuningEnd))}"
            raise UsageError(msg)


@dataclass(slots=True)
class _Job:
    """A job, and what happened to it: (state, text) in their order."""

    id: str
    script: FakeTuning
    asked: Asked
    created: float
    looks: int = -1
    cancelled: bool = False
    happened: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def state(self) -> str:
        if self.cancelled:
            return "cancelled"
        steps = [] if self.script.quick else ["validating", "queued", *["running"] * self.script.polls]
        return steps[max(self.looks, 0)] if max(self.looks, 0) < len(steps) else self.script.ends

    @property
    def ended(self) -> bool:
        return self.state in get_args(TuningEnd)

    def look(self) -> None:
        """Somebody looks: time goes on."""
        if not self.ended:
            self.looks += 1
        if not self.happened or self.happened[-1][0] != self.state:
            self.happened.append((self.state, _SAID[self.state]))
        elif self.state == "running":
            self.happened.append(("running", f"Step {self.looks}: training loss={1 / (self.looks + 1):.2f}"))


@dataclass(slots=True)
class FakeTunings:
    """The jobs and models of one fake provider. `script` says how the next jobs go; `files` are those that went up."""

    script: list[FakeTuning]
    files: Mapping[str, bytes]
    jobs: dict[str, _Job] = field(default_factory=dict[str, _Job])
    gone: set[str] = field(default_factory=set[str])

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request about tuning."""
        match spec_of(asked)["does"]:
            case "create":
                return self._created(asked)
            case "list":
                return page_of(asked, [(job.id, _shown(job)) for job in self._of(asked)])
            case "models":
                return page_of(asked, [(_model(job)["name"], _model(job)) for job in self._of(asked) if self._has(job)])
            case "model" | "delete":
                return self._of_model(asked)
            case _:
                return self._of_job(asked)

    def _of(self, asked: Asked) -> list[_Job]:
        return [job for job in reversed(self.jobs.values()) if job.asked.place.wire.name == asked.place.wire.name]

    def _has(self, job: _Job) -> bool:
        return job.state == "succeeded" and _model(job)["name"] not in self.gone

    def _created(self, asked: Asked) -> Answer:
        spec = _tunings(asked)
        names = [name for name in rendered(spec["files"], asked.scope) if name]
        if missing := next((name for name in names if name not in self.files), ""):
            return asked.error(
                400, message=f"The file '{missing}' does not exist.", code="invalid_file_id", param="training_file"
            )
        script = self.script.pop(0) if self.script else FakeTuning()
        if problem := next((problem for name in names if (problem := _problem(self.files[name]))), ""):
            script = replace(script, polls=0, ends="failed", error=problem)
        job = _Job(rendered(spec["id"], asked.scope), script, asked, time.time())
        job.happened.append(("created", f"Created fine-tuning job: {job.id}"))
        self.jobs[job.id] = job
        return replace(json_answer(asked, _shown(job)), delay=script.delay)

    def _of_job(self, asked: Asked) -> Answer:
        job = self.jobs.get(rendered(_tunings(asked)["named"], asked.scope))
        if job is None:
            return asked.error(404, message="Could not find the fine-tuning job.", code="fine_tune_not_found")
        match spec_of(asked)["does"]:
            case "events":
                return page_of(asked, [(entry["id"], entry) for entry in _events(job)])
            case "checkpoints":
                return page_of(asked, [(entry["id"], entry) for entry in _checkpoints(job)])
            case "cancel" if job.ended:
                return asked.error(400, message="The job has ended already.", code="invalid_request")
            case "cancel":
                job.cancelled = True
                return json_answer(asked, {} if spec_of(asked).get("empty") else _shown(job))
            case _:
                job.look()
                return json_answer(asked, _shown(job))

    def _of_model(self, asked: Asked) -> Answer:
        name = rendered(spec_of(asked)["name"], asked.scope)
        found = next((job for job in self._of(asked) if self._has(job) and _model(job)["name"] == name), None)
        if found is None:
            return asked.error(404, message=f"The model {name} does not exist.")
        if spec_of(asked)["does"] == "model":
            return json_answer(asked, _model(found))
        self.gone.add(name)
        return json_answer(asked, {"name": f"{name}/operations/1", "done": True})


def _shown(job: _Job) -> Json:
    """The job as the provider describes it now."""
    return rendered(_tunings(job.asked)["job"], _scope(job))


def _model(job: _Job) -> Json:
    return rendered(_tunings(job.asked)["model"], _scope(job))


def _events(job: _Job) -> list[Json]:
    """What happened to the job, the newest first."""
    shapes = _tunings(job.asked)["event"]
    told = [{"number": place, "text": text, "state": state} for place, (state, text) in enumerate(job.happened)]
    return [rendered(shapes, {**_scope(job), "event": event}) for event in reversed(told)]


def _checkpoints(job: _Job) -> list[Json]:
    return [rendered(_tunings(job.asked)["checkpoint"], _scope(job))] if job.state == "succeeded" else []


def _scope(job: _Job) -> dict[str, Json]:
    spec, done = _tunings(job.asked), job.state == "succeeded"
    tuning: dict[str, Json] = {
        "id": job.id,
        "state": spec["states"][job.state],
        "error": job.script.error if job.state == "failed" else None,
        "tokens": job.script.tokens if done else None,
        "created": int(job.created),
        "created_iso": datetime.fromtimestamp(job.created, UTC).isoformat(),
        "finished": int(job.created) + 60 if job.ended else None,
        "done": done,
    }
    suffix = rendered(spec["suffix"], job.asked.scope) or ""
    return {**job.asked.scope, "tuning": tuning, "suffix": suffix}


def _problem(content: bytes) -> str:
    """Why the provider trains on no file of these lines; "" where it does."""
    for number, line in enumerate(content.splitlines(), 1):
        try:
            record: object = orjson.loads(line)
        except orjson.JSONDecodeError:
            return f"The file has an error on line {number}: it is no JSON."
        if not isinstance(record, dict) or not {"messages", "input"} & record.keys():
            return f"The file has an error on line {number}: it has no messages."
    return "" if content.strip() else "The file holds no examples."


def _tunings(asked: Asked) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", asked.place.wire.spec["tunings"])
