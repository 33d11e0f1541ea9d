"""A provider of all wires on this machine, found through the environment as users of a proxy tell it, and a runner for blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from spec.originals import KEY, Runner

from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.huggingface import opening
from racto_nb.testing import FakeProvider

ADDRESSES = {
    "OPENAI_BASE_URL": "openai",
    "ANTHROPIC_BASE_URL": "anthropic",
    "GOOGLE_GEMINI_BASE_URL": "google",
    "OLLAMA_HOST": "ollama",
}
KEY_VARIABLES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "HF_TOKEN")
FOREIGN_VARIABLES = ("GOOGLE_API_KEY", "GOOGLE_GENAI_API_VERSION", "HUGGINGFACE_TOKEN", "OLLAMA_API_KEY")
FILES = ("photo.jpg", "report.pdf", "notes.txt", "chart.png", "sales_q4.png")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeProvider]:
    """Batches write their jobs down in a folder of the test. Hugging Face's router has no variable for its address: it is told that it stands here."""
    with FakeProvider() as running:
        for variable, wire in ADDRESSES.items():
            monkeypatch.setenv(variable, running.base_url(wire))
        for variable in KEY_VARIABLES:
            monkeypatch.setenv(variable, KEY)
        for variable in FOREIGN_VARIABLES:
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("RACTO_BATCH_DIR", str(tmp_path / "batches"))
        router = f"{running.base_url('huggingface')}/v1"
        monkeypatch.setattr(opening, "_ENTRANCE", dataclasses.replace(opening._ENTRANCE, address=router))
        monkeypatch.setattr(opening, "is_router", lambda address: address == router)
        yield running


@pytest.fixture
def run(server: FakeProvider) -> Iterator[Runner]:
    with closing(Runner(server)) as runner:
        yield runner


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the files that the blocks open; each holds its own name."""
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def prompt() -> RactoPrompt:
    """What blocks that go on from others find as `prompt`."""
    return RactoPrompt(role="You help.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")
