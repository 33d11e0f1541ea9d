"""A call of a tool over our kept session beside one over the bare SDK session, and what 100 calls leave: memory and processes.

Both sides have a program of their own on stdio, the same one, and are asked in turns. What counts is wall time, since the work
is in two processes, and the median over the rounds of each ratio. Ours crosses to the thread of a portal and back. Goal: at
most twice the bare session. A hundred calls start no second program, and the client's memory grows by less than 5 MB.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from contenders.telling import figure
from contenders.timing import rounds_of
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from racto_nb.mcp import MCPClientConfig, RactoMCPClient

ROUNDS, CALLS = 9, 50
GOAL, GROWTH = 2.0, 5.0
SERVER = """
from mcp.server import MCPServer
server = MCPServer("bench")
@server.tool()
def add(a: int, b: int) -> int:
    return a + b
server.run()
"""
ASKED = {"a": 1, "b": 2}


async def figures(program: str) -> tuple[list[float], list[float], list[float]]:
    """The seconds of each round: the bare session, ours awaited, ours plain."""
    words = StdioServerParameters(command=sys.executable, args=[program])
    config = MCPClientConfig(transport="stdio", command=sys.executable, args=[program])
    bare: list[float] = []
    awaited: list[float] = []
    plain: list[float] = []
    async with Client(words) as session, RactoMCPClient(config) as client:
        await session.call_tool("add", ASKED)
        client.call_tool_sync("add", ASKED)
        for _ in range(rounds_of(ROUNDS)):
            start = time.perf_counter()
            for _ in range(CALLS):
                await session.call_tool("add", ASKED)
            bare.append(time.perf_counter() - start)
            start = time.perf_counter()
            for _ in range(CALLS):
                await client.call_tool("add", ASKED)
            awaited.append(time.perf_counter() - start)
            start = time.perf_counter()
            for _ in range(CALLS):
                client.call_tool_sync("add", ASKED)
            plain.append(time.perf_counter() - start)
    return bare, awaited, plain


def leftovers(program: str) -> tuple[int, float, int]:
    """How many programs 100 calls started, by how many MB this process grew, and how many programs are left after the end."""
    me = psutil.Process()
    with RactoMCPClient(MCPClientConfig(transport="stdio", command=sys.executable, args=[program])) as client:
        client.call_tool_sync("add", ASKED)
        before = me.memory_info().rss
        for _ in range(100):
            client.call_tool_sync("add", ASKED)
        grown = (me.memory_info().rss - before) / 1e6
        programs = len(me.children())
    return programs, grown, len(me.children())


def main() -> int:
    """Print the figures; 1 where a goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "server.py")
        Path(program).write_text(SERVER)
        bare, awaited, plain = asyncio.run(figures(program))
        programs, grown, left = leftovers(program)
    missed = figure("programs started by 100 calls", programs, "programs", at_most=1, at_least=1)
    missed |= figure("programs left at the end", left, "programs", at_most=0)
    missed |= figure("memory that 100 calls leave", grown, "MB", at_most=GROWTH)
    for name, side in (("awaited", awaited), ("plain", plain)):
        times = statistics.median(one / other for one, other in zip(side, bare, strict=True))
        each = 1e3 * statistics.median(side) / CALLS
        missed |= figure(f"a call, {name}, to the bare session", times, at_most=GOAL, told=f"{each:.2f} ms, wall time")
        print(f"{name:<8} {times:5.2f} of the bare session (goal {GOAL}), {each:5.2f} ms a call")
    print(f"100 calls: {programs} program, {grown:.1f} MB more memory (goal {GROWTH}), {left} programs left at the end")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
