"""Each test of the drivers runs in both colours; code of ours that blocks an event loop fails its test."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx
from colours import COLOURS, Colour, ScriptedPort


@pytest.fixture(params=COLOURS, ids=lambda colour: colour.name)
def driver(request: pytest.FixtureRequest) -> Colour:
    return request.param


@pytest.fixture
def port() -> ScriptedPort:
    return ScriptedPort()


@pytest.fixture(autouse=True)
def _unblocked() -> Iterator[None]:
    with blockbuster_ctx("racto_nb"):
        yield


@pytest.fixture
def no_new_threads() -> Iterator[None]:
    """Every thread that the test starts must have ended with it."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
