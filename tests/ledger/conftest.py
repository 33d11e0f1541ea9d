"""A ledger in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from racto_nb.ledger import Ledger, ledger_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def book(folder: Path) -> Iterator[Ledger]:
    with ledger_at(folder) as opened:
        assert opened is not None
        yield opened
        opened.close()
