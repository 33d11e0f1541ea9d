"""Fine-tuning at OpenAI, or at a server that has its files and jobs. Kind: flow."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from racto_nb.exceptions import TuningWarning
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning import openai_flows as flows
from racto_nb.finetune.tuning.openai_flows import Recipe, Run
from racto_nb.finetune.tuning.telling import Teller
from racto_nb.finetune.tuning.tuner import FineTuner, Folder, name_of, named_model, picked
from racto_nb.finetune.tuning.waiting import LONGEST, OnEvent, paged, patience_of, refuse_async, waited
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.warning import callers_level
from racto_nb.providers.catalog.facts import this_day
from racto_nb.providers.openai import facts, opening
from racto_nb.providers.openai.tuning import OpenAITuning, ending
from racto_nb.providers.tuning import TuningReport

Method = Literal["supervised", "dpo", "reinforcement"]


class OpenAIFineTuner(FineTuner):
    """Fine-tuning at OpenAI: a dataset goes up, a job is made of it, a model comes of the job.

    The key is `api_key`, else OPENAI_API_KEY; `base_url`, `timeout` (of one request, in seconds), `max_retries` and `http_client`
    are those of the kit. `jobs` is the folder of job files (default: RACTO_TUNING_DIR, else `tuning` in the user's data folder):
    each file and each job is written down there before it is made, without key and text, so that a program that dies loses none,
    and its cells run again make none twice.

    Warns with TuningWarning that OpenAI is ending fine-tuning, with the dates; what still works is done. Raises here what the kit
    raises: RactoGatewayAuthError without a key, MissingExtraError without the library.
    """

    provider: ClassVar[str] = facts.NAME

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int = 2,
        http_client: object | None = None,
        jobs: Folder | None = None,
    ) -> None:
        provider, port = opening.open_provider(api_key=api_key, base_url=base_url, api="auto", http_client=http_client)
        self._api = OpenAITuning()
        super().__init__(provider, port, self._api, jobs=jobs, timeout=timeout, max_retries=max_retries)
        if self._desk.spec.official:
            warnings.warn(ending(this_day()), TuningWarning, stacklevel=callers_level())

    def upload_dataset(self, dataset: RactoDataset, *, method: Method = "supervised", check: bool = True) -> str:
        """Upload a dataset and return the id of its file.

        With `check` it is looked through first, and an error (DatasetError) stops it before anything is sent. `method` says which
        format it is written in. The same content that was uploaded from here before, and is still there, is not uploaded again.
        """
        return SyncDriver().run(flows.upload(self._at_desk(), self._api, dataset, method, check=check))

    async def aupload_dataset(self, dataset: RactoDataset, *, method: Method = "supervised", check: bool = True) -> str:
        """Upload a dataset and return the id of its file."""
        return await AsyncDriver().run(flows.upload(self._at_desk(), self._api, dataset, method, check=check))

    def create_job(
        self,
        training_file: str,
        model: str = "gpt-4o-mini-2024-07-18",
        *,
        validation_file: str | None = None,
        n_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        learning_rate_multiplier: float | str = "auto",
        suffix: str | None = None,
        method: Method = "supervised",
        method_options: Mapping[str, object] | None = None,
        seed: int | None = None,
    ) -> str:
        """Make a job of uploaded files and return its id.

        What is "auto" OpenAI chooses. `suffix` becomes part of the model's name. `method_options` is what a method takes beside
        the three numbers: `{"hyperparameters": {"beta": 0.1}}` for "dpo", `{"grader": {...}}` for "reinforcement".

        The same job that was made from here, and whose end nobody was told yet, is not made again: its id is returned. Raises
        UsageError for numbers that are none; what OpenAI refuses is RactoGatewayBadRequestError, or RactoGatewayAuthError where
        the organisation may make no jobs any more.
        """
        recipe = Recipe(n_epochs, batch_size, learning_rate_multiplier, suffix, method, method_options, seed)
        return SyncDriver().run(self._creating(training_file, model, validation_file, recipe))

    async def acreate_job(
        self,
        training_file: str,
        model: str = "gpt-4o-mini-2024-07-18",
        *,
        validation_file: str | None = None,
        n_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        learning_rate_multiplier: float | str = "auto",
        suffix: str | None = None,
        method: Method = "supervised",
        method_options: Mapping[str, object] | None = None,
        seed: int | None = None,
    ) -> str:
        """Make a job of uploaded files and return its id."""
        recipe = Recipe(n_epochs, batch_size, learning_rate_multiplier, suffix, method, method_options, seed)
        return await AsyncDriver().run(self._creating(training_file, model, validation_file, recipe))

    def list_events(self, job_id: str, limit: int = 20) -> list[dict[str, Any]]:
        """What happened to a job, the newest first: dicts with `message`, `level`, `created_at`, `type` and `data`."""
        return SyncDriver().run(self._happened(job_id, limit))

    async def alist_events(self, job_id: str, limit: int = 20) -> list[dict[str, Any]]:
        """What happened to a job, the newest first: dicts with `message`, `level`, `created_at`, `type` and `data`."""
        return await AsyncDriver().run(self._happened(job_id, limit))

    def list_checkpoints(self, job_id: str, limit: int = 10) -> list[dict[str, Any]]:
        """The models that a job has kept on its way, the newest first: dicts with their name, `step_number` and `metrics`."""
        return SyncDriver().run(self._kept(job_id, limit))

    async def alist_checkpoints(self, job_id: str, limit: int = 10) -> list[dict[str, Any]]:
        """The models that a job has kept on its way, the newest first: dicts with their name, `step_number` and `metrics`."""
        return await AsyncDriver().run(self._kept(job_id, limit))

    def wait_for_completion(
        self,
        job_id: str,
        *,
        poll_interval: float = 30,
        verbose: bool = True,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
    ) -> str:
        """Wait until a job has ended, and return the name of its model.

        It is looked at every `poll_interval` seconds, for at most `max_wait_s` seconds (a day; None: no limit); a look that
        fails is repeated. With `verbose` lines say how far it is; `on_event` is called with each event, a dict, once. Raises
        TuningError for a job that failed, was cancelled, or had not ended in time: then it goes on.
        """
        refuse_async(on_event=on_event)
        return SyncDriver().run(self._waiting(job_id, poll_interval, max_wait_s, on_event, verbose=verbose))

    async def await_for_completion(
        self,
        job_id: str,
        *,
        poll_interval: float = 30,
        verbose: bool = True,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
    ) -> str:
        """Wait until a job has ended, and return the name of its model."""
        return await AsyncDriver().run(self._waiting(job_id, poll_interval, max_wait_s, on_event, verbose=verbose))

    def run_pipeline(
        self,
        dataset: RactoDataset,
        model: str = "gpt-4o-mini-2024-07-18",
        *,
        validation_dataset: RactoDataset | None = None,
        n_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        learning_rate_multiplier: float | str = "auto",
        suffix: str | None = None,
        poll_interval: float = 30,
        verbose: bool = True,
        method: Method = "supervised",
        method_options: Mapping[str, object] | None = None,
        seed: int | None = None,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
        check: bool = True,
    ) -> str:
        """Upload, make a job, wait for its end, and return the name of the model: the methods above in one call.

        Run again after its program died, it goes on where that was: no file is uploaded twice and no job paid twice.
        """
        refuse_async(on_event=on_event)
        recipe = Recipe(n_epochs, batch_size, learning_rate_multiplier, suffix, method, method_options, seed)
        run = Run(dataset, validation_dataset, recipe, check)
        return SyncDriver().run(self._running(model, run, poll_interval, max_wait_s, on_event, verbose=verbose))

    async def arun_pipeline(
        self,
        dataset: RactoDataset,
        model: str = "gpt-4o-mini-2024-07-18",
        *,
        validation_dataset: RactoDataset | None = None,
        n_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        learning_rate_multiplier: float | str = "auto",
        suffix: str | None = None,
        poll_interval: float = 30,
        verbose: bool = True,
        method: Method = "supervised",
        method_options: Mapping[str, object] | None = None,
        seed: int | None = None,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
        check: bool = True,
    ) -> str:
        """Upload, make a job, wait for its end, and return the name of the model: the methods above in one call."""
        recipe = Recipe(n_epochs, batch_size, learning_rate_multiplier, suffix, method, method_options, seed)
        run = Run(dataset, validation_dataset, recipe, check)
        return await AsyncDriver().run(self._running(model, run, poll_interval, max_wait_s, on_event, verbose=verbose))

    def _creating(self, training: str, model: str, validation: str | None, recipe: Recipe) -> Flow[str]:
        files = (name_of(training, "training_file"), validation)
        desk = self._at_desk(named_model(self.provider, model, self._known))
        return flows.create(desk, recipe, files, Teller(type(self).__name__, verbose=False))

    def _happened(self, job_id: str, limit: int) -> Flow[list[dict[str, Any]]]:
        job = name_of(job_id)
        return paged(self._at_desk(), lambda after, most: self._api.events(job, after, most), self._api.items, limit)

    def _kept(self, job_id: str, limit: int) -> Flow[list[dict[str, Any]]]:
        job = name_of(job_id)
        return paged(self._at_desk(), lambda after, most: self._api.checkpoints(job, after, most), self._api.items, limit)

    def _waiting(self, job_id: str, interval: float, most: float | None, told: OnEvent | None, *, verbose: bool) -> Flow[str]:
        patience = patience_of(interval, most, Teller(type(self).__name__, verbose), told)
        report = yield from waited(self._at_desk(), name_of(job_id), patience, self._api)
        return report.tuned

    def _running(
        self, model: str, run: Run, interval: float, most: float | None, told: OnEvent | None, *, verbose: bool
    ) -> Flow[str]:
        patience = patience_of(interval, most, Teller(type(self).__name__, verbose), told)
        return flows.run(self._at_desk(named_model(self.provider, model, self._known)), self._api, run, patience)

    def _status_of(self, report: TuningReport) -> dict[str, Any]:
        more = picked(report.raw, "training_file", "validation_file", "finished_at", "estimated_finish", "method", "seed")
        return {**super()._status_of(report), **more}
