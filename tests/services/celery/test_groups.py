"""The groups of a worker: written down when they are sent, and found again in another session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from celery import Celery
from controllers.recorded_comm import RecordedComm
from worker_beside import worker_beside

from racto_nb.batch import BatchItem
from racto_nb.celery import RactoCeleryWorker, TaskGroup
from racto_nb.celery.noting import MOST, GroupNotes, List, Results, Write
from racto_nb.exceptions import NotFoundError, RactoGatewayBadRequestError, RactoGatewayConnectionError, ServiceWarning
from racto_nb.fleet.sending import Post
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.usage import Spent
from racto_nb.notebook.controllers.jobs.state import Costs
from racto_nb.notebook.widgets.jobs import JobsPanel
from racto_nb.notebook.widgets.jobs.fleets import Fleets
from racto_nb.testing import FakeKit

EARLIER = """
from celery import Celery
from celery.contrib.testing.worker import start_worker
from racto_nb.batch import BatchItem
from racto_nb.celery import RactoCeleryWorker
from racto_nb.models.chat import ChatConfig
from racto_nb.testing import FakeKit

app = Celery("earlier", broker="memory://", backend={backend!r})
app.conf.broker_transport_options = {{"polling_interval": 0.02}}
worker = RactoCeleryWorker(app, kit=FakeKit(["A"], repeat_last=True), name="reviews")
group = worker.parallel_batch([BatchItem(custom_id="q1", user_message="a secret text"), ChatConfig(user_message="another")])
with start_worker(app, perform_ping_check=False, pool="solo", shutdown_timeout=60):
    worker.wait_parallel(group, timeout_s=60)
"""
SPENT = Spent("openai", "gpt-6-luna", "gpt-6-luna", {"prompt_tokens": 1000, "completion_tokens": 100})


class Priced:
    """Answers a question at a price that is known. `refuse` is refused."""

    provider, model = "openai", "gpt-6-luna"

    def chat(self, config: ChatConfig) -> LLMResponse:
        if config.user_message == "refuse":
            message = "no"
            raise RactoGatewayBadRequestError(message, status_code=400)
        return LLMResponse(content="A", spent=() if config.user_message == "free of tokens" else (SPENT,))

    async def achat(self, config: ChatConfig) -> LLMResponse:
        return self.chat(config)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RACTO_FLEET_DIR", str(tmp_path / "fleets"))
    return tmp_path / "fleets"


@pytest.fixture(scope="module")
def app() -> Iterator[Celery]:
    app = Celery("groups", broker="memory://", backend="cache+memory://")
    app.conf.broker_transport_options = {"polling_interval": 0.02}
    RactoCeleryWorker(app, kit=Priced(), name="priced")
    with worker_beside(app, pool="solo"):
        yield app
    app.close()


@pytest.fixture
def worker(app: Celery, folder: Path) -> RactoCeleryWorker:
    for task in [name for name in app.tasks if name.startswith("racto_nb.")]:
        del app.tasks[task]  # those that run have it already
    return RactoCeleryWorker(app, kit=Priced(), name="priced")


@pytest.fixture
def panel(worker: RactoCeleryWorker) -> Iterator[JobsPanel]:
    panel = JobsPanel(worker=worker, every=0)
    panel.comm = RecordedComm()
    yield panel
    panel.close()


def items(*texts: str) -> list[BatchItem]:
    return [BatchItem(custom_id=f"q{place}", user_message=text) for place, text in enumerate(texts)]


def test_another_session_finds_the_groups_and_reads_their_results(folder: Path, tmp_path: Path):
    (tmp_path / "results").mkdir()
    backend = (tmp_path / "results").as_uri()
    subprocess.run([sys.executable, "-c", EARLIER.format(backend=backend)], check=True, timeout=200)
    app = Celery("later", broker="memory://", backend=backend)
    worker = RactoCeleryWorker(app, kit=FakeKit(), name="reviews")

    (group,) = worker.groups()
    results = worker.wait_parallel(group, timeout_s=60)

    assert [(result.custom_id, result.response.content) for result in results] == [("q1", "A"), (None, "A")]
    assert group.custom_ids == ("q1", None)
    assert RactoCeleryWorker(app, kit=FakeKit(), name="others").groups() == []
    assert "secret" not in "".join(path.read_text() for path in folder.iterdir())
    app.close()


def test_a_panel_shows_the_groups_and_what_they_cost_when_they_are_read(panel: JobsPanel, worker: RactoCeleryWorker):
    group = worker.parallel_batch(items("one", "two", "refuse"))
    worker.wait_parallel(group, timeout_s=60)
    panel.look()

    (job,) = panel.jobs
    assert (job.id, job.status, job.done, job.failed, job.total, job.began) == (
        group.id, "completed", 2, 1, 3, worker.groups()[0].began,
    )  # fmt: skip
    assert panel.sources[0]["kind"] == "fleets"
    assert panel.sources[0]["jobs"][0]["cost"] == "known when it was read"
    results = panel.read("worker", group.id)
    assert [result.ok for result in results] == [True, True, False]
    assert panel.jobs[0].result == "2 of 3 answered, 1 failed"
    assert panel.cost == Costs(Decimal("0.0003"), priced=1, unknown=0, later=0)


def test_of_a_group_with_an_answer_of_unknown_price_the_cost_is_unknown(panel: JobsPanel, worker: RactoCeleryWorker):
    group = worker.parallel_batch(items("one", "free of tokens"))
    worker.wait_parallel(group, timeout_s=60)
    panel.look()
    panel.read("worker", group.id)

    assert panel.cost == Costs(Decimal(0), priced=0, unknown=1, later=0)


async def test_a_group_that_nobody_works_on_is_pending_and_cancelled(folder: Path):
    app = Celery("idle", broker="memory://", backend="cache+memory://")
    app.conf.task_default_queue = "idle"  # the memory of this process is one broker for all apps
    worker = RactoCeleryWorker(app, kit=FakeKit(), name="idle")
    group = await worker.aparallel_batch(items("one"))
    source = Fleets(worker)
    (job,) = await source.jobs()
    assert (job.id, job.status, job.ended, job.verbs) == (group.id, "pending", False, ("cancel",))
    await source.cancel(group.id)
    with pytest.raises(NotFoundError, match="There is no group 'other'"):
        await source.read("other")
    app.control.purge()
    app.close()


def test_what_could_not_be_sent_is_not_found_later(worker: RactoCeleryWorker, monkeypatch: pytest.MonkeyPatch):
    def away(request: object) -> None:
        message = "cannot be reached"
        raise RactoGatewayConnectionError(message)

    monkeypatch.setattr(worker._port, "perform", away)
    with pytest.raises(RactoGatewayConnectionError, match="cannot be reached"):
        worker.parallel_batch(items("one"))
    assert worker.groups() == []


def notes(place: str, *, seconds: float | None = None) -> GroupNotes:
    return GroupNotes("worker", lambda: Results(place, seconds))


def sent(name: str, moment: float) -> Write:
    return Write(TaskGroup(Post("task", [{}], [f"{name}-1"], group=name), (None,), moment))


def test_groups_are_found_as_long_as_their_results_are_kept_and_only_where_they_are(folder: Path):
    notes("here", seconds=100).send(sent("short", 1_000))
    notes("here").send(sent("long", 1_001))

    assert [group.id for group in notes("here").send(List(1_050))] == ["short", "long"]
    assert [group.id for group in notes("here").send(List(1_100))] == ["long"]
    assert notes("there").send(List(1_050)) == notes("").send(List(1_050)) == []


def test_the_oldest_notes_are_forgotten(folder: Path):
    kept = notes("here")
    for number in range(MOST + 3):
        kept.send(sent(f"group-{number}", number))

    assert len(list(folder.iterdir())) == MOST


def test_a_group_is_sent_where_it_cannot_be_written_down(worker: RactoCeleryWorker, folder: Path):
    folder.write_text("A file in place of the folder.")
    with pytest.warns(ServiceWarning, match="could not be written down"):
        group = worker.parallel_batch(items("one"))
    assert worker.wait_parallel(group, timeout_s=60)[0].ok
