"""What a streamed answer costs: messages, bytes and kernel time of `%%racto`, in a real kernel, without a model.

Fails (exit code 1) when the text does not arrive whole, when more than 20 messages come in any second, or when 5 MB or more
are sent. Kernel time is also given as a ratio to a bare loop that takes the same pieces from the same kit and only joins them,
run right before in the same kernel, so that the figure says something on any machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contenders.telling import figure
from jupyter_client.manager import KernelManager

MOST_MESSAGES = 20
MOST_BYTES = 5_000_000
LONGEST = 300

SETUP = """
%load_ext racto_nb
import time
from racto_nb.models.chat import ChatConfig
from racto_nb.testing import FakeKit, FakeReply
def kit_of(tokens, delay):
    pieces = tuple(f"tok{n % 997:03d} " for n in range(tokens))
    return FakeKit([FakeReply(pieces, delay=delay)], repeat_last=True)
def bare(kit):
    return "".join(chunk.delta.text for chunk in kit.stream(ChatConfig(user_message="go")))
def cpu(): return time.process_time()
kit = kit_of(10, 0.0)
bare(kit)
"""


@dataclass(frozen=True, slots=True)
class Load:
    """How many tokens come, and how fast (0: at once)."""

    name: str
    tokens: int
    rate: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one answer cost."""

    complete: bool
    messages: int
    busiest: int
    size: int
    seconds: float
    bare_seconds: float


LOADS = (Load("20,000 tokens at once", 20_000, 0), Load("2,000 tokens at 200 a second", 2_000, 200))


class Kernel:
    """A kernel with private settings and one client."""

    def __init__(self, folder: Path) -> None:
        places = {name: str(folder / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")}
        environment = {name: value for name, value in os.environ.items() if name != "RACTO_DISPLAY"} | places
        self._manager = KernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"))
        with (folder / "kernel.log").open("wb") as log:
            self._manager.start_kernel(env=environment, stdout=log, stderr=log)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run a cell that must succeed; its output messages."""
        messages: list[dict[str, Any]] = []
        reply = self._client.execute_interactive(code, output_hook=messages.append, timeout=LONGEST, allow_stdin=False)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{code!r} failed: {reply['content']}")
        return [message for message in messages if message["msg_type"] not in {"status", "execute_input"}]

    def value(self, expression: str) -> Any:
        """The value of an expression, by way of JSON on the standard output."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))")[0]["content"]["text"])

    def stop(self) -> None:
        """End the kernel."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def measured(kernel: Kernel, load: Load) -> Measured:
    """One answer without and one with the display."""
    delay = 1 / load.rate if load.rate else 0.0
    kernel.run(
        f"kit = kit_of({load.tokens}, {delay})\nbegan = cpu(); expected = bare(kit); joined = cpu() - began; began = cpu()"
    )
    shown = kernel.run("%%racto --model kit\ngo")
    kernel.run("took = cpu() - began")
    text = shown[-1]["content"]["data"]["text/plain"].rpartition("\n\n— ")[0]
    times = [message["header"]["date"].timestamp() for message in shown]
    return Measured(
        complete=kernel.value("_racto.text == expected") and text == kernel.value("expected"),
        messages=len(shown),
        busiest=max(sum(start <= at < start + 1 for at in times) for start in times),
        size=sum(len(part.encode()) for message in shown for part in message["content"]["data"].values()),
        seconds=kernel.value("took"),
        bare_seconds=kernel.value("joined"),
    )


def kept(name: str, got: Measured) -> bool:
    """Whether every limit was kept."""
    missed = [
        figure(f"{name}: text that is whole", int(got.complete), "of 1", at_least=1),
        figure(f"{name}: messages in the busiest second", got.busiest, "messages", at_most=MOST_MESSAGES),
        figure(f"{name}: sent", got.size / 1e6, "MB", at_most=MOST_BYTES / 1e6),
    ]
    beside = f"{got.seconds:.2f} s beside {got.bare_seconds:.2f} s"
    figure(f"{name}: kernel, to a loop that joins the pieces", got.seconds / got.bare_seconds, told=beside)
    return not any(missed)


def table(rows: list[tuple[Load, Measured]]) -> str:
    """The figures, one line per load."""
    heads = ("load", "complete", "messages", "most in 1 s", "MB sent", "kernel CPU s", "bare loop CPU s", "ratio")
    lines = [heads] + [
        (
            load.name,
            "yes" if got.complete else "NO",
            str(got.messages),
            str(got.busiest),
            f"{got.size / 1e6:.2f}",
            f"{got.seconds:.2f}",
            f"{got.bare_seconds:.2f}",
            f"{got.seconds / got.bare_seconds:.1f}",
        )
        for load, got in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def main() -> int:
    """Measure, print, and judge."""
    with tempfile.TemporaryDirectory() as folder:
        kernel = Kernel(Path(folder))
        try:
            kernel.run(SETUP)
            kernel.run("%%racto --model kit\nwarm up: imports and the first rendering")
            rows = [(load, measured(kernel, load)) for load in LOADS]
        finally:
            kernel.stop()
    print(table(rows))
    broken = [load.name for load, got in rows if not kept(load.name, got)]
    print(f"limits: text complete, at most {MOST_MESSAGES} messages a second, less than {MOST_BYTES / 1e6:.0f} MB:", end=" ")
    print(f"BROKEN by {', '.join(broken)}" if broken else "kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
