"""A provider's port through a recording: what is known is replayed, what comes is recorded. Kind: both colours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Any

from racto_nb.models.response import FRESH, REPLAY
from racto_nb.providers.wire import Provider, ProviderPort, Request
from racto_nb.replay.codec import stored
from racto_nb.replay.entries import Entry, rounded, stored_failure
from racto_nb.replay.events import Heard, Listened, Replayed, listened, replayed
from racto_nb.replay.file import Append
from racto_nb.replay.keeping import Keeper, cleaner, used
from racto_nb.replay.keys import Asked, Kind, asked_from

_ABOUT_THE_KEY = frozenset({401, 403})
"""Statuses of refusals that say nothing about the request."""


class RecordedPort:
    """`port` of `provider` for one request, through `recording`."""

    def __init__(self, recording: Keeper, provider: Provider, port: ProviderPort, *, fresh: bool) -> None:
        self.recording = recording
        self.provider = provider
        self.port = port
        self.fresh = fresh
        self.origin = FRESH
        self._claimed: Entry | None = None

    def send(self, request: Request) -> Any:
        """The reply, as it was recorded or as the provider gives it now."""
        asked = self.asked(request, "send")
        self.recording.load()
        if (entry := self._found(asked)) is not None:
            self.write(used(entry))
            time.sleep(self._pause(entry))
            return _reply_of(entry)
        began = time.perf_counter()
        try:
            reply = self.port.send(request)
        except Exception as error:
            self.write(self.refused(asked, error, time.perf_counter() - began))
            raise
        self.write(self._replied(asked, reply, time.perf_counter() - began))
        return reply

    async def asend(self, request: Request) -> Any:
        """The reply, as it was recorded or as the provider gives it now."""
        asked = self.asked(request, "send")
        await self._aload()
        if (entry := self._found(asked)) is not None:
            await self.awrite(used(entry))
            await asyncio.sleep(self._pause(entry))
            return _reply_of(entry)
        began = time.perf_counter()
        try:
            reply = await self.port.asend(request)
        except Exception as error:
            await self.awrite(self.refused(asked, error, time.perf_counter() - began))
            raise
        await self.awrite(self._replied(asked, reply, time.perf_counter() - began))
        return reply

    def claims(self, request: Request, kind: Kind) -> bool:
        """Whether `request` is answered from the recording. What answers it is then its own, whatever others ask meanwhile."""
        asked = self.asked(request, kind)
        self.recording.load()
        self._claimed = self._found(asked)
        return self._claimed is not None

    def open(self, request: Request) -> AbstractContextManager[Iterator[Any]]:
        """The events, as they were recorded or as they come now."""
        return _Opened(self, request)

    def aopen(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Any]]:
        """The events, as they were recorded or as they come now."""
        return _AsyncOpened(self, request)

    def asked(self, request: Request, kind: Kind) -> Asked:
        """`request` as the recording knows it."""
        return asked_from(request, kind=kind, provider=self.provider.name, address=self.provider.address)

    def told(self, asked: Asked) -> Iterator[tuple[float, Any]] | None:
        """The recorded events with their times; None where it is to be asked. Raises what was recorded in place of an answer."""
        self.recording.load()
        if (entry := self._found(asked)) is None:
            return None
        self.write(used(entry))
        return _events_of(entry)

    async def atold(self, asked: Asked) -> Iterator[tuple[float, Any]] | None:
        """The recorded events with their times; None where it is to be asked. Raises what was recorded in place of an answer."""
        await self._aload()
        if (entry := self._found(asked)) is None:
            return None
        await self.awrite(used(entry))
        return _events_of(entry)

    def refused(self, asked: Asked, error: Exception, seconds: float) -> Append | None:
        """How a refusal is written. None for an error that says nothing about the request, or may be gone at the next try."""
        failure = stored_failure(error)
        if failure is None or failure.get("status") in _ABOUT_THE_KEY or self.provider.wire.advice(error) is not None:
            return None
        return self._written(lambda: Entry(asked, 0, failure=failure, seconds=rounded(seconds)))

    def ended(self, asked: Asked, heard: Heard) -> Append | None:
        """How a stream is written. None for one that was left or that broke: it is no answer."""
        if heard.error is not None and not heard.events:
            return self.refused(asked, heard.error, heard.seconds)

        def made() -> Entry | None:
            if not (heard.ended if heard.is_download else self._is_whole(heard.events)):
                return None
            events, seconds = [stored(event) for _, event in heard.events], [rounded(time) for time, _ in heard.events]
            return Entry(asked, 0, events=events, seconds=seconds)

        return self._written(made)

    def write(self, line: Append | None) -> None:
        """Write a line, where there is one."""
        if line is not None:
            self.recording.file.send(line)

    async def awrite(self, line: Append | None) -> None:
        """Write a line, where there is one."""
        if line is not None:
            await self.recording.file.asend(line)

    async def _aload(self) -> None:
        if not self.recording.is_loaded:
            self.recording.loaded(await self.recording.file.asend(self.recording.wanted))

    def _found(self, asked: Asked) -> Entry | None:
        entry = self._claimed or self.recording.found(asked, fresh=self.fresh)
        self.origin = FRESH if entry is None else REPLAY
        return entry

    def _replied(self, asked: Asked, reply: object, seconds: float) -> Append:
        return self._written(lambda: Entry(asked, 0, reply=stored(reply), seconds=rounded(seconds)))

    def _written(self, made: Callable[[], Entry | None]) -> Append:
        def line() -> bytes | None:
            entry = made()
            return None if entry is None else self.recording.noted(entry, cleaner(self.provider.redacted))

        return Append(self.recording.path, line)

    def _is_whole(self, events: list[tuple[float, Any]]) -> bool:
        """Whether these events are an answer to its end: it is the wire that knows, since nobody reads on after a terminator."""
        wire = self.provider.wire
        draft = wire.begin()
        try:
            for _, event in events:
                draft = wire.advance(draft, event)
        except Exception:  # noqa: BLE001  (was raised already, to the caller)
            return False
        return draft.done

    def _pause(self, entry: Entry) -> float:
        """How long a reply takes at the speed of the recording, in seconds."""
        seconds = entry.seconds if isinstance(entry.seconds, float | int) else 0.0
        return seconds / self.recording.speed if self.recording.speed else 0.0


class _Opened:
    """A stream in the synchronous colour. Leaving it writes it down, where it came to its end."""

    def __init__(self, port: RecordedPort, request: Request) -> None:
        self._port, self._request = port, request
        self._asked = port.asked(request, "stream")
        self._context: AbstractContextManager[Iterator[Any]] | None = None
        self._heard = Heard(is_download=_is_download(request))

    def __enter__(self) -> Iterator[Any]:
        port, speed = self._port, self._port.recording.speed
        if (told := port.told(self._asked)) is not None:
            return replayed(told, speed)
        self._heard.began = time.perf_counter()
        context = port.port.open(self._request)
        try:
            events = context.__enter__()
        except Exception as error:
            port.write(port.refused(self._asked, error, self._heard.seconds))
            raise
        self._context = context
        return listened(events, self._heard)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._context is None:
            return
        try:
            self._context.__exit__(kind, error, trace)
        finally:
            self._port.write(self._port.ended(self._asked, self._heard))


class _AsyncOpened:
    """A stream in the asynchronous colour. A class and no generators, as the ports that it stands before."""

    def __init__(self, port: RecordedPort, request: Request) -> None:
        self._port, self._request = port, request
        self._asked = port.asked(request, "stream")
        self._context: AbstractAsyncContextManager[AsyncIterator[Any]] | None = None
        self._heard = Heard(is_download=_is_download(request))

    async def __aenter__(self) -> AsyncIterator[Any]:
        port, speed = self._port, self._port.recording.speed
        if (told := await port.atold(self._asked)) is not None:
            return Replayed(told, speed)
        self._heard.began = time.perf_counter()
        context = port.port.aopen(self._request)
        try:
            events = await context.__aenter__()
        except Exception as error:
            await port.awrite(port.refused(self._asked, error, self._heard.seconds))
            raise
        self._context = context
        return Listened(events, self._heard)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._context is None:
            return
        try:
            await self._context.__aexit__(kind, error, trace)
        finally:
            await self._port.awrite(self._port.ended(self._asked, self._heard))


def _is_download(request: Request) -> bool:
    """Whether what is opened is the lines of a file and no answer. Requests say so in `reads`, where they have it."""
    return getattr(request, "reads", "json") != "json"


def _reply_of(entry: Entry) -> Any:
    entry.raise_failure()
    return entry.replayed_reply()


def _events_of(entry: Entry) -> Iterator[tuple[float, Any]]:
    entry.raise_failure()
    return entry.replayed_events()
