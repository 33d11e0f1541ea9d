"""A model that does not fit is refused before it is loaded, and its context counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_engine import FakeEngine

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.client import EmbeddedPort
from racto_nb.providers.embedded.facts import ModelCard
from racto_nb.providers.embedded.hosting import ModelPool
from racto_nb.providers.embedded.registry import ReadyModel
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.wire import Request

CARD = ModelCard(
    name="tiny", kind="chat", title="Tiny", licence="none", files=(), window=2048, default_context=512, note="", memory=1_000_000
)
ASK = Request("tiny", {"messages": []})


class Bench:
    """Ports on one pool, and the models they opened."""

    def __init__(self) -> None:
        self.pool = ModelPool()
        self.opened: list[Any] = []

    def port(self, **options: Any) -> EmbeddedPort:
        def open_engine(*where: Any) -> FakeEngine:
            self.opened.append(where)
            return FakeEngine()

        ready = ReadyModel(CARD, (Path("tiny.gguf"),))
        return EmbeddedPort(lambda *_: ready, SilentReporter(), pool=self.pool, open_engine=open_engine, **options)


def test_a_model_that_needs_more_than_the_limit_is_refused_before_it_is_loaded():
    bench = Bench()
    with pytest.raises(EngineError, match="tiny needs about 1 MB of memory, more than the 0 MB that memory_limit allows"):
        bench.port(memory_limit=500).send(ASK)
    assert bench.opened == []


def test_a_larger_context_needs_more_memory():
    bench = Bench()
    limit = CARD.memory + 100 * CARD.memory_per_token
    bench.port(context=612, memory_limit=limit).send(ASK)
    with pytest.raises(EngineError, match="memory_limit allows"):
        bench.port(context=613, memory_limit=limit).send(ASK)


def test_the_users_limit_holds_for_a_model_that_is_loaded_already():
    bench = Bench()
    first = bench.port()
    first.send(ASK)
    with pytest.raises(EngineError, match="memory_limit allows"):
        bench.port(memory_limit=500).send(ASK)


def test_what_is_free_does_not_matter_to_a_model_that_is_loaded_already(monkeypatch: pytest.MonkeyPatch):
    bench = Bench()
    first = bench.port()
    first.send(ASK)
    monkeypatch.setattr("racto_nb.providers.embedded.client.free_memory", lambda: 0)
    assert bench.port().send(ASK)
    with pytest.raises(EngineError, match="this machine has free"):
        bench.port(context=1024).send(ASK)
