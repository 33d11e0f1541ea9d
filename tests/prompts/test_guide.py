"""The guide on prompts: its Python blocks run in order, as a reader would run them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "prompts.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_every_python_block_of_the_guide_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "guide"}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"block {number} of {GUIDE.name}", "exec"), names)
    shown = capsys.readouterr().out
    assert len(BLOCKS) == 6
    assert "Did you mean 'constraints'" in shown
    assert "ollama cannot carry the file ('lease.pdf', application/pdf)" in shown
