"""The spans of a batch: one where it is handed in, one where its results are read; the hours between are none. Flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from racto_nb.batch.desk import Desk
from racto_nb.batch.results import BatchResults
from racto_nb.flow.effects import Flow
from racto_nb.models.batches import BatchJobInfo
from racto_nb.telemetry.describing import Server
from racto_nb.telemetry.headers import failure_of
from racto_nb.telemetry.spans import Attributes, Failure, Value
from racto_nb.telemetry.within import within

T = TypeVar("T")
SUBMIT, RESULTS = "batch_submit", "batch_results"
"""Names of operations: the conventions have none for batches."""


def traced_submission(desk: Desk, items: int, work: Flow[tuple[T, BatchJobInfo]]) -> Flow[tuple[T, BatchJobInfo]]:
    """What comes of handing in `items` questions, in a span where calls are traced."""
    return _traced(desk, SUBMIT, {"racto_nb.batch.items": items}, work, lambda done: _job(done[1]))


def traced_results(desk: Desk, job_id: str, work: Flow[BatchResults]) -> Flow[BatchResults]:
    """What comes of reading the results of a job, in a span where calls are traced.

    The tokens are told under names of ours: results that are read twice were paid for once.
    """

    def told(results: BatchResults) -> Attributes:
        known: dict[str, Value] = {
            "racto_nb.batch.items": len(results),
            "racto_nb.batch.failed": len(results.failed),
            "racto_nb.batch.input_tokens": results.usage.get("prompt_tokens", 0),
            "racto_nb.batch.output_tokens": results.usage.get("completion_tokens", 0),
        }
        if results.cost is not None:
            known["racto_nb.batch.cost_usd"] = float(results.cost)
        return known | ({} if results.job is None else _job(results.job))

    return _traced(desk, RESULTS, {"racto_nb.batch.job_id": job_id}, work, told)


def _job(info: BatchJobInfo) -> dict[str, Value]:
    return {"racto_nb.batch.job_id": info.job_id, "racto_nb.batch.status": info.status.value}


def _traced(desk: Desk, operation: str, known: Attributes, work: Flow[T], told: Callable[[T], Attributes]) -> Flow[T]:
    if (tracer := desk.around.tracer) is None:
        return (yield from work)
    model, redacted = desk.settings.model, desk.provider.redacted
    attributes = Server(desk.name, desk.provider.address).asked(operation, model) | dict(known)
    span = tracer.begin(f"{operation} {model}", attributes, kind="client")
    failure: Failure | None = None
    try:
        result = yield from cast("Flow[T]", within(span, work))
        span.tell(told(result))
    except Exception as error:
        failure = failure_of(error, redacted)
        raise
    finally:
        span.end(failure=failure)
    return result
