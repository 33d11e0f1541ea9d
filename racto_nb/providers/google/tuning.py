"""Tuning on Vertex AI, as Google's library takes it: the file lies in Cloud Storage, a job is made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from racto_nb.models.batches import BatchStatus
from racto_nb.providers.batching import count_of, error_text, no_job, seconds_of
from racto_nb.providers.google.facts import NAME
from racto_nb.providers.shapes import as_object, as_objects, as_text
from racto_nb.providers.tuning import TuningReport
from racto_nb.providers.wire import Request

TAG = "racto_nb_job"
"""The label of a job that holds our tag."""
NO_TUNING = (
    "Gemini's developer API, which a key such as AIza... opens, has tuned nothing since May 2025: it takes such a call without "
    "the training data. Tuning is on Vertex AI only. Write GeminiFineTuner(project='my-project', location='us-central1'), with "
    "the login of the gcloud tools; dataset.export_jsonl('train.jsonl', provider='vertex') writes the file. Nothing was sent."
)
STATES = {
    "JOB_STATE_QUEUED": BatchStatus.PENDING,
    "JOB_STATE_PENDING": BatchStatus.PENDING,
    "JOB_STATE_SUCCEEDED": BatchStatus.COMPLETED,
    "JOB_STATE_PARTIALLY_SUCCEEDED": BatchStatus.COMPLETED,
    "JOB_STATE_FAILED": BatchStatus.FAILED,
    "JOB_STATE_EXPIRED": BatchStatus.EXPIRED,
    "JOB_STATE_CANCELLING": BatchStatus.CANCELLING,
    "JOB_STATE_CANCELLED": BatchStatus.CANCELLED,
}


def tuning_of(base_model: str, training: str, validation: str | None, config: Mapping[str, Any]) -> dict[str, Any]:
    """A job in the library's words. `training` and `validation` are `gs://` addresses; None in `config` is left out."""
    kept = {name: value for name, value in config.items() if value is not None}
    if validation is not None:
        kept["validation_dataset"] = {"gcs_uri": validation}
    return {"base_model": base_model, "training_dataset": {"gcs_uri": training}, "config": kept}


class VertexTuning:
    """Translation for the tuning jobs of Vertex AI. A request's operation is the name of a method of the library."""

    def created(self, asked: Mapping[str, Any], tag: str) -> Request:
        """Make a job."""
        config = as_object(asked.get("config"))
        labels = {**as_object(config.get("labels")), TAG: tag.replace("/", "-")}
        return Request(NAME, {**asked, "config": {**config, "labels": labels}}, operation="tunings.tune")

    def polled(self, job: str) -> Request:
        """Ask how far a job is."""
        return Request(NAME, {"name": job}, operation="tunings.get", method="GET")

    def cancelled(self, job: str) -> Request:
        """Ask to end a job early."""
        return Request(NAME, {"name": job}, operation="tunings.cancel")

    def listed(self, after: str, most: int) -> Request:
        """Ask for a page of jobs."""
        config = {"page_size": min(most, 100), **({"page_token": after} if after else {})}
        return Request(NAME, {"config": config}, operation="tunings.list", method="GET")

    def model(self, name: str) -> Request:
        """Ask about a model."""
        return Request(NAME, {"model": name}, operation="models.get", method="GET")

    def models(self, after: str, most: int) -> Request:
        """Ask for a page of the project's own models."""
        config = {"page_size": min(most, 100), "query_base": False, **({"page_token": after} if after else {})}
        return Request(NAME, {"config": config}, operation="models.list", method="GET")

    def deleted(self, name: str) -> Request:
        """Delete a model."""
        return Request(NAME, {"model": name}, operation="models.delete")

    def items(self, raw: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
        """The entries of a page, and where it ended."""
        return as_objects(raw.get("data")), as_text(raw.get("next"))

    def report(self, raw: Mapping[str, Any]) -> TuningReport:
        """What a reply says of a job."""
        job, state = as_text(raw.get("name")), as_text(raw.get("state"))
        if not job:
            raise no_job(raw)
        error, tuned = as_object(raw.get("error")), as_object(raw.get("tuned_model"))
        return TuningReport(
            job,
            STATES.get(state, BatchStatus.IN_PROGRESS),
            state.removeprefix("JOB_STATE_") or "UNKNOWN",
            as_text(raw.get("base_model")),
            as_text(tuned.get("endpoint")) or as_text(tuned.get("model")),
            error_text(error["message"], code=error.get("code")) if error.get("message") else "",
            _tokens(as_object(raw.get("tuning_data_stats"))),
            seconds_of(raw.get("create_time")),
            as_text(as_object(raw.get("labels")).get(TAG)),
            raw,
        )

    def page(self, raw: Mapping[str, Any]) -> tuple[list[TuningReport], str]:
        """The jobs of a page, and where it ended."""
        items, after = self.items(raw)
        return [self.report(job) for job in items], after


def _tokens(stats: Mapping[str, Any]) -> int | None:
    counts = [count_of(as_object(kind).get("total_billable_token_count")) for kind in stats.values()]
    return next((count for count in counts if count is not None), None)
