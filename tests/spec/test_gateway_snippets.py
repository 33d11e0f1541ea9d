"""The documents' own code blocks on the Gateway and its adapters, run against a server on this machine.

They are read from the shared specification and skipped where it is missing. Only the package name is replaced; the address comes
from the environment, as users of a proxy give it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from shared_material import MISSING, shared_path

from racto_nb.exceptions import RetiredModelWarning
from racto_nb.testing import FakeProvider

FOUND = {"bugs": ["ZeroDivisionError if b is 0"], "severity": "high"}


@pytest.fixture(scope="module")
def originals() -> dict[int, str]:
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    blocks = json.loads((folder / "spec" / "snippets.json").read_text(encoding="utf-8"))
    return {block["id"]: block["code"].replace("ractogateway", "racto_nb") for block in blocks}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    with FakeProvider([json.dumps(FOUND), '{"bugs": []}'], keys=["sk-..."]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url("openai"))
        yield server


def run(code: str, number: int) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "block"}
    exec(compile(code, f"block {number}", "exec"), names)
    return names


def test_block_34_a_gateway_is_used_in_both_colours(originals: dict[int, str], provider: FakeProvider, capsys):
    with pytest.warns(RetiredModelWarning, match="gpt-4o is shut down"):
        names = run(originals[34], 34)
    assert capsys.readouterr().out == f"{FOUND}\n{ {'bugs': []} }\n"
    assert [request.json["messages"][1]["content"] for request in provider.requests] == [
        "Review: def div(a, b): return a / b",
        "Review: x = 1; del x; print(x)",
    ]
    assert provider.requests[0].json["messages"][0]["content"] == names["prompt"].compile().strip()
    assert provider.requests[0].authorized_with("sk-...")
    names["adapter"].close()
    asyncio.run(names["adapter"].aclose())


def test_block_30_messages_with_a_picture_are_built(originals: dict[int, str], tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sales_q4.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    names = run(originals[30], 30)
    system, question = names["messages"]
    assert (system["role"], question["role"]) == ("system", "user")
    assert {part["type"] for part in question["content"]} == {"image_url", "text"}
    assert names["OpenAILLMKit"].__name__ == "OpenAILLMKit"


def test_every_block_on_the_low_level_is_run_here(originals: dict[int, str]):
    low = re.compile(r"\bGateway\b|\w+LLMKit|racto_nb\.(adapters|gateway|_validation|_cot|_tool_runtime)\b")
    assert {number for number, code in originals.items() if low.search(code)} == {30, 34}
