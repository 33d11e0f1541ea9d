"""What a streamed chunk of each served kit costs beside one of the vendor's SDK: processor time and memory, as ratios.

One server of canned replies, a process of its own, sends a stream in one burst, each event in an HTTP chunk of its own. Both
sides read it to the end in turns, the SDK's as its typed events. Goals: at most 0.35 of the SDK's time a chunk (OpenAI and
Anthropic; the others 1.0), 20,000 chunks at most 1.10 times as dear each as 5,000, and at most half of the SDK's memory for a
list of 20,000 kept chunks, measured as what a fresh process grows by. A chunk object costs at most what a slots dataclass with
its fields does. `--quick` reads OpenAI's chat alone, and the SDK's stream and kept chunks are a quarter as many.

Two columns say how to read a ratio. `body` is the cost of reading the bytes of the stream through the kit's HTTP library and of
doing nothing with them: no ratio can be below it. `helper` is the ratio to the SDK's own helper that, as the kits do, also keeps
the text so far and ends with the whole answer; only those of OpenAI and Anthropic have one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contenders.served import CONFIG, CONTENDERS, Contender
from contenders.telling import figure
from contenders.timing import in_turns, ratio, rounds_of
from servers.running import canned

from racto_nb.models.stream import StreamChunk, StreamDelta, Transcript

FEW, MANY = 5_000, 20_000
ROUNDS = 7
PROCESSES = 3
OBJECTS = 50_000
GROWTH, MEMORY, OBJECT = 1.10, 0.5, 1.0
QUICK = ("OpenAI Chat",)
HERE = Path(__file__).parent


def counted(count: int, read: Callable[[], int]) -> Callable[[], None]:
    """`read`, which has to see so many chunks with text: else the sides do not do the same."""

    def checked() -> None:
        if (seen := read()) != count:
            message = f"{seen} chunks with text in place of {count}"
            raise RuntimeError(message)

    return checked


def body_of(kit: Any) -> Callable[[], int]:
    """What reads the bytes of a stream as the kit does, and nothing more."""
    service, wire, specs = kit._port.service, kit._provider.wire, kit._provider.specs
    request = wire.request_from(CONFIG, specs.chat_spec(kit.model), stream=True)

    def read() -> int:
        held = kit._port.pool.take()
        with closing(service.posted(held.client, request)) as response:
            pieces = sum(1 for _ in response.iter_bytes())
        kit._port.pool.give_back(held)
        return pieces

    return read


def measured(contender: Contender, url: str, count: int) -> bool:
    """Print the figures for one API, with so many chunks of the SDK: MANY, or FEW. Whether a goal was missed."""
    few, many = contender.kit(f"{url}/s{FEW}"), contender.kit(f"{url}/s{MANY}")
    with (
        few,
        many,
        closing(contender.client(f"{url}/s{count}")) as client,
        closing(contender.client(f"{url}/s{FEW}")) as other,
    ):
        sides: dict[str, Callable[[], object]] = {
            "few": counted(FEW, lambda: sum(bool(chunk.delta.text) for chunk in few.stream(CONFIG))),
            "many": counted(MANY, lambda: sum(bool(chunk.delta.text) for chunk in many.stream(CONFIG))),
            "sdk": counted(count, lambda: sum(bool(contender.said(event)) for event in contender.stream(client))),
            "body": body_of(few if count == FEW else many),
        }
        if contender.helper is not None:
            sides["helper"] = lambda: contender.helper(other)
        seconds = in_turns(sides, rounds=ROUNDS)
    ours = seconds["few" if count == FEW else "many"]
    mine, theirs = (statistics.median(side) / count * 1e6 for side in (ours, seconds["sdk"]))
    times, growth = ratio(ours, seconds["sdk"]), ratio(seconds["many"], seconds["few"]) * FEW / MANY
    memory = [kept(f"{url}/s{count}", side, contender) for side in ("ours", "sdk")]
    body, share = ratio(seconds["body"], seconds["sdk"]), memory[0] / memory[1]
    helper = f"{ratio(seconds['few'], seconds['helper']):.3f}" if "helper" in seconds else "-"
    beside = f"{mine:.1f} µs beside {theirs:.1f} µs; the bytes alone {body:.3f}"
    missed = figure(f"{contender.name}: a chunk, to the SDK", times, at_most=contender.goal, told=beside)
    sizes = f"{MANY:,} chunks beside {FEW:,}"
    missed |= figure(f"{contender.name}: a chunk of a long stream, to one of a short", growth, at_most=GROWTH, told=sizes)
    held = f"{memory[0] / 1024:.1f} MB beside {memory[1] / 1024:.1f} MB"
    missed |= figure(f"{contender.name}: memory of kept chunks, to the SDK", share, at_most=MEMORY, told=held)
    print(f"{contender.name:18}{mine:8.1f}{theirs:8.1f}{times:8.3f}{contender.goal:6.2f}{body:8.3f}{helper:>8}", end="")
    print(f"{growth:8.2f}{memory[0] / 1024:9.1f}{memory[1] / 1024:8.1f}{share:7.2f}{'  missed' if missed else ''}")
    return missed


def kept(url: str, side: str, contender: Contender) -> float:
    """Kilobytes by which a fresh process grows when it keeps all chunks: the median over several."""
    command = [sys.executable, "-m", "contenders.keeping", contender.name, side, url]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    told = [
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
        for _ in range(rounds_of(PROCESSES))
    ]
    return statistics.median(map(int, told))


@dataclass(slots=True)
class PlainDelta:
    text: str = ""
    thinking: str = ""
    tool_call_id: str | None = None
    tool_call_name: str | None = None
    tool_call_args_fragment: str | None = None


@dataclass(slots=True)
class PlainChunk:
    delta: PlainDelta
    accumulated_text: str = ""
    accumulated_thinking: str = ""
    is_thinking: bool = False
    finish_reason: str | None = None
    tool_calls: list[object] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=dict)
    is_final: bool = False
    parsed: object = None
    raw: object = None


def chunk_object() -> bool:
    """Print what making a chunk costs beside a dataclass with its fields; whether the goal was missed."""
    said, thought, event = Transcript(["the"]), Transcript(), b"{}"
    sides = {
        "ours": lambda: StreamChunk(StreamDelta("the", ""), is_thinking=False, raw=event).after(said, 1, thought, 0),
        "plain": lambda: PlainChunk(PlainDelta("the", ""), "the", "", is_thinking=False, raw=event),
    }
    seconds = in_turns(
        {name: lambda make=make: timeit.timeit(make, number=OBJECTS) for name, make in sides.items()}, rounds=ROUNDS
    )
    mine, plain = (statistics.median(seconds[side]) / OBJECTS * 1e9 for side in sides)
    times = ratio(seconds["ours"], seconds["plain"])
    print(
        f"a chunk object: {mine:.0f} ns, a slots dataclass with its fields {plain:.0f} ns, {times:.2f} times (goal {OBJECT:.2f})"
    )
    return figure("a chunk object, to a slots dataclass", times, at_most=OBJECT, told=f"{mine:.0f} ns beside {plain:.0f} ns")


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print a table, and return 1 when a goal is missed."""
    quick = "--quick" in arguments
    known = [contender for contender in CONTENDERS if contender.name in QUICK] if quick else CONTENDERS
    count = FEW if quick else MANY
    print(f"µs a chunk of {count:,}; growth: each of {MANY:,} to each of {FEW:,} (goal {GROWTH:.2f}); ", end="")
    print(f"MB for {count:,} kept (goal {MEMORY:.2f})")
    names = f"{'ours':>8}{'SDK':>8}{'ratio':>8}{'goal':>6}{'body':>8}{'helper':>8}{'growth':>8}"
    print(f"{'':18}{names}{'ours MB':>9}{'SDK MB':>8}{'ratio':>7}")
    with canned() as url:
        missed = [measured(contender, url, count) for contender in known]
    return int(any([*missed, chunk_object()]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
