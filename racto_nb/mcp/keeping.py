"""One session with a server that stays open: a task on a loop of its own keeps it, and callers of both colours use it.

Kind: portalled. The library knows event loops only, and a session belongs to the loop and the task that opened it. So it lives on
a `Portal`, whoever asks: a plain call in a running notebook, and a coroutine on any loop, use the same session.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from racto_nb._extras import refuse_missing
from racto_nb.exceptions import RactoGatewayConnectionError, RactoGatewayError, RactoGatewayTimeoutError
from racto_nb.flow.portal import Portal
from racto_nb.mcp.configs import MCPClientConfig, checked_config
from racto_nb.mcp.describing import MCPToolSchema
from racto_nb.mcp.failing import Watch, shown_cause, translated
from racto_nb.mcp.results import MCPToolResult
from racto_nb.mcp.sdk_client import OpenSession, opened
from racto_nb.mcp.stderr import Overheard

T = TypeVar("T")

_GOODBYE = 8.0
"""Seconds that a server has to end: it is asked, then its program is told to end, then killed."""
_LAST_WORDS = 1.0
"""Seconds that the last words of a program that has ended may take. They are there at once, unless the machine is busy."""


class Line:
    """The session with one server: opened at the first use, kept, opened again when it was lost. Dropped, it ends its program."""

    def __init__(self, config: MCPClientConfig) -> None:
        refuse_missing("mcp", extra="mcp")
        self.config = checked_config(config)
        self._held = _Held(self.config)
        self._finalizer = weakref.finalize(self, _let_go, self._held)

    def begin(self, work: Callable[[Keeper], Coroutine[Any, Any, T]]) -> Future[T]:
        """Let the session do `work`, without waiting for it. Cancel the future to have it stopped."""
        return self._held.begin(work)

    def wait(self, work: Callable[[Keeper], Coroutine[Any, Any, T]]) -> T:
        """What `work` gives. An interrupt stops it."""
        return self._held.portal().call(lambda: work(self._held.keeper))

    async def awaited(self, work: Callable[[Keeper], Coroutine[Any, Any, T]]) -> T:
        """What `work` gives. Cancelled, it is stopped."""
        return await asyncio.wrap_future(self.begin(work))

    @property
    def heard(self) -> str:
        """What the server's program wrote to its stderr: the end of it."""
        return self._held.heard.text

    @property
    def is_open(self) -> bool:
        """Whether there is a session now."""
        return self._held.keeper.is_open

    def close(self) -> None:
        """End the session and the server's program. The next use opens another."""
        self._held.shut()

    def __repr__(self) -> str:
        return f"<Line: {self.config.label}, {'open' if self.is_open else 'closed'}>"


class _Held:
    """What a Line holds. The thread of the portal knows it, and not the Line, which can so be dropped.

    A forked child has a session of its own: the parent's belongs to a thread that a fork does not copy. What it has inherited is
    kept and not touched, since its loop watches the same pipes as the parent's.
    """

    def __init__(self, config: MCPClientConfig) -> None:
        self._config = config
        self._owns = {os.getpid(): _Own(config)}

    @property
    def heard(self) -> Overheard:
        return self._own().heard

    @property
    def keeper(self) -> Keeper:
        return self._own().keeper

    def portal(self) -> Portal:
        own = self._own()
        with own.turn:
            if own.portal is None:
                own.keeper = Keeper(self._config, own.heard)
                own.portal = Portal(f"mcp-{self._config.label}"[:40], patience=_GOODBYE)
            return own.portal

    def begin(self, work: Callable[[Keeper], Coroutine[Any, Any, T]]) -> Future[T]:
        portal = self.portal()
        keeper = self.keeper
        return portal.start(lambda: work(keeper))

    def shut(self) -> None:
        own = self._own()
        with own.turn:
            portal, own.portal = own.portal, None
        if portal is not None:
            with suppress(TimeoutError):  # what is left is told by the portal
                portal.call(own.keeper.close, timeout=_GOODBYE)
            portal.close()

    def _own(self) -> _Own:
        return self._owns.get(os.getpid()) or self._owns.setdefault(os.getpid(), _Own(self._config))


class _Own:
    """What a Line holds in one process."""

    __slots__ = ("heard", "keeper", "portal", "turn")

    def __init__(self, config: MCPClientConfig) -> None:
        self.turn = threading.Lock()
        self.portal: Portal | None = None
        self.heard = Overheard(config.secrets)
        self.keeper = Keeper(config, self.heard)


def _let_go(held: _Held) -> None:
    """Shut what was dropped. Whoever happened to drop it does not wait, unless the program ends: then nobody else would."""
    if threading.main_thread().is_alive():
        threading.Thread(target=held.shut, name="racto-mcp-end").start()
    else:
        held.shut()


class Keeper:
    """Opens the session when it is needed, and keeps it. All of it runs on the loop of one portal."""

    def __init__(self, config: MCPClientConfig, heard: Overheard) -> None:
        self._config = config
        self._heard = heard
        self._turn = asyncio.Lock()
        self._session: OpenSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether there is a session now."""
        return self._session is not None and not self._session.watch.ended

    async def list_tools(self) -> list[MCPToolSchema]:
        """The tools of the server, asked for now."""
        session = await self.session()
        try:
            return await session.list_tools()
        except Exception as error:  # noqa: BLE001  (told)
            told = await self._told(error, session, "a list of its tools")
            raise told from shown_cause(error, self._heard.secrets)

    async def call_tool(self, name: str, arguments: Mapping[str, Any]) -> MCPToolResult:
        """What the tool gave. A call whose connection is lost is not sent again: what it did is done."""
        session = await self.session()
        try:
            return await session.call_tool(name, arguments)
        except Exception as error:  # noqa: BLE001  (told)
            told = await self._told(error, session, f"a call of {name!r}")
            raise told from shown_cause(error, self._heard.secrets)

    async def session(self) -> OpenSession:
        """The session that is open, or a new one."""
        async with self._turn:
            if self._session is not None and not self._session.watch.ended:
                return self._session
            await self._leave()
            return await self._open()

    async def close(self) -> None:
        """End the session and the server's program."""
        async with self._turn:
            await self._leave()

    async def _open(self) -> OpenSession:
        self._stop = asyncio.Event()
        ready: asyncio.Future[OpenSession] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep(ready, self._stop))
        try:
            async with asyncio.timeout(self._config.connect_timeout):
                self._session = await ready
        except TimeoutError as error:
            await self._leave()
            raise self._late() from error
        except BaseException:
            await self._leave()
            raise
        return self._session

    def _late(self) -> RactoGatewayError:
        said = self._heard.last()
        message = f"The MCP server {self._config.label!r} did not answer in {self._config.connect_timeout:g} s after its start."
        return RactoGatewayTimeoutError(f"{message} Its stderr ends: {said}" if said else message)

    async def _keep(self, ready: asyncio.Future[OpenSession], stop: asyncio.Event) -> None:
        """Hold the session open until `stop`. It is opened and closed in one task, as the library needs it."""
        watch = Watch()
        try:
            async with opened(self._config, self._heard, watch) as session:
                if not ready.done():
                    ready.set_result(session)
                await stop.wait()
        except Exception as error:  # noqa: BLE001  (told to who waits; after that it can only be the end of a lost connection)
            if not ready.done():
                await self._heard.heard_out(_LAST_WORDS)
                ready.set_exception(self._ours(error, watch, "a session"))

    async def _leave(self) -> None:
        task, session = self._task, self._session
        self._task = self._session = None
        if task is None:
            return
        self._stop.set()
        if session is None:  # it is still connecting, and does not look at the event
            task.cancel()
        _, late = await asyncio.wait({task}, timeout=_GOODBYE)
        for each in late:
            each.cancel()

    async def _told(self, error: Exception, session: OpenSession, doing: str) -> Exception:
        told = self._ours(error, session.watch, doing)
        if not isinstance(told, RactoGatewayConnectionError):
            return told
        session.watch.ended = True
        await self._heard.heard_out(_LAST_WORDS)  # why it ended may still be on its way
        return self._ours(error, session.watch, doing)

    def _ours(self, error: Exception, watch: Watch, doing: str) -> Exception:
        heard = self._heard
        return translated(error, self._config.label, doing, secrets=heard.secrets, status=watch.status, said=heard.last())
