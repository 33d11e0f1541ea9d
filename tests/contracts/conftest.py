"""The kits behind HTTP, each in both colours, with a server of its own; the caches; the vector stores in both colours."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from contracts.cache_table import CACHES, CacheEntry
from contracts.served_table import KEY, SERVED, Asynchronous, Served, Sync
from contracts.store_table import STORES, Face, Room, SharedThings, StoreEntry

from racto_nb.cache.exact import ExactCache
from racto_nb.kits.kit import DeveloperKit
from racto_nb.testing import FakeProvider

VARIABLES = (
    "OPENAI_BASE_URL",
    "ANTHROPIC_BASE_URL",
    "GOOGLE_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_GENAI_API_VERSION",
    "OLLAMA_HOST",
    "OLLAMA_API_KEY",
    "HF_TOKEN",
    "HUGGINGFACE_TOKEN",
)
Opened = tuple[FakeProvider, DeveloperKit]


@pytest.fixture(params=[Sync(), Asynchronous()], ids=lambda colour: colour.name)
def colour(request: pytest.FixtureRequest) -> Sync | Asynchronous:
    return request.param


@pytest.fixture(params=SERVED, ids=lambda served: served.name)
def served(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Served:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    served: Served = request.param
    if not served.takes_key:
        monkeypatch.setenv(served.key_variable, KEY)
    for gap, reason in served.gaps.items():
        name, _, part = gap.partition(":")
        if name == request.node.originalname and part in request.node.name:
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    return served


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


@pytest.fixture(params=CACHES, ids=lambda entry: entry.name)
def cache_entry(request: pytest.FixtureRequest) -> CacheEntry:
    return request.param


@pytest.fixture
def make(cache_entry: CacheEntry, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., ExactCache]]:
    made: list[ExactCache] = []
    served: dict[str, Any] = {}
    if cache_entry.served:
        served = {"url": request.getfixturevalue("valkey").url(), "key_prefix": f"test*{secrets.token_hex(6)}:exact"}

    def build(**options: Any) -> ExactCache:
        made.append(cache_entry.make(tmp_path, **served, **options))
        return made[-1]

    yield build
    for cache in made:
        getattr(cache, "close", lambda: None)()


@pytest.fixture
def cache(make: Callable[..., ExactCache]) -> ExactCache:
    return make()


@pytest.fixture(scope="session")
def shared_things() -> Iterator[SharedThings]:
    with ExitStack() as closing:
        yield SharedThings(closing)


@pytest.fixture(params=["sync", "async"])
def store_colour(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[pytest.param(entry, marks=entry.marks, id=entry.name) for entry in STORES])
def entry(request: pytest.FixtureRequest) -> StoreEntry:
    entry: StoreEntry = request.param
    entry.refuse_absent()
    for case, gap in entry.gaps.items():
        name, _, part = case.partition(":")
        if name == request.node.originalname and part in request.node.name:
            reason = f"{gap.kind}: {gap.reason}"
            request.applymarker(pytest.mark.xfail(strict=True, raises=gap.raises, reason=reason))
    return entry


@pytest.fixture
def make_store(
    entry: StoreEntry, store_colour: str, shared_things: SharedThings, tmp_path: Path
) -> Iterator[Callable[..., Face]]:
    """`make_store(colour=…, **options)`: a store of this test's room."""
    with ExitStack() as closing:
        room = Room(tmp_path, f"racto{secrets.token_hex(6)}", closing, shared_things)

        def build(colour: str = store_colour, **options: Any) -> Face:
            made = entry.make(room, **options)
            closing.callback(made.close)
            return Face(made, colour)

        yield build


@pytest.fixture
def store(make_store: Callable[..., Face]) -> Face:
    return make_store()
