"""What the tests on Redis share: objects over a line that can be cut, and both colours of their methods."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from colours import run_unblocked
from cut_line import CutLine
from valkey_server import ValkeyServer

Did = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def did(request: pytest.FixtureRequest) -> Did:
    """`did(owner, "append", ...)` is what the method of one colour gives."""

    def plain(owner: Any, name: str, *values: Any, **options: Any) -> Any:
        return getattr(owner, name)(*values, **options)

    def awaited(owner: Any, name: str, *values: Any, **options: Any) -> Any:
        return run_unblocked(getattr(owner, f"a{name}")(*values, **options))

    return plain if request.param == "sync" else awaited


@pytest.fixture
def line(valkey: ValkeyServer) -> Iterator[CutLine]:
    with CutLine(valkey.port) as line:
        yield line


@pytest.fixture
def prefix() -> str:
    return f"test:{secrets.token_hex(6)}"
