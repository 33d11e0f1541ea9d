"""A loop that waits for a silent provider notices a task that a signal handler has cancelled."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The handler does what the kernel's does: it cancels the task, and nothing wakes the loop.
PROGRAM = """
import asyncio, signal, sys
from contextlib import asynccontextmanager
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Emit, next_event, open_stream, send

class SilentPort:
    async def asend(self, request):
        await asyncio.Event().wait()

    @asynccontextmanager
    async def aopen(self, request):
        async def events():
            await asyncio.Event().wait()
            yield 1
        yield events()

def sending():
    return (yield from send(SilentPort(), None))

def reading():
    stream = yield from open_stream(SilentPort(), None)
    while (event := (yield from next_event(stream))) is not None:
        yield Emit(event)

async def consumed():
    async for _ in AsyncDriver().iterate(reading()):
        pass

async def main():
    waiting = AsyncDriver().run(sending()) if sys.argv[1] == "run" else consumed()
    task = asyncio.ensure_future(waiting)
    signal.signal(signal.SIGALRM, lambda *_: task.cancel())
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")

asyncio.run(main())
"""


@pytest.mark.parametrize("way", ["run", "iterate"])
def test_a_task_that_a_signal_handler_cancels_ends(way: str):
    done = subprocess.run([sys.executable, "-c", PROGRAM, way], capture_output=True, text=True, timeout=30, check=False)

    assert done.stdout == "cancelled\n", done.stderr
