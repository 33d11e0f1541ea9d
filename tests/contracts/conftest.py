"""The kits behind HTTP, each in both colours, with a server of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from contracts.served_table import SERVED, Asynchronous, Served, Sync

from racto_nb.kits.kit import DeveloperKit
from racto_nb.testing import FakeProvider

Opened = tuple[FakeProvider, DeveloperKit]


@pytest.fixture(params=[Sync(), Asynchronous()], ids=lambda colour: colour.name)
def colour(request: pytest.FixtureRequest) -> Sync | Asynchronous:
    return request.param


@pytest.fixture(params=SERVED, ids=lambda served: served.name)
def served(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Served:
    if reason := request.param.gaps.get(request.node.originalname):
        pytest.skip(f"{request.param.name}: {reason}")
    for name in ("OPENAI_BASE_URL", "OLLAMA_HOST", "OLLAMA_API_KEY", "HUGGINGFACE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return request.param


@pytest.fixture
def opened(served: Served) -> Iterator[Callable[..., Opened]]:
    """`opened(replies, server={...}, **options)`: a server and a kit that talks to it."""
    with ExitStack() as room:

        def start(replies: Any = ("Hello there, friend",), *, server: dict[str, Any] | None = None, **options: Any) -> Opened:
            running = room.enter_context(FakeProvider(replies, **({"repeat_last": True} | (server or {}))))
            kit = served.open(running, **options)
            room.callback(kit.close)
            return running, kit

        yield start
