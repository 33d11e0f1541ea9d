"""What a call of each served kit costs beside the same call of the vendor's SDK: processor time of this process, as a ratio.

Both ask one server of canned replies, a process of its own, over kept connections, in turns; the median over the rounds of each
round's ratio counts. Goals: `chat` at most 1.10 of the SDK's typed call, `achat` with 32 at once at most 1.15, and one HTTP
client of each colour for 1,000 calls. `--quick` asks OpenAI and Anthropic alone, and counts no clients.

The goals are OpenAI's; they are asked of the other four all the same. In asynchronous calls Google's SDK asks through aiohttp
where that is installed. Ollama's is a thin cover of httpx, so its ratio is the one to the bare library.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing

from contenders.counting import clients_opened
from contenders.served import CONFIG, CONTENDERS, Contender
from contenders.telling import figure
from contenders.timing import in_turns, ratio
from servers.running import canned

AT_ONCE = 32
ROUNDS = 15
CALLS = 64
MANY = 1000
CHAT, ACHAT = 1.10, 1.15
QUICK = ("OpenAI Chat", "Anthropic")


def sync_sides(contender: Contender, url: str) -> dict[str, list[float]]:
    """The seconds of CALLS calls, one after the other."""
    with closing(contender.client(url)) as client, contender.kit(url) as kit:
        sides = {
            "ours": lambda: [kit.chat(CONFIG) for _ in range(CALLS)],
            "sdk": lambda: [contender.ask(client) for _ in range(CALLS)],
        }
        return in_turns(sides, rounds=ROUNDS)


def async_sides(contender: Contender, url: str) -> dict[str, list[float]]:
    """The seconds of CALLS calls, AT_ONCE at a time."""
    with asyncio.Runner() as runner:
        client = runner.run(made(lambda: contender.async_client(url)))
        kit = contender.kit(url)
        sides = {
            "ours": lambda: runner.run(together(lambda: kit.achat(CONFIG), CALLS)),
            "sdk": lambda: runner.run(together(lambda: contender.ask(client), CALLS)),
        }
        figures = in_turns(sides, rounds=ROUNDS)
        runner.run(kit.aclose())
        runner.run(closed(contender, client))
    return figures


async def made(make: Callable[[], object]) -> object:
    return make()


async def closed(contender: Contender, client: object) -> None:
    await contender.aclose(client)


async def together(call: Callable[[], Awaitable[object]], calls: int) -> None:
    for start in range(0, calls, AT_ONCE):
        await asyncio.gather(*(call() for _ in range(min(AT_ONCE, calls - start))))


def clients_for_many_calls(contender: Contender, url: str) -> list[str]:
    """The HTTP clients that one kit opens for MANY calls of each colour."""
    with clients_opened() as opened, asyncio.Runner() as runner, contender.kit(url) as kit:
        for _ in range(MANY):
            kit.chat(CONFIG)
        runner.run(together(lambda: kit.achat(CONFIG), MANY))
        runner.run(kit.aclose())
    return opened


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print a table, and return 1 when a goal is missed."""
    missed, quick = False, "--quick" in arguments
    known = [contender for contender in CONTENDERS if not quick or contender.name in QUICK]
    print(f"{'':24}{'ours µs':>9}{'SDK µs':>9}{'ratio':>7}{'goal':>6}")
    with canned() as url:
        for contender in known:
            missed |= told(f"{contender.name} chat", sync_sides(contender, url), CHAT)
            missed |= told(f"{contender.name} achat", async_sides(contender, url), ACHAT)
        for contender in [] if quick else known:
            opened = clients_for_many_calls(contender, url)
            print(f"{contender.name}: clients opened for {MANY:,} chat and {MANY:,} achat: {len(opened)} (goal 2)")
            name = f"{contender.name}: HTTP clients for {MANY:,} calls of each colour"
            missed |= figure(name, len(opened), "clients", at_most=2, at_least=2)
    return int(missed)


def told(name: str, figures: dict[str, list[float]], goal: float) -> bool:
    """Print a line; whether the goal was missed."""
    mine, other = (statistics.median(figures[side]) / CALLS * 1e6 for side in ("ours", "sdk"))
    times = ratio(figures["ours"], figures["sdk"])
    missed = figure(f"{name}, to the SDK", times, at_most=goal, told=f"{mine:.0f} µs beside {other:.0f} µs")
    print(f"{name:24}{mine:9.0f}{other:9.0f}{times:7.2f}{goal:6.2f}{'  missed' * missed}")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
