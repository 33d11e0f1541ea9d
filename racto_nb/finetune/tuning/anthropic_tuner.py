"""Anthropic tunes no models for its customers: this says so, says what to use instead, and writes the data all the same."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from racto_nb.exceptions import TuningWarning, UnsupportedError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning.data import Wish, refuse_faulty
from racto_nb.flow.threads import in_thread
from racto_nb.kits.warning import callers_level

_MODEL = "claude-3-haiku-20240307"
NO_ENDPOINT = (
    "Anthropic has no endpoint for fine-tuning, and its library none either. The one way there was, Claude 3 Haiku on Amazon "
    "Bedrock, ended on 2026-09-10."
)
_INSTEAD = (
    "Use LocalFineTuner for an open model, OpenAIFineTuner or GeminiFineTuner while they last, or put your best examples into "
    "the prompt of a Claude model. tuner.export(dataset, path) writes the data in Anthropic's format. Nothing was sent."
)


class AnthropicFineTuner:
    """Says that Anthropic has no fine-tuning, and exports datasets in its format.

    Making one warns with TuningWarning. `export` writes a dataset; every other method raises UnsupportedError with what to use
    instead, and sends nothing. `api_key` is taken for the sake of older code, and not kept.

    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     tuner = AnthropicFineTuner()
    """

    def __init__(self, api_key: str | None = None) -> None:
        warnings.warn(f"{NO_ENDPOINT} {_INSTEAD}", TuningWarning, stacklevel=callers_level())

    def __repr__(self) -> str:
        return "AnthropicFineTuner(exports only)"

    def export(self, dataset: RactoDataset, path: str | Path, *, overwrite: bool = False, check: bool = True) -> Path:
        """Write a dataset in Anthropic's format into a new file, whole or not at all, and return its path.

        With `check` it is looked through first, and an error (DatasetError) stops it. A file that is there stays
        (DatasetFileExistsError), unless `overwrite` says otherwise.
        """
        return _exported(dataset, path, overwrite=overwrite, check=check)

    async def aexport(self, dataset: RactoDataset, path: str | Path, *, overwrite: bool = False, check: bool = True) -> Path:
        """Write a dataset in Anthropic's format into a new file, whole or not at all, and return its path."""
        return await in_thread(_exported, dataset, path, overwrite=overwrite, check=check)

    def upload_dataset(self, dataset: RactoDataset) -> str:
        """Raises UnsupportedError: there is nowhere to upload to."""
        _refuse("upload_dataset")

    async def aupload_dataset(self, dataset: RactoDataset) -> str:
        """Raises UnsupportedError: there is nowhere to upload to."""
        _refuse("aupload_dataset")

    def create_job(
        self,
        training_file: str,
        model: str = _MODEL,
        *,
        validation_file: str | None = None,
        suffix: str | None = None,
        hyperparameters: Mapping[str, object] | None = None,
    ) -> str:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("create_job")

    async def acreate_job(
        self,
        training_file: str,
        model: str = _MODEL,
        *,
        validation_file: str | None = None,
        suffix: str | None = None,
        hyperparameters: Mapping[str, object] | None = None,
    ) -> str:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("acreate_job")

    def get_status(self, job_id: str) -> dict[str, Any]:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("get_status")

    async def aget_status(self, job_id: str) -> dict[str, Any]:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("aget_status")

    def list_jobs(self, limit: int = 10) -> list[dict[str, Any]]:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("list_jobs")

    async def alist_jobs(self, limit: int = 10) -> list[dict[str, Any]]:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("alist_jobs")

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("cancel_job")

    async def acancel_job(self, job_id: str) -> dict[str, Any]:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("acancel_job")

    def wait_for_completion(self, job_id: str, *, poll_interval: float = 60, verbose: bool = True) -> str:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("wait_for_completion")

    async def await_for_completion(self, job_id: str, *, poll_interval: float = 60, verbose: bool = True) -> str:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("await_for_completion")

    def run_pipeline(
        self,
        dataset: RactoDataset,
        model: str = _MODEL,
        *,
        validation_dataset: RactoDataset | None = None,
        suffix: str | None = None,
        hyperparameters: Mapping[str, object] | None = None,
        poll_interval: float = 60,
        verbose: bool = True,
    ) -> str:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("run_pipeline")

    async def arun_pipeline(
        self,
        dataset: RactoDataset,
        model: str = _MODEL,
        *,
        validation_dataset: RactoDataset | None = None,
        suffix: str | None = None,
        hyperparameters: Mapping[str, object] | None = None,
        poll_interval: float = 60,
        verbose: bool = True,
    ) -> str:
        """Raises UnsupportedError: there are no jobs."""
        _refuse("arun_pipeline")


def _exported(dataset: RactoDataset, path: str | Path, *, overwrite: bool, check: bool) -> Path:
    if check:
        refuse_faulty(dataset, Wish("anthropic", check))
    return dataset.export_jsonl(path, "anthropic", overwrite=overwrite)


def _refuse(method: str) -> NoReturn:
    message = f"{method} cannot be done: {NO_ENDPOINT} {_INSTEAD}"
    raise UnsupportedError(message, provider="anthropic", wish="fine-tuning")
