"""The clients of a port, one for each process and each event loop, lent to the calls that use them. Kind: both colours.

A client that is closed while calls are under way is closed by the last of them: their answers are paid for. New calls open
another.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref


class Opening(Protocol):
    """Opens and closes the clients of a library."""

    def opened(self) -> Any:
        """A new synchronous client."""
        ...

    def opened_async(self) -> Any:
        """A new asynchronous client."""
        ...

    def closed(self, client: Any) -> None:
        """Close a synchronous client."""
        ...

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        ...


@dataclass(slots=True)
class Lent:
    """A client, how many calls use it, and whether its owner has let go of it."""

    client: Any = None
    users: int = 0
    let_go: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    guard: AsyncGenerator[None] | None = None


_Loops = WeakKeyDictionary[asyncio.AbstractEventLoop, Lent]


@dataclass(slots=True)
class ClientPool:
    """Opens clients when they are first needed.

    By process, since a forked child must not share its parent's connections; by loop, since connections belong to one.
    """

    opening: Opening = field(repr=False)
    _sync: dict[int, Lent] = field(default_factory=dict[int, Lent], repr=False)
    _turns: dict[int, threading.Lock] = field(default_factory=dict[int, threading.Lock], repr=False)
    _async: _Loops = field(default_factory=_Loops, repr=False)

    def take(self) -> Lent:
        """The client of this process, for one call. Give it back with `give_back`."""
        with self.turn():
            if (held := self._sync.get(os.getpid())) is None:
                held = self._sync[os.getpid()] = Lent(self.opening.opened())
            held.users += 1
        return held

    def give_back(self, held: Lent) -> None:
        """End the use that `take` began."""
        with self.turn():
            held.users -= 1
            last = held.let_go and not held.users
        if last:
            self.opening.closed(held.client)

    async def atake(self) -> Lent:
        """The client of the running loop, for one call. Give it back with `agive_back`."""
        held = self._of_this_loop()
        held.users += 1  # before anything is awaited: closing must not come between
        try:
            await self._open(held)
        except BaseException:
            held.users -= 1
            raise
        return held

    async def agive_back(self, held: Lent) -> None:
        """End the use that `atake` began."""
        held.users -= 1
        if held.let_go and not held.users and held.guard is not None:
            await held.guard.aclose()

    def close(self) -> None:
        """Let go of the synchronous client."""
        with self.turn():
            held = self._sync.pop(os.getpid(), None)
            if held is None:
                return
            held.let_go = True
            unused = not held.users
        if unused:
            self.opening.closed(held.client)

    async def aclose(self) -> None:
        """Let go of the synchronous client and of the one of the running loop."""
        self.close()
        held = self._async.pop(asyncio.get_running_loop(), None)
        if held is None:
            return
        held.let_go = True
        if not held.users and held.guard is not None:
            await held.guard.aclose()

    def turn(self) -> threading.Lock:
        """The lock of this process: a child that was forked while a thread held its parent's would wait for ever."""
        return self._turns.setdefault(os.getpid(), threading.Lock())

    def loops(self) -> int:
        """How many event loops have a client."""
        return len(self._async)

    def _of_this_loop(self) -> Lent:
        loop = asyncio.get_running_loop()
        if (held := self._async.get(loop)) is None:
            for other in [found for known in self._async.keyrefs() if (found := known()) is not None and found.is_closed()]:
                self._async.pop(other, None)
            held = self._async[loop] = Lent()
        return held

    async def _open(self, held: Lent) -> None:
        if held.client is not None:
            return
        async with held.turn:
            if held.client is None:
                # In a thread: importing the library and reading certificates takes a second, in which the loop shall go on.
                client = await asyncio.to_thread(self.opening.opened_async)
                held.guard = _closed_with_loop(self.opening, client, ref(self._async))
                await anext(held.guard)
                held.client = client


async def _closed_with_loop(opening: Opening, client: Any, loops: ref[_Loops]) -> AsyncGenerator[None]:
    """An async generator that only waits: the loop closes it before it ends, and when the port is dropped."""
    try:
        yield
    finally:
        known, loop = loops(), asyncio.get_running_loop()
        if known is not None and (held := known.get(loop)) is not None and held.client is client:
            known.pop(loop, None)
        await opening.aclosed(client)
