"""Costs in a real kernel: what cells cost, a budget, and a ledger that a killed kernel leaves whole."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from jupyter_kernel import Kernel, running_kernel

from racto_nb.ledger import Ledger


def test_cells_are_counted_and_shown(kernel: Kernel, tmp_path: Path):
    kernel.ok(f"from racto_nb import ledger\n_ = ledger.use({str(tmp_path)!r})\nkit = FakeKit(['4', '5', '6'])")
    kernel.ok("%%racto --model kit\nWhat is 2 + 2?")
    kernel.ok("%%racto --model kit --background --into later\nWhat is 2 + 3?")
    kernel.ok("later.result(20)")
    cell = kernel.ok("%racto cost")
    assert "for 2 calls (this session)" in cell.text
    assert "<table" in cell.html
    assert Ledger(tmp_path).total().calls == 2


def test_a_chart_is_a_plotly_figure_and_a_picture_above_a_table(kernel: Kernel, tmp_path: Path):
    kernel.ok(f"from racto_nb import ledger\n_ = ledger.use({str(tmp_path)!r})\nkit = FakeKit(['4'])")
    kernel.ok("%%racto --model kit\nWhat is 2 + 2?")
    cell = kernel.ok("%racto cost chart")
    (shown,) = cell.shown
    assert {"application/vnd.plotly.v1+json", "text/html", "text/plain"} == set(shown.content["data"])
    assert cell.html.index("<img") < cell.html.index("<table")
    assert kernel.value("'plotly' in __import__('sys').modules") is False


def test_a_budget_of_the_session_fails_the_cell_that_would_exceed_it(kernel: Kernel):
    kernel.ok("from racto_nb import Budget, budgets\nbudgets.use(Budget(max_tokens=10))\nkit = FakeKit(['4'])")
    cell = kernel.run("%%racto --model kit\nWhat is 2 + 2?")
    kernel.ok("%racto budget off")
    assert cell.status == "error"
    assert cell.errors[0]["ename"] == "BudgetExceededError"
    assert "Nothing was sent." in cell.errors[0]["evalue"]
    kernel.ok("%%racto --model kit\nWhat is 2 + 2?")


def test_a_kernel_that_is_killed_leaves_every_row_of_a_call_that_had_returned(tmp_path: Path):
    with running_kernel(tmp_path / "kernel", RACTO_LEDGER=str(tmp_path / "ledger")) as kernel:
        kernel.ok("from racto_nb.models import ChatConfig\nkit = FakeKit(['4'], repeat_last=True)")
        kernel.ok("for n in range(50):\n    _ = kit.chat(ChatConfig(user_message=str(n)))")
        os.kill(kernel.pid, signal.SIGKILL)
    assert Ledger(tmp_path / "ledger").total().calls == 50
