"""An adapter at a server on this machine, for each provider and both ways to call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from adapters.adapter_table import ENTRIES, WAYS, Asynchronous, Entry, Sync


@pytest.fixture
def room() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry.adapter_class.__name__)
def entry(request: pytest.FixtureRequest) -> Entry:
    return request.param


@pytest.fixture(params=WAYS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Sync | Asynchronous:
    return request.param
