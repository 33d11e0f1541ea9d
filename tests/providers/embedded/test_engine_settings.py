"""How the engine is set up: each setting that nobody would miss until it hurts, held by a test."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from racto_nb.providers.embedded.engine import EngineOptions, XllamaEngine, usable_cores
from racto_nb.providers.embedded.registry import Registry

QUESTIONS = ["Who are you? Who created you?", "What is a database index?"]


class Params:
    """Notes every parameter that is set."""

    def __init__(self) -> None:
        self.model, self.cpuparams, self.cpuparams_batch = SimpleNamespace(), SimpleNamespace(), SimpleNamespace()


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands for xllamacpp; `kept` holds the parameters of the servers that were opened."""
    kept: list[Params] = []
    fake = SimpleNamespace(CommonParams=Params, kept=kept, Server=kept.append)
    monkeypatch.setitem(sys.modules, "xllamacpp", fake)
    return fake


def opened(library: SimpleNamespace, *, threads: int | None = None) -> Any:
    XllamaEngine(Path("weights.gguf"), "tiny", EngineOptions(512, threads))
    return library.kept[-1]


def test_no_old_prompts_are_kept_in_memory(library: SimpleNamespace):
    assert opened(library).cache_ram_mib == 0


def test_every_engine_has_a_secret_of_its_own(library: SimpleNamespace):
    keys = [opened(library).api_keys for _ in range(2)]
    assert all(len(one) == 1 and len(one[0]) == 48 for one in keys)
    assert keys[0] != keys[1]


@pytest.mark.parametrize(("threads", "expected"), [(None, usable_cores()), (3, 3)])
def test_the_threads_are_the_wanted_ones_or_all_cores(library: SimpleNamespace, threads: int | None, expected: int):
    params = opened(library, threads=threads)
    assert (params.cpuparams.n_threads, params.cpuparams_batch.n_threads, params.n_ctx) == (expected, expected, 512)


@pytest.mark.parametrize(("before", "during"), [(None, "0"), ("100", "100")])
def test_waiting_threads_do_not_spin_unless_the_user_said_so_before(
    monkeypatch: pytest.MonkeyPatch, before: str | None, during: str
):
    seen: list[str | None] = []

    class Noting:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "xllamacpp":
                seen.append(os.environ.get("GOMP_SPINCOUNT"))
                raise ModuleNotFoundError(name=name)

    monkeypatch.setenv("GOMP_SPINCOUNT", before or "")
    if before is None:
        monkeypatch.delenv("GOMP_SPINCOUNT")
    monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Noting(), *sys.meta_path])
    with pytest.raises(ImportError):
        XllamaEngine(Path("weights.gguf"), "tiny", EngineOptions(512))
    assert seen == [during]


@pytest.fixture(scope="module")
def engine() -> Iterator[XllamaEngine]:
    running = XllamaEngine(Registry.standard().ensure("smollm2-135m").path, "smollm2-135m", EngineOptions(512))
    yield running
    running.close()


@pytest.mark.model
def test_nobody_else_may_use_the_engines_port(engine: XllamaEngine):
    address = engine._server.listening_address
    assert address.startswith("http://127.0.0.1:")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for request in (
        urllib.request.Request(f"{address}/v1/chat/completions", data=b"{}"),
        urllib.request.Request(f"{address}/v1/models"),
    ):
        with pytest.raises(urllib.error.HTTPError) as caught, opener.open(request, timeout=60):
            pass
        caught.value.close()
        assert caught.value.code == 401


@pytest.mark.model
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_empty_system_turn_keeps_the_templates_own_words_out(engine: XllamaEngine, question: str):
    """The template's own system text alone has more than fifteen tokens."""
    user = {"role": "user", "content": question}
    assert tokens(engine, [{"role": "system", "content": ""}, user]) < tokens(engine, [user]) - 12


def tokens(engine: XllamaEngine, messages: list[dict[str, str]]) -> int:
    """The tokens of the whole prompt, with the template's."""
    counts: list[int] = []

    def receive(event: dict[str, Any]) -> bool:
        counts.extend([event["usage"]["prompt_tokens"]] if event.get("usage") else [])
        return False

    asked = {"messages": messages, "max_tokens": 1, "stream": True, "stream_options": {"include_usage": True}}
    engine.generate(asked, receive)
    return counts[-1]
