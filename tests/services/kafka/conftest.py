"""No test writes into the user's data folder, and what the library leaves behind is swept up where it cannot connect."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACTO_KAFKA_DIR", str(tmp_path / "kafka"))


@pytest.fixture(scope="module")
def swept() -> Iterator[None]:
    """kafka-python forgets sockets that it was connecting when it was closed."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
