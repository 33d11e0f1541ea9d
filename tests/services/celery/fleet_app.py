"""What the tests and the worker processes of a fleet import alike: an app on the broker of the test, and kits whose work is seen."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from celery import Celery

from racto_nb.celery import RactoCeleryWorker, RetryConfig
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.rag import Chunk, RactoRAG
from racto_nb.rag.embedders import BaseEmbedder
from racto_nb.rag.stores import DuckDBStore

FOLDER = Path(os.environ["FLEET_FOLDER"])
"""Where the kits write down what they do, and where the store is."""


def note(what: str) -> None:
    with (FOLDER / "notes").open("a") as notes:
        notes.write(f"{what} {os.getpid()}\n")


def notes(what: str) -> list[int]:
    """The processes that noted `what`, in their order."""
    path = FOLDER / "notes"
    lines = path.read_text().splitlines() if path.exists() else []
    return [int(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == what]


class NamedKit:
    """Answers as itself. A question that begins with `wait` is worked on until there is a file `go`, one that is `held` a file `gone`."""

    provider = "named"

    def __init__(self, model: str) -> None:
        self.model = model

    def chat(self, config: ChatConfig) -> LLMResponse:
        note(f"asked {config.user_message}")
        if config.user_message.startswith("wait"):
            note(f"began {config.user_message}")
            until_told("gone" if "held" in config.user_message else "go")
            note(f"ended {config.user_message}")
        return LLMResponse(content=f"{self.model}: {config.user_message}")

    async def achat(self, config: ChatConfig) -> LLMResponse:
        return await asyncio.to_thread(self.chat, config)


def until_told(name: str) -> None:
    while not (FOLDER / name).exists():
        time.sleep(0.02)


class HeldStore(DuckDBStore):
    """Puts chunks with `hold` in them into the file in two parts: the second one when there is a file `store it`."""

    def replace(self, source: str, chunks: list[Chunk]) -> None:
        if any("hold" in chunk.content for chunk in chunks):
            super().replace(source, chunks[:2])
            note("stored the first part")
            until_told("store it")
        super().replace(source, chunks)


class OwnEmbedder(BaseEmbedder):
    @property
    def dimension(self) -> int:
        return 2

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[1.0, float(len(text))] for text in texts]

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self.embed, texts)


app = Celery("fleet", broker=os.environ["FLEET_BROKER"], backend=os.environ["FLEET_BROKER"])
app.conf.update(
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 3, "unacked_restore_interval": 1, "unacked_restore_throttle": 1},
)
quick = RetryConfig(max_retries=1, initial_delay_s=0.1)
store = HeldStore(FOLDER / "store")
red = RactoCeleryWorker(
    app, kit=NamedKit("red"), rag=RactoRAG(store, OwnEmbedder()), retry_config=quick, ingest_queue="documents"
)
blue = RactoCeleryWorker(app, kit=NamedKit("blue"), retry_config=quick, resend_after_s=8)
