"""Tuning Gemini models on Vertex AI. Kind: flow."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Literal

from racto_nb.exceptions import UnsupportedError, UsageError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning import gemini_flows as flows
from racto_nb.finetune.tuning.gemini_flows import Recipe
from racto_nb.finetune.tuning.telling import Teller
from racto_nb.finetune.tuning.tuner import FineTuner, Folder, name_of, named_model
from racto_nb.finetune.tuning.waiting import LONGEST, OnEvent, Patience, paged, patience_of, refuse_async, waited
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.providers.google import facts
from racto_nb.providers.google.tuning import NO_TUNING, VertexTuning
from racto_nb.providers.google.vertex import open_vertex

Method = Literal["SUPERVISED_FINE_TUNING", "PREFERENCE_TUNING", "DISTILLATION", "REINFORCEMENT_TUNING"]
Upload = Callable[[str, bytes], str] | Callable[[str, bytes], Awaitable[str]]
Data = RactoDataset | str
_PROJECT, _LOCATION = "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"


class GeminiFineTuner(FineTuner):
    """Tuning of Gemini models on Vertex AI, through Google's library: a file in Cloud Storage, a job, a model.

    `project` and `location` are those of Google Cloud (default: GOOGLE_CLOUD_PROJECT, and GOOGLE_CLOUD_LOCATION or
    "us-central1"); the login is `credentials`, else the one of the gcloud tools. Training data lies in Cloud Storage: give the
    methods its `gs://` address or, for a dataset, the tuner a function `upload(name, content)` that puts a file there and returns
    its address. `timeout` (of one request, in seconds), `max_retries` and `jobs` are as for OpenAIFineTuner.

    A key (`api_key`) opens Gemini's developer API, which tunes nothing: UnsupportedError says so here, before anything is sent.
    UsageError where no project is named, MissingExtraError without the library.
    """

    provider: ClassVar[str] = facts.NAME

    def __init__(
        self,
        api_key: str | None = None,
        *,
        project: str | None = None,
        location: str | None = None,
        credentials: object | None = None,
        upload: Upload | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int = 2,
        jobs: Folder | None = None,
    ) -> None:
        named = project or os.environ.get(_PROJECT, "").strip()
        if api_key is not None or (not named and any(os.environ.get(name) for name in facts.KEY_VARIABLES)):
            raise UnsupportedError(NO_TUNING, provider=facts.NAME, wish="fine-tuning")
        if not named:
            message = (
                "Tuning is done in a project of Google Cloud, and none is named. Write: GeminiFineTuner(project='my-project'), "
                f"or set {_PROJECT}."
            )
            raise UsageError(message)
        place = location or os.environ.get(_LOCATION, "").strip() or "us-central1"
        provider, port = open_vertex(project=named, location=place, credentials=credentials, base_url=base_url)
        self._api, self._upload = VertexTuning(), upload
        where = f"projects/{named}/locations/{place}"
        super().__init__(provider, port, self._api, jobs=jobs, timeout=timeout, max_retries=max_retries, place=where)

    def create_job(
        self,
        dataset: Data,
        base_model: str = "gemini-3.5-flash-lite",
        *,
        display_name: str = "",
        epoch_count: int = 5,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        validation_dataset: Data | None = None,
        method: Method = "SUPERVISED_FINE_TUNING",
        options: Mapping[str, object] | None = None,
        check: bool = True,
    ) -> str:
        """Make a job of a dataset, or of a file at a `gs://` address, and return the job's name.

        `options` are further entries of the library's CreateTuningJobConfig: `{"adapter_size": "ADAPTER_SIZE_FOUR",
        "learning_rate_multiplier": 0.5}`. Vertex takes `batch_size` and `learning_rate` for open models only; for Gemini leave
        them out. With `check` a dataset is looked through first, and an error (DatasetError) stops it. The same job that was made
        from here, and whose end nobody was told yet, is not made again: its name is returned.
        """
        refuse_async(upload=self._upload)
        recipe = Recipe(display_name, epoch_count, batch_size, learning_rate, method, options, check)
        return SyncDriver().run(self._creating(dataset, validation_dataset, base_model, recipe))

    async def acreate_job(
        self,
        dataset: Data,
        base_model: str = "gemini-3.5-flash-lite",
        *,
        display_name: str = "",
        epoch_count: int = 5,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        validation_dataset: Data | None = None,
        method: Method = "SUPERVISED_FINE_TUNING",
        options: Mapping[str, object] | None = None,
        check: bool = True,
    ) -> str:
        """Make a job of a dataset, or of a file at a `gs://` address, and return the job's name."""
        recipe = Recipe(display_name, epoch_count, batch_size, learning_rate, method, options, check)
        return await AsyncDriver().run(self._creating(dataset, validation_dataset, base_model, recipe))

    def wait_for_completion(
        self,
        operation: object,
        *,
        poll_interval: float = 60,
        verbose: bool = True,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
    ) -> str:
        """Wait until a job has ended, and return the endpoint of its model, which a kit takes as its model.

        `operation` is the job's name, or an object that has it as its `name`. It is looked at every `poll_interval` seconds, for
        at most `max_wait_s` seconds (a day; None: without a limit); a look that fails is repeated. With `verbose` lines say how
        far it is; `on_event` is called with each new state, a dict. Raises TuningError for a job that failed, was cancelled, or
        had not ended in time: then it goes on.
        """
        refuse_async(on_event=on_event)
        return SyncDriver().run(self._waiting(operation, self._patience(poll_interval, max_wait_s, on_event, verbose=verbose)))

    async def await_for_completion(
        self,
        operation: object,
        *,
        poll_interval: float = 60,
        verbose: bool = True,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
    ) -> str:
        """Wait until a job has ended, and return the endpoint of its model, which a kit takes as its model."""
        patience = self._patience(poll_interval, max_wait_s, on_event, verbose=verbose)
        return await AsyncDriver().run(self._waiting(operation, patience))

    def run_pipeline(
        self,
        dataset: Data,
        base_model: str = "gemini-3.5-flash-lite",
        *,
        display_name: str = "",
        epoch_count: int = 5,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        poll_interval: float = 60,
        verbose: bool = True,
        validation_dataset: Data | None = None,
        method: Method = "SUPERVISED_FINE_TUNING",
        options: Mapping[str, object] | None = None,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
        check: bool = True,
    ) -> str:
        """Make a job, wait for its end, and return the endpoint of its model: the methods above in one call.

        Run again after its program died, it goes on where that was: no job is paid twice.
        """
        refuse_async(upload=self._upload, on_event=on_event)
        recipe = Recipe(display_name, epoch_count, batch_size, learning_rate, method, options, check)
        patience = self._patience(poll_interval, max_wait_s, on_event, verbose=verbose)
        return SyncDriver().run(self._running(dataset, validation_dataset, base_model, recipe, patience))

    async def arun_pipeline(
        self,
        dataset: Data,
        base_model: str = "gemini-3.5-flash-lite",
        *,
        display_name: str = "",
        epoch_count: int = 5,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        poll_interval: float = 60,
        verbose: bool = True,
        validation_dataset: Data | None = None,
        method: Method = "SUPERVISED_FINE_TUNING",
        options: Mapping[str, object] | None = None,
        max_wait_s: float | None = LONGEST,
        on_event: OnEvent | None = None,
        check: bool = True,
    ) -> str:
        """Make a job, wait for its end, and return the endpoint of its model: the methods above in one call."""
        recipe = Recipe(display_name, epoch_count, batch_size, learning_rate, method, options, check)
        patience = self._patience(poll_interval, max_wait_s, on_event, verbose=verbose)
        return await AsyncDriver().run(self._running(dataset, validation_dataset, base_model, recipe, patience))

    def get_model(self, tuned_model_name: str) -> dict[str, Any]:
        """What Vertex says of a model: a dict with its `name`, `display_name`, `endpoints` and more."""
        return SyncDriver().run(self._model(tuned_model_name))

    async def aget_model(self, tuned_model_name: str) -> dict[str, Any]:
        """What Vertex says of a model: a dict with its `name`, `display_name`, `endpoints` and more."""
        return await AsyncDriver().run(self._model(tuned_model_name))

    def list_models(self, limit: int = 100) -> list[dict[str, Any]]:
        """The project's own models, as `get_model` tells them."""
        return SyncDriver().run(paged(self._at_desk(), self._api.models, self._api.items, limit))

    async def alist_models(self, limit: int = 100) -> list[dict[str, Any]]:
        """The project's own models, as `get_model` tells them."""
        return await AsyncDriver().run(paged(self._at_desk(), self._api.models, self._api.items, limit))

    def delete_model(self, tuned_model_name: str) -> None:
        """Delete a model of the project."""
        SyncDriver().run(self._deleting(tuned_model_name))

    async def adelete_model(self, tuned_model_name: str) -> None:
        """Delete a model of the project."""
        await AsyncDriver().run(self._deleting(tuned_model_name))

    def _patience(self, interval: float, most: float | None, told: OnEvent | None, *, verbose: bool) -> Patience:
        words = {"state": "State: {said}", "done": "Done!  Tuned model: {tuned}"}
        return patience_of(interval, most, Teller(type(self).__name__, verbose), told, **words)

    def _creating(self, dataset: Data, validation: Data | None, model: str, recipe: Recipe) -> Flow[str]:
        desk = self._at_desk(named_model(self.provider, model, self._known))
        sources = flows.Sources(dataset, validation, self._upload)
        return flows.create(desk, sources, recipe, Teller(type(self).__name__, verbose=False))

    def _waiting(self, operation: object, patience: Patience) -> Flow[str]:
        job = name_of(getattr(operation, "name", operation), "operation")
        report = yield from waited(self._at_desk(), job, patience)
        return report.tuned

    def _running(self, dataset: Data, validation: Data | None, model: str, recipe: Recipe, patience: Patience) -> Flow[str]:
        desk = self._at_desk(named_model(self.provider, model, self._known))
        job = yield from flows.create(desk, flows.Sources(dataset, validation, self._upload), recipe, patience.teller)
        report = yield from waited(desk, job, patience)
        return report.tuned

    def _model(self, name: str) -> Flow[dict[str, Any]]:
        return (yield from self._at_desk().read(self._api.model(name_of(name, "tuned_model_name"))))

    def _deleting(self, name: str) -> Flow[None]:
        desk = self._at_desk()
        yield from desk.made(self._api.deleted(name_of(name, "tuned_model_name")))
