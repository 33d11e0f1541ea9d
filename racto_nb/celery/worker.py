"""RactoCeleryWorker: questions and documents as tasks of a Celery app. Kind: threaded, and flows for waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from racto_nb.celery.asking import checked_quiet, document_data, items_as_questions, question_of, worker_name
from racto_nb.celery.handles import TaskGroup, ids_of
from racto_nb.celery.library import CeleryPort, Pool, Starting
from racto_nb.celery.noting import GroupNotes, noted_and_sent, noted_groups
from racto_nb.celery.results import TaskResult, result_of
from racto_nb.celery.tasks import Bench, register, task_names
from racto_nb.exceptions import PartlySentError, UsageError, WrongTypeError
from racto_nb.fleet.carrying import Data, known, question_data, with_tools_known
from racto_nb.fleet.mapper import FrameMapper, Way
from racto_nb.fleet.progress import UNHEARD, FleetProgress, Logged, Told
from racto_nb.fleet.retries import RetryConfig
from racto_nb.fleet.sending import Post, Revoke, new_id
from racto_nb.fleet.waiting import Again, looked, progress_of, telling, waiting
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.batches import BatchItem
from racto_nb.models.chat import ChatConfig
from racto_nb.models.sources import ToolSource
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.rag.pipeline import RactoRAG
from racto_nb.telemetry.headers import with_trace


class RactoCeleryWorker(FrameMapper):
    """Lets Celery workers answer questions with `kit`, and ingest documents into `rag`.

    Make it at the top of a module that notebook and workers import; `celery -A <module> worker` starts a worker. `app` is a
    Celery app with a result backend. Its tasks are called `racto_nb.<name>.generate` and `….ingest`: `name` is by default the
    kit's provider and model. Two workers of one app have different names.

    `retry_config` says how often a task is tried again that failed for a reason that may pass (RetryConfig: 3 times, after 2, 4
    and 8 s, or what the provider asks for); a request that is refused (HTTP 400) is not tried again. `tools` are the functions
    that questions with `auto_execute_tools` may use, `response_models` the classes of answers that questions name: code is never
    sent. `ingest_queue` is the queue of documents, by default that of the app.

    A wait for a batch or a frame that hears nothing for `resend_after_s` seconds sends again what a broker seems to have lost, as
    one does that ends just when a message is taken; at most six times. Of two messages of a task the workers work on one.

    A task stays in its queue until its work is done, so that of a worker that dies another one takes it over. Raises
    UsageError for a name that is taken on this app, WrongTypeError for what is no app or no kit, and MissingExtraError.
    """

    def __init__(
        self,
        app: object,
        *,
        kit: AnsweringKit,
        rag: RactoRAG | None = None,
        retry_config: RetryConfig | None = None,
        name: str | None = None,
        tools: ToolSource | None = None,
        response_models: Iterable[type[BaseModel]] = (),
        ingest_queue: str | None = None,
        resend_after_s: float = 60.0,
    ) -> None:
        if not isinstance(kit, AnsweringKit):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
            msg = f"kit is a developer kit, or an object with chat() and achat(), not {type(kit).__name__}."
            raise WrongTypeError(msg)
        self._port = CeleryPort(app)
        self._name = worker_name(name, kit)
        self._queue, self._resend_after = ingest_queue, checked_quiet(resend_after_s)
        self._bench = Bench(kit, rag, retry_config or RetryConfig(), known(tools, response_models), claims=self._port.claims)
        self._tasks = task_names(self._name)
        self._take_the_name(given=name is not None)
        register(self._port.app, self._tasks, self._bench)
        self._notes = GroupNotes(self._name, self._port.results)
        self._starting = Starting(self._started)

    def generate(
        self,
        user_message: str | ChatConfig,
        *,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        history: list[dict[str, str]] | None = None,
        extra: dict[str, Any] | None = None,
        prompt: RactoPrompt | None = None,
        attachments: list[RactoFile] | None = None,
        tools: ToolSource | None = None,
        response_model: type[BaseModel] | None = None,
    ) -> Any:
        """Queue a question and return Celery's AsyncResult, whose `id` names the task.

        `user_message` may be a ChatConfig, with all that a kit's `chat` takes. Everything travels as JSON: files as base64, tools
        and classes as names and schemas. The kit of the worker answers, with its `default_prompt` where none is given.

        Raises UsageError for what JSON cannot carry, and RactoGatewayConnectionError where the broker cannot be reached.
        """
        given = {"temperature": temperature, "max_tokens": max_tokens, "history": history, "extra": extra, "prompt": prompt}
        given |= {"attachments": attachments, "tools": tools, "response_model": response_model}
        return self._port.send(SyncDriver().run(self._asking([(None, question_of(user_message, given))])))[0]

    async def agenerate(
        self,
        user_message: str | ChatConfig,
        *,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        history: list[dict[str, str]] | None = None,
        extra: dict[str, Any] | None = None,
        prompt: RactoPrompt | None = None,
        attachments: list[RactoFile] | None = None,
        tools: ToolSource | None = None,
        response_model: type[BaseModel] | None = None,
    ) -> Any:
        """Queue a question and return Celery's AsyncResult, whose `id` names the task."""
        given = {"temperature": temperature, "max_tokens": max_tokens, "history": history, "extra": extra, "prompt": prompt}
        given |= {"attachments": attachments, "tools": tools, "response_model": response_model}
        post = await AsyncDriver().run(self._asking([(None, question_of(user_message, given))]))
        return (await self._port.asend(post))[0]

    def ingest_document(self, path: str, **metadata: Any) -> Any:
        """Queue a document to be read, cut, embedded and stored, and return Celery's AsyncResult.

        The worker must reach the file under the same path. `metadata` goes to its chunks. The same document again, or a task that
        runs twice since its worker died, leaves each chunk once. The result is the list of chunks, without their vectors.
        A store in a file has one writer: its queue needs a worker of one process, and the task says so where it has more.
        """
        return self._port.send(self._ingesting(path, metadata))[0]

    async def aingest_document(self, path: str, **metadata: Any) -> Any:
        """Queue a document to be read, cut, embedded and stored, and return Celery's AsyncResult."""
        return (await self._port.asend(self._ingesting(path, metadata)))[0]

    def parallel_batch(
        self,
        items: Sequence[BatchItem],
        *,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        prompt: RactoPrompt | None = None,
    ) -> TaskGroup:
        """Queue a question for each item and return the group of their tasks, in their order.

        `temperature`, `max_tokens` and `prompt` are those of items that say no other; each item's `custom_id` comes back with its
        result. PartlySentError, which has the group, where the broker goes in between.
        """
        batch = SyncDriver().run(self._batch(items, {"temperature": temperature, "max_tokens": max_tokens}, prompt))
        return SyncDriver().run(self._sending(batch))

    async def aparallel_batch(
        self,
        items: Sequence[BatchItem],
        *,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        prompt: RactoPrompt | None = None,
    ) -> TaskGroup:
        """Queue a question for each item and return the group of their tasks, in their order."""
        batch = await AsyncDriver().run(self._batch(items, {"temperature": temperature, "max_tokens": max_tokens}, prompt))
        return await AsyncDriver().run(self._sending(batch))

    def groups(self) -> list[TaskGroup]:
        """The batches of this worker, those of earlier sessions too, the oldest first: as long as Celery keeps results, a day.

        They are found by notes in the folder that RACTO_FLEET_DIR names, without their questions: results can be waited for,
        and tasks cancelled; only a group that `parallel_batch` returned can send again what a broker lost.
        """
        return SyncDriver().run(noted_groups(self._notes))

    async def agroups(self) -> list[TaskGroup]:
        """The batches of this worker, those of earlier sessions too, the oldest first: as long as Celery keeps results, a day."""
        return await AsyncDriver().run(noted_groups(self._notes))

    def get_result(self, task_id: str) -> TaskResult:
        """What is known of a task now, without waiting."""
        return SyncDriver().run(self._looking(task_id))

    async def aget_result(self, task_id: str) -> TaskResult:
        """What is known of a task now, without waiting."""
        return await AsyncDriver().run(self._looking(task_id))

    def wait(self, task_id: str, *, timeout_s: float | None = None) -> TaskResult:
        """Wait until a task has ended, at most `timeout_s` seconds, and return what is known of it.

        A wait that is over before the task is returns its status as it is (PENDING, STARTED or RETRY) with an `error` that says
        so: the task goes on. Servers that are away for less than two minutes end no wait.
        """
        return SyncDriver().run(self._waiting([task_id], {}, timeout_s))[0]

    async def await_(self, task_id: str, *, timeout_s: float | None = None) -> TaskResult:
        """Wait until a task has ended, at most `timeout_s` seconds, and return what is known of it."""
        return (await AsyncDriver().run(self._waiting([task_id], {}, timeout_s)))[0]

    def wait_parallel(self, group_result: object, *, timeout_s: float | None = None) -> list[TaskResult]:
        """Wait for all tasks of a batch, at most `timeout_s` seconds; what is known of each, in the items' order.

        In a notebook with the extension loaded a bar shows how far it is.
        """
        return SyncDriver().run(self._waiting(*ids_of(group_result), timeout_s, group_result))

    async def await_parallel(self, group_result: object, *, timeout_s: float | None = None) -> list[TaskResult]:
        """Wait for all tasks of a batch, at most `timeout_s` seconds; what is known of each, in the items' order."""
        return await AsyncDriver().run(self._waiting(*ids_of(group_result), timeout_s, group_result))

    def progress(self, group_result: object, *, timeout_s: float | None = None, on_progress: Told | None = None) -> FleetProgress:
        """Show how far a batch or a task is until it ends, at most `timeout_s` seconds (0: look once); the last state.

        `on_progress` hears a FleetProgress after each look; without it the log `racto_nb.fleet.progress` does, from which a
        notebook with the extension loaded draws a bar, updated in place.
        """
        return SyncDriver().run(self._following(group_result, timeout_s, on_progress))

    async def aprogress(
        self, group_result: object, *, timeout_s: float | None = None, on_progress: Told | None = None
    ) -> FleetProgress:
        """Show how far a batch or a task is until it ends, at most `timeout_s` seconds (0: look once); the last state."""
        return await AsyncDriver().run(self._following(group_result, timeout_s, on_progress))

    def cancel(self, handle: object) -> None:
        """Let no worker begin a task (its handle or id) or the tasks of a batch. What has begun goes on to its end.

        It is REVOKED at once, also where no worker is up; with `rpc://` only workers that run hear of it.
        """
        self._port.send(Revoke(ids_of(handle)[0]))

    async def acancel(self, handle: object) -> None:
        """Let no worker begin a task (its handle or id) or the tasks of a batch. What has begun goes on to its end."""
        await self._port.asend(Revoke(ids_of(handle)[0]))

    @property
    def name(self) -> str:
        """The name that its tasks carry."""
        return self._name

    def release(self) -> None:
        """Take its tasks off the app, so that the name is free for another kit in this process."""
        for task in self._tasks:
            self._port.app.tasks.pop(task, None)

    def _take_the_name(self, *, given: bool) -> None:
        """A task that is there already would answer for this one with its own kit."""
        if any(task in self._port.app.tasks for task in self._tasks):
            made = "" if given else "This name is made of the kit's provider and model. "
            how = "Give each worker its own, such as name='summaries', or call release() of the other one first."
            msg = f"The Celery app has a worker {self._name!r} already. {made}{how}"
            raise UsageError(msg)

    def _started(self, app: object, pool: Pool) -> None:
        if app is self._port.app:
            self._bench.pool = pool
            self._port.keep_trying()

    def _asking(self, questions: Sequence[tuple[str | None, ChatConfig]], *, group: str | None = None) -> Flow[Post]:
        payloads: list[Data] = []
        for custom_id, config in questions:
            question = question_data(*(yield from with_tools_known(config, self._bench.known)))
            payloads.append({"question": question} if custom_id is None else {"question": question, "custom_id": custom_id})
        return Post(self._tasks.generate, payloads, [new_id() for _ in payloads], group=group, headers=with_trace())

    def _ingesting(self, path: object, metadata: Mapping[str, Any]) -> Post:
        return Post(self._tasks.ingest, [document_data(path, metadata)], [new_id()], queue=self._queue, headers=with_trace())

    def _batch(self, items: object, shared: Mapping[str, Any], prompt: RactoPrompt | None) -> Flow[TaskGroup]:
        questions = items_as_questions(items, shared, prompt)
        post = yield from self._asking(questions, group=new_id())
        return TaskGroup(post, tuple(custom_id for custom_id, _ in questions))

    def _sending(self, batch: TaskGroup) -> Flow[TaskGroup]:
        try:
            return (yield from noted_and_sent(self._port, self._notes, batch))
        except PartlySentError as error:
            error.group = batch
            raise

    def _way(self) -> Way:
        return Way(self._port, self._tasks.map, self._name, self._bench.known, resend_after=self._resend_after)

    def _looking(self, task_id: str) -> Flow[TaskResult]:
        return result_of((yield from looked(self._port, [task_id]))[0])

    def _waiting(
        self, ids: Sequence[str], names: Mapping[str, str], timeout_s: float | None, group: object = None
    ) -> Flow[list[TaskResult]]:
        heard = telling(UNHEARD if timeout_s == 0 else Logged())
        seen = yield from waiting(self._port, ids, timeout_s, heard, self._again(group))
        return [result_of(each, custom_id=names.get(each.task_id), waited=timeout_s) for each in seen]

    def _following(self, group: object, timeout_s: float | None, told: Told | None) -> Flow[FleetProgress]:
        heard = telling(told or Logged())
        return progress_of((yield from waiting(self._port, ids_of(group)[0], timeout_s, heard, self._again(group))))

    def _again(self, group: object) -> Again | None:
        return Again(group.post, self._resend_after) if isinstance(group, TaskGroup) and group.post.payloads else None

    def __repr__(self) -> str:
        made = getattr(self, "_name", None)  # a traceback may show a worker that could not be made
        return f"RactoCeleryWorker(name={made!r})"
