"""Nothing of the environment, nor of a test before, says how calls are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from racto_nb._taping import TAPING


@pytest.fixture(autouse=True)
def _nothing_said_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("RACTO_REPLAY", "RACTO_REPLAY_FILE", "RACTO_REPLAY_USED", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    TAPING.set(None)
