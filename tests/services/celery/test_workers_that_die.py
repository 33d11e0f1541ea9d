"""Real workers on a real broker: killed in the middle, and the broker too."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import valkey_server
from services.celery.worker_process import HERE, WorkerProcess, eventually, worker

from racto_nb.batch import BatchItem
from racto_nb.celery import TaskStatus

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A broker that forgets nothing, `app` as its users import it, and `start`, which starts a worker."""
    folder = tmp_path_factory.mktemp("fleet")
    with ExitStack() as closing, pytest.MonkeyPatch.context() as patch:
        server = valkey_server.started(folder, closing, "--appendonly", "yes", "--appendfsync", "always")
        patch.setenv("FLEET_FOLDER", str(folder))
        patch.setenv("FLEET_BROKER", server.url())
        patch.syspath_prepend(str(HERE))
        app: ModuleType = importlib.import_module("fleet_app")
        closing.callback(sys.modules.pop, "fleet_app")
        yield SimpleNamespace(
            folder=folder,
            server=server,
            app=app,
            start=lambda name, processes: worker(folder, closing, name, processes=processes),
        )
        app.app.close()


@pytest.fixture(scope="module")
def second(fleet: SimpleNamespace) -> WorkerProcess:
    """The worker that is left when the first one was killed: of one process."""
    first: WorkerProcess = fleet.start("first", 2)
    refused = fleet.app.red.ingest_document(str(document(fleet, "refused.txt", "A text.")))
    fleet.refused = fleet.app.red.wait(refused.id, timeout_s=200)
    fleet.asked = fleet.app.red.generate("wait for it")
    eventually(lambda: fleet.app.notes("began wait for it"))
    fleet.while_it_ran = fleet.app.red.wait(fleet.asked.id, timeout_s=0.05)
    first.kill()
    started: WorkerProcess = fleet.start("second", 1)
    (fleet.folder / "go").touch()
    return started


def document(fleet: SimpleNamespace, name: str, text: str) -> Path:
    path: Path = fleet.folder / name
    path.write_text(text)
    return path


def test_a_task_whose_worker_is_killed_is_done_by_another_one(fleet: SimpleNamespace, second: WorkerProcess):
    result = fleet.app.red.wait(fleet.asked.id, timeout_s=200)

    assert result.response.content == "red: wait for it"
    assert len(fleet.app.notes("began wait for it")) == 2
    assert fleet.app.notes("ended wait for it") == second.children


def test_a_wait_that_is_over_is_no_failure_of_the_task(fleet: SimpleNamespace, second: WorkerProcess):
    assert fleet.while_it_ran.status is TaskStatus.STARTED
    assert not fleet.while_it_ran.ok
    assert "has not ended after 0.05 s: started" in fleet.while_it_ran.error


def test_a_store_with_one_writer_refuses_a_worker_with_two_processes(fleet: SimpleNamespace, second: WorkerProcess):
    assert fleet.refused.status is TaskStatus.FAILURE
    assert fleet.refused.error.startswith("UsageError: A HeldStore has one writer at a time, and this worker has 2 processes.")
    assert "-Q ingest --concurrency=1" in fleet.refused.error


def test_two_kits_on_one_app_answer_each_as_itself(fleet: SimpleNamespace, second: WorkerProcess):
    asked = [(each, each.generate("Hi")) for each in (fleet.app.red, fleet.app.blue, fleet.app.red)]

    assert [each.wait(handle.id, timeout_s=200).response.content for each, handle in asked] == ["red: Hi", "blue: Hi", "red: Hi"]


def test_an_ingestion_whose_process_is_killed_leaves_each_chunk_once(fleet: SimpleNamespace, second: WorkerProcess):
    text = "\n\n".join(f"Paragraph {number} is on hold. {'It says more than one chunk takes. ' * 12}" for number in range(6))
    handle = fleet.app.red.ingest_document(str(document(fleet, "held.txt", text)), topic="holding")
    eventually(lambda: fleet.app.notes("stored the first part"))
    os.kill(fleet.app.notes("stored the first part")[0], signal.SIGKILL)
    (fleet.folder / "store it").touch()

    result = fleet.app.red.wait(handle.id, timeout_s=200)

    assert result.ok, result.error
    assert len(set(fleet.app.notes("stored the first part"))) == 2
    again = fleet.app.red.wait(fleet.app.red.ingest_document(str(fleet.folder / "held.txt"), topic="holding").id, timeout_s=200)
    stored = fleet.app.store.chunk_ids()  # the worker has given the file back
    fleet.app.store.close()
    assert sorted(stored) == sorted(chunk["chunk_id"] for chunk in result.result)
    assert [chunk["chunk_id"] for chunk in again.result] == [chunk["chunk_id"] for chunk in result.result]
    assert len(stored) > 2


def test_a_broker_that_restarts_in_the_middle_of_two_hundred_loses_none(fleet: SimpleNamespace, second: WorkerProcess):
    held = "wait, held until the server is gone"
    texts = [held if number == 30 else f"Question {number}" for number in range(200)]
    group = fleet.app.blue.parallel_batch(
        [BatchItem(custom_id=f"q{number}", user_message=text) for number, text in enumerate(texts)]
    )
    eventually(lambda: fleet.app.notes(f"began {held}"))
    fleet.server.stop()
    (fleet.folder / "gone").touch()
    eventually(lambda: fleet.app.notes(f"ended {held}"))
    time.sleep(0.3)
    fleet.server.start()

    results = fleet.app.blue.wait_parallel(group, timeout_s=200)

    assert [result.error for result in results if not result.ok] == []
    assert [result.custom_id for result in results] == [f"q{number}" for number in range(200)]
    assert [result.response.content for result in results] == [f"blue: {text}" for text in texts]
    asked = [len(fleet.app.notes(f"asked {text}")) for text in texts]
    assert asked == [1] * 200  # nothing is paid for twice
