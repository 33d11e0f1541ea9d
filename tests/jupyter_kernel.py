"""Drive a real kernel: send cells, look at what comes while they run, interrupt, and read values out of the notebook."""

from __future__ import annotations

import ast
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

LOAD = "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit, FakeReply"
SMALL = "embedded:smollm2-135m"


@dataclass(slots=True)
class Message:
    """One output message: its `kind`, its `content`, and when the kernel sent it, in seconds."""

    kind: str
    content: dict[str, Any]
    at: float


@dataclass(slots=True)
class Cell:
    """A cell that was sent, and everything that came of it so far."""

    key: str
    messages: list[Message] = field(default_factory=list[Message])
    reply: dict[str, Any] | None = None
    idle: bool = False

    @property
    def status(self) -> str:
        """`ok`, `error` or `aborted`."""
        return "unfinished" if self.reply is None else self.reply["status"]

    @property
    def shown(self) -> list[Message]:
        """The displays and their updates, in order."""
        return [message for message in self.messages if "data" in message.content]

    @property
    def kinds(self) -> list[str]:
        """The kinds of all output messages, in order."""
        return [message.kind for message in self.messages]

    @property
    def text(self) -> str:
        """The text twin of the last display."""
        return self.shown[-1].content["data"]["text/plain"]

    @property
    def html(self) -> str:
        """The HTML of the last display."""
        return self.shown[-1].content["data"]["text/html"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors that the cell displayed."""
        return [message.content for message in self.messages if message.kind == "error"]

    @property
    def end(self) -> str:
        """The last that is known about the cell, in a few lines."""
        return f"{self.status}, {len(self.messages)} messages, the last: {str(self.messages[-1:])[-600:]}"

    def written(self, stream: str) -> str:
        """What went to `stdout` or `stderr`."""
        return "".join(m.content["text"] for m in self.messages if m.kind == "stream" and m.content["name"] == stream)


class Kernel:
    """A running kernel and one client of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, log: Path) -> None:
        self.manager = manager
        self.client = client
        self.log = log
        self._cells: dict[str, Cell] = {}

    @property
    def pid(self) -> int:
        """The process id of the kernel."""
        return self.manager.provisioner.pid  # type: ignore[union-attr,attr-defined]

    def send(self, code: str) -> Cell:
        """Send a cell, as Run All does: an error before it aborts it. Does not wait."""
        cell = Cell(self.client.execute(code, store_history=True, allow_stdin=False, stop_on_error=True))
        self._cells[cell.key] = cell
        return cell

    def wait(self, cell: Cell, *, timeout: float = 120) -> Cell:
        """Wait until `cell` has ended and its last output has come."""
        self.until(cell, lambda: cell.idle, timeout=timeout)
        while cell.reply is None:
            reply = self.client.get_shell_msg(timeout=timeout)
            if (owner := self._cells.get(reply["parent_header"].get("msg_id"))) is not None:
                owner.reply = reply["content"]
        return cell

    def until(self, cell: Cell, condition: Callable[[], bool], *, timeout: float = 120) -> None:
        """Read output until `condition()` holds; fails when `cell` ends before."""
        end = time.monotonic() + timeout
        while not condition():
            if cell.idle:
                raise AssertionError(f"the cell ended first: {cell.end}")
            try:
                self._take(self.client.get_iopub_msg(timeout=max(0.0, end - time.monotonic())))
            except Empty:
                raise AssertionError(f"it did not come in {timeout} s: {cell.end}") from None

    def run(self, code: str, *, timeout: float = 120) -> Cell:
        """Send a cell and wait for its end."""
        return self.wait(self.send(code), timeout=timeout)

    def ok(self, code: str, *, timeout: float = 120) -> Cell:
        """Run a cell that must succeed."""
        cell = self.run(code, timeout=timeout)
        assert cell.status == "ok", cell.reply
        return cell

    def all(self, *codes: str) -> list[Cell]:
        """Run All: queue every cell, then wait for each.

        A cell that computes for a moment goes first: one that fails at once would else have failed before the next is queued, and
        only queued cells are aborted.
        """
        before = self.send("import time; time.sleep(0.3)")
        cells = [self.send(code) for code in codes]
        self.wait(before)
        return [self.wait(cell) for cell in cells]

    def value(self, expression: str) -> Any:
        """The value of a Python expression in the notebook, by way of JSON."""
        key = self.client.execute(
            "", silent=True, user_expressions={"value": f"__import__('json').dumps({expression}, default=str)"}
        )
        reply = self.client.get_shell_msg(timeout=60)
        while reply["parent_header"].get("msg_id") != key:
            reply = self.client.get_shell_msg(timeout=60)
        found = reply["content"]["user_expressions"]["value"]
        assert found["status"] == "ok", found
        return json.loads(ast.literal_eval(found["data"]["text/plain"]))

    def interrupt(self) -> float:
        """Send SIGINT; the time at which it was sent, on the clock that `time.monotonic` shows in the kernel too."""
        at = time.monotonic()
        self.manager.interrupt_kernel()
        return at

    def _take(self, message: Mapping[str, Any]) -> None:
        cell = self._cells.get(message["parent_header"].get("msg_id"))
        if cell is None:
            return
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            cell.idle = cell.idle or content["execution_state"] == "idle"
        elif kind != "execute_input":
            cell.messages.append(Message(kind, content, _seconds(message["header"]["date"])))


def _seconds(date: datetime | str) -> float:
    return (date if isinstance(date, datetime) else datetime.fromisoformat(date)).timestamp()


@contextmanager
def running_kernel(folder: Path, *, load: str = LOAD, **environment: str) -> Iterator[Kernel]:
    """A kernel with its own settings and history in `folder`; ended when the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {name: str(folder / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
    manager = KernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"))
    log = folder / "kernel.log"
    with log.open("wb") as output:  # open as long as the kernel: a restart writes there again
        manager.start_kernel(env={**os.environ, **places, **environment}, stdout=output, stderr=output, cwd=str(folder))
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            kernel = Kernel(manager, client, log)
            if load:
                kernel.ok(load)
            yield kernel
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def paced(pieces: int, *, delay: float = 0.01) -> str:
    """Source of a FakeReply with many short paced pieces."""
    return f"FakeReply(tuple(f'word{{n}} ' for n in range({pieces})), delay={delay})"


def most_in_a_second(messages: list[Message]) -> int:
    """The most messages in any window of one second."""
    times = [message.at for message in messages]
    return max((sum(start <= at < start + 1 for at in times) for start in times), default=0)
