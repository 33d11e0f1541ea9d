"""TAB in a real kernel and in a real terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
from jupyter_kernel import Kernel, running_kernel

NAMES = """
from pydantic import BaseModel
import polars as pl
class Person(BaseModel):
    name: str
ann = Person(name="Ann")
table = pl.DataFrame({"colour": ["red"], "cost": [1]})
kit = FakeKit(["x"], repeat_last=True)
"""


def complete(kernel: Kernel, cell: str) -> dict[str, Any]:
    """The kernel's answer to TAB at `|`, or at the end of the cell."""
    before, _, after = cell.partition("|")
    key = kernel.client.complete(before + after, len(before))
    reply = kernel.client.get_shell_msg(timeout=60)
    while reply["parent_header"].get("msg_id") != key:
        reply = kernel.client.get_shell_msg(timeout=60)
    assert reply["content"]["status"] == "ok"
    return reply["content"]


def tab(kernel: Kernel, cell: str) -> list[str]:
    return complete(kernel, cell)["matches"]


@pytest.fixture(scope="module")
def notebook(kernel: Kernel) -> Kernel:
    kernel.ok(NAMES)
    return kernel


@pytest.mark.parametrize(
    ("cell", "offered"),
    [
        ("%%racto --mo", ["--model"]),
        ("%%racto --mo|\nthe body", ["--model"]),
        ("%%racto --model k", ["kit"]),
        ("%%racto --as=P", ["Person"]),
        ('%%racto --model "embedded:smol', ["embedded:smollm2-135m"]),
        ("%%racto\nWho is {{an|}}?", ["ann"]),
        ("%%racto\n{{ann.", ["name"]),
        ('%%racto\n{{table["co', ["colour", "cost"]),
        ("%racto hist", ["history"]),
        ("x = 1\n%racto use ki", ["kit"]),
        ("%%racto\nPers", []),
        ("%%racto\nimport o", []),
        ("%%racto\nann.", []),
    ],
)
def test_the_kernel_completes(notebook: Kernel, cell: str, offered: list[str]):
    assert tab(notebook, cell) == offered


def test_only_the_word_that_is_being_written_is_replaced(notebook: Kernel):
    found = complete(notebook, "%%racto --role x --mo| --json\nbody")
    assert (found["cursor_start"], found["cursor_end"]) == (17, 21)
    assert found["metadata"]["_jupyter_types_experimental"][0]["type"] == "param"


def test_python_is_completed_as_ever(notebook: Kernel):
    assert "ann" in tab(notebook, "an")
    assert "name" in "".join(tab(notebook, "ann.na"))


def test_tab_imports_no_provider_and_asks_nobody(notebook: Kernel):
    tab(notebook, "%%racto --model ")
    heavy = ["openai", "xllamacpp", "onnxruntime", "tokenizers", "httpx", "httpx2", "pandas", "genai_prices"]
    assert notebook.value(f"[name for name in {heavy!r} if name in __import__('sys').modules]") == []


def test_the_first_tab_after_loading_works(tmp_path: Path):
    with running_kernel(tmp_path, load="%load_ext racto_nb") as fresh:
        assert tab(fresh, "%%racto --mod") == ["--model"]
        assert "embedded:smollm2-135m" in tab(fresh, "%%racto --model ")
        assert fresh.value("[name for name in ('racto_nb.kits.kit', 'nh3') if name in __import__('sys').modules]") == []


def test_in_a_terminal_tab_writes_the_option_and_the_model(tmp_path: Path):
    environment = {
        **os.environ,
        "IPYTHONDIR": str(tmp_path),
        "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "RACTO_DISPLAY": "static",
    }
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--colors=nocolor", "--no-banner", "--no-confirm-exit"],
        env=environment,
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 160),
    )
    try:
        terminal.expect(r"In \[1\]:")
        terminal.send("%load_ext racto_nb\r")
        terminal.expect(r"In \[2\]:")
        terminal.send("from racto_nb.testing import FakeKit; mykit = FakeKit(['42 it is']); number = 6\r")
        terminal.expect(r"In \[3\]:")
        terminal.send("%%racto --mod\t")
        terminal.expect("el")
        terminal.send(" myk\t")
        terminal.expect("it")
        terminal.send("\r6 times {{numb\t")
        terminal.expect("er")
        terminal.send("}}?\r\r\r")
        terminal.expect("42 it is")
        terminal.expect(r"In \[4\]:")
        terminal.send("print('sent:', _racto.prompt_text.split(chr(10))[-1])\r")
        terminal.expect(r"sent: 6 times 6\?")
    finally:
        terminal.close(force=True)
