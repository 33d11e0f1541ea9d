"""Frames on a real Dask cluster of this machine: its workers are processes, and one of them is killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from racto_nb.dask import RactoDaskCluster
from racto_nb.exceptions import RactoGatewayBadRequestError, RactoGatewayServerError, WrongTypeError
from racto_nb.fleet.retries import RetryConfig
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.testing import FakeKit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client() -> Iterator[object]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        yield client


def fleet(client: object, folder: Path) -> RactoDaskCluster:
    def make_kit() -> object:
        class Echo:
            """Says a question again, and notes that it was asked. `refuse` is refused, `busy` fails once."""

            def chat(self, config: ChatConfig) -> LLMResponse:
                text = config.user_message
                asked = (folder / "asked").read_text() if (folder / "asked").exists() else ""
                with (folder / "asked").open("a") as notes:
                    notes.write(f"{text} {os.getpid()}\n")
                if text == "refuse":
                    message = "no"
                    raise RactoGatewayBadRequestError(message, status_code=400)
                if text == "busy" and "busy" not in asked:
                    message = "later"
                    raise RactoGatewayServerError(message, status_code=503)
                while text == "hold" and not (folder / "go").exists():
                    time.sleep(0.02)
                return LLMResponse(content=f"{text}!")

            async def achat(self, config: ChatConfig) -> LLMResponse:
                return self.chat(config)

        return Echo()

    return RactoDaskCluster(client, make_kit=make_kit, retry_config=RetryConfig(initial_delay_s=0.05))


def asked(folder: Path) -> list[str]:
    return [line.rpartition(" ")[0] for line in (folder / "asked").read_text().splitlines()]


def test_a_frame_is_answered_in_order_and_gone_on_with(client: object, tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    frame = pl.DataFrame({"text": ["a", "b", None, "refuse", "busy", "a"]})
    answered = fleet(client, tmp_path).map_frame(frame, "text", chunk_size=2, checkpoint=path, timeout_s=200)
    assert list(answered["answer"]) == ["a!", "b!", None, None, "busy!", "a!"]
    assert answered["error"][3] == "RactoGatewayBadRequestError: no"
    assert sorted(asked(tmp_path)) == ["a", "b", "busy", "busy", "refuse"]
    again = fleet(client, tmp_path).map_frame(frame.head(2), "text", checkpoint=path, timeout_s=200)
    assert list(again["answer"]) == ["a!", "b!"]
    assert len(asked(tmp_path)) == 5


async def test_a_worker_that_is_killed_loses_nothing(client: Any, tmp_path: Path):
    import asyncio

    frame = pl.DataFrame({"text": ["hold", *[f"row {number}" for number in range(20)]]})
    mapping = asyncio.create_task(fleet(client, tmp_path).amap_frame(frame, "text", chunk_size=1, timeout_s=200))
    while not (tmp_path / "asked").exists() or "hold" not in asked(tmp_path):  # noqa: ASYNC110  (another process writes it)
        await asyncio.sleep(0.02)
    held = next(line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("hold"))
    killed = int(held.rpartition(" ")[2])
    next(nanny for nanny in client.cluster.workers.values() if nanny.pid == killed).close_gracefully()  # nobody waits for another
    os.kill(killed, signal.SIGKILL)
    (tmp_path / "go").touch()
    answered = await mapping
    assert list(answered["answer"]) == ["hold!", *[f"row {number}!" for number in range(20)]]


def test_what_has_no_answer_when_a_call_ends_is_taken_back(client: Any, tmp_path: Path):
    mapper = fleet(client, tmp_path)
    frame = pl.DataFrame({"text": ["hold", "hold.", "hold..", "later"]})
    (tmp_path / "asked").touch()
    early = mapper.map_frame(frame, "text", chunk_size=1, checkpoint=tmp_path / "rows.jsonl", timeout_s=0)
    assert set(early["error"]) == {"not answered within 0 s. It was taken back: the same call asks it anew."}
    assert not mapper._port._futures
    (tmp_path / "go").touch()
    answered = mapper.map_frame(frame, "text", chunk_size=1, checkpoint=tmp_path / "rows.jsonl", timeout_s=200)
    assert list(answered["answer"]) == ["hold!", "hold.!", "hold..!", "later!"]
    assert 1 <= asked(tmp_path).count("later") <= 2  # a worker may have begun it just before it was taken back
    failed = mapper.map_frame(pl.DataFrame({"text": ["refuse"]}), "text", timeout_s=200)
    assert failed["error"][0] == "RactoGatewayBadRequestError: no"
    assert not mapper._port._futures


def test_a_kit_in_place_of_a_function_is_refused():
    with pytest.raises(WrongTypeError, match="make_kit is a function"):
        RactoDaskCluster("client", make_kit=FakeKit())
    with pytest.raises(WrongTypeError, match=r"takes a distributed\.Client, not str"):
        RactoDaskCluster("client", make_kit=FakeKit)
