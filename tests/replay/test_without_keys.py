"""What is replayed needs neither a key nor a library nor a model."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from contracts.served_table import KEY

from racto_nb import anthropic_developer_kit, google_developer_kit, huggingface_developer_kit, openai_developer_kit
from racto_nb.exceptions import MissingExtraError, RactoGatewayAuthError, ReplayMissError
from racto_nb.kits.opening import open_kit
from racto_nb.models import ChatConfig
from racto_nb.replay import record, replay
from racto_nb.testing import FakeProvider, forbid_network

ASK = ChatConfig(user_message="What is 2 + 2?")
NEED_KEYS = (openai_developer_kit, anthropic_developer_kit, google_developer_kit, huggingface_developer_kit)


@pytest.mark.parametrize("face", NEED_KEYS, ids=lambda face: face.__name__)
def test_a_kit_opens_without_a_key_where_calls_are_replayed(face, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "HF_TOKEN", "HUGGINGFACE_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    with replay(tmp_path / "t.jsonl", mode="auto"):
        face.Chat()
    with replay(tmp_path / "t.jsonl"):
        face.Chat()
    with record(tmp_path / "t.jsonl"), pytest.raises(RactoGatewayAuthError):
        face.Chat()
    with pytest.raises(RactoGatewayAuthError):
        face.Chat()


@pytest.mark.parametrize("name", ["openai", "anthropic", "google", "huggingface", "ollama"])
def test_a_kit_opens_without_its_library_where_calls_are_replayed(name, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "HF_TOKEN"):
        monkeypatch.setenv(variable, KEY)

    with pytest.raises(MissingExtraError):
        open_kit(f"{name}:")
    with replay(tmp_path / "t.jsonl"):
        open_kit(f"{name}:")


SCRIPT = """
import sys
{block}
from racto_nb import openai_developer_kit as gpt
from racto_nb.testing import FakeProvider, forbid_network
with forbid_network(allow_loopback=False):
    kit = gpt.Chat(base_url="http://127.0.0.1:9/v1")
    print("".join(chunk.delta.text for chunk in kit.stream(gpt.ChatConfig(user_message="What is 2 + 2?"))))
print([name for name in ("openai", "httpx2", "numpy", "xllamacpp") if name in sys.modules])
"""
BLOCKED = """
class Blocked:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {"openai", "httpx", "httpx2", "xllamacpp", "onnxruntime"}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Blocked())
"""


def test_a_plain_script_is_replayed_by_the_environment_without_key_library_or_network(tmp_path: Path):
    tape = tmp_path / "t.jsonl"
    with FakeProvider(["Four it is."]) as server, record(tape):
        kit = openai_developer_kit.Chat(api_key=KEY, base_url=server.base_url("openai"))
        list(kit.stream(ASK))

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT.replace("{block}", BLOCKED)],
        env={"RACTO_REPLAY": f"replay:{tape}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout == "Four it is.\n[]\n"


def test_a_miss_reaches_nobody(tmp_path: Path):
    (tmp_path / "t.jsonl").write_text('{"format":"racto-nb replay","version":1}\n')

    with replay(tmp_path / "t.jsonl"), forbid_network(allow_loopback=False):
        kit = openai_developer_kit.Chat()
        with pytest.raises(ReplayMissError, match="holds no recording yet"):
            kit.chat(ASK)
