"""Between a controller and a page: what happens is told to the controller, and what it says is sent as parts.

Messages of a page come on whatever thread the kernel chooses. Events are therefore taken one at a time, under a lock, by whoever
brings them, and that is quick; what takes time runs on the widget's own loop and tells its outcome as one more event.

A part is a trait that only the kernel sets. A part that is marked `keyed` is a dict of which only the keys that have changed are
sent, numbered, so that a long chat is not sent again with each turn; a page that is loaded anew reads the traits as they are.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, ClassVar, Generic, TypeVar, cast

import traitlets
from anywidget import AnyWidget

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import RactoGatewayError, UsageError
from racto_nb.flow.portal import Portal, says_the_end
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.reading import Hush, Refresh, said
from racto_nb.notebook.widgets.placing import Placed

State = TypeVar("State")
_LOG = logging.getLogger(__name__)
TICK = 0.02
"""Seconds between two looks at what is waited for."""


def part(kind: type[traitlets.TraitType[Any, Any]] = traitlets.Dict, *, keyed: bool = False) -> Any:
    """A trait that is a part of what a controller says, sent whole when it changes, or by its keys."""
    return kind().tag(sync=True, part=True, keyed=keyed)


class Bridge(AnyWidget, Generic[State]):
    """A widget around a controller. A subclass has `_esm`, `_css`, `controller`, its parts, and `_perform` for its wishes."""

    controller: ClassVar[Controller[Any]]

    twin = traitlets.Unicode().tag(sync=True)
    fault = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    numbers = traitlets.Dict().tag(sync=True)
    streams = traitlets.Dict().tag(sync=True)

    def __init__(self, state: State) -> None:
        self._turn = threading.RLock()
        self._state = state
        self._portal: Portal | None = None
        self._working: dict[str, Future[None]] = {}
        self._placed = Placed()
        self._closed = False
        self._parts = tuple(name for name, _ in self.traits(part=True).items())
        self._keyed = frozenset(self.traits(keyed=True))
        shown = self.controller.view(state)
        super().__init__(twin=self._placed.id, numbers=dict.fromkeys(self._keyed, 0), **shown)
        self._own_layout = self._plain.layout  # one that it is given later may be another widget's too
        self._kinds = self.controller.heard | Refresh | Hush
        self._plain.on_msg(self._heard)

    def tell(self, event: object) -> None:
        """Tell the controller what has happened, show what it makes of it, and do what it wishes. Raises what it refuses."""
        with self._turn:
            if self._closed:
                raise UsageError(f"This {type(self).__name__} is closed. Make another one.")
            self._state, wishes = self.controller.update(self._state, event)
            self._publish(self.controller.view(self._state))
            for wish in wishes:
                self._perform(wish)

    def _perform(self, wish: object) -> None:
        """Do what the controller wishes."""
        raise TypeError(f"{type(self).__name__} cannot do {wish!r}.")

    def _heard(self, _: object, content: object, buffers: object = None) -> None:
        """What the page says. What is wrong with it is shown beside the widget: nobody waits for it in a cell."""
        try:
            event: object = said(content, self._kinds)
            match event:
                case Refresh():
                    with self._turn:  # so that a part and its number belong together
                        self._plain.send_state([event.part, "numbers"] if event.part in self._keyed else "streams")
                case Hush():
                    self._show({})
                case _:
                    self._hear(event, buffers)
        except Exception as error:  # noqa: BLE001  (shown, and what is no refusal of ours is logged)
            self._show_fault(error)

    def _hear(self, event: object, buffers: object) -> None:
        """Take an event of the page; `buffers` are files that came along."""
        del buffers
        self.tell(event)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Nothing: a page may send events, and no traits."""

    def _publish(self, shown: Mapping[str, Any]) -> None:
        with self.hold_sync():
            for name, value in shown.items():
                had = getattr(self, name)
                if had is value or had == value:
                    continue
                if name in self._keyed:
                    self._send_changes(name, had, value)
                else:
                    setattr(self, name, value)
        self._placed.changed(self._twin)

    def _send_changes(self, name: str, had: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        changed = {key: value for key, value in now.items() if key not in had or (had[key] is not value and had[key] != value)}
        number = self.numbers[name]
        self._keep({name: dict(now), "numbers": {**self.numbers, name: number + 1}})
        dropped = [key for key in had if key not in now]
        self.post({"t": "patch", "part": name, "i": number, "set": changed, "drop": dropped})

    def _keep(self, values: Mapping[str, Any]) -> None:
        """Set traits without sending them: pages know by messages, and one that is loaded anew reads them."""
        self._trait_values.update(values)

    @property
    def _plain(self) -> Any:
        """This widget, for the methods that ipywidgets gives no types."""
        return self

    def post(self, message: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send the pages a message that is no part, such as rows of a grid; `t` says its kind."""
        with self._turn:
            self._plain.send(dict(message), list(buffers) or None)

    def keep_stream(self, key: str, stream: Mapping[str, Any] | None) -> None:
        """Keep what has arrived under `key`, for pages that are loaded later. None: it is no more."""
        with self._turn:
            others = {name: value for name, value in self.streams.items() if name != key}
            self._keep({"streams": others if stream is None else {**others, key: dict(stream)}})

    def _begin(self, key: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` on the widget's loop, in place of what ran under `key`. What it raises is shown beside the widget."""
        with self._turn:
            if self._closed:
                return  # nobody is there any more who could see what comes of it
            self._stop(key)
            if self._portal is None:
                self._portal = Portal(type(self).__name__.lower())
            future = self._working[key] = self._portal.start(lambda: self._unless_closed(work))
        future.add_done_callback(lambda done: self._ended(key, done))

    async def _unless_closed(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work`. How it ends after closing, the controller hears no more: that it is refused is no error of anybody."""
        try:
            await work()
        except Exception as error:
            if not self._closed:
                raise
            if not isinstance(error, RactoGatewayError):
                _LOG.error("%s met an error after it was closed", type(self).__name__, exc_info=error)

    def _await_quiet(self, busy: Callable[[], bool], timeout: float | None = None, *, late: str = "") -> None:
        """Wait while `busy()`, but not for a widget that is closed. TimeoutError, which says `late`, after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while busy() and not self._closed:
            if end is not None and time.monotonic() > end:
                raise TimeoutError(late)
            time.sleep(TICK)

    def _stop(self, key: str) -> None:
        """Cancel what runs under `key`, if anything does."""
        if (future := self._working.pop(key, None)) is not None:
            future.cancel()

    def _ended(self, key: str, done: Future[None]) -> None:
        if self._working.get(key) is done:
            del self._working[key]
        try:
            error = done.exception()
        except CancelledError:
            return
        if error is None or isinstance(error, asyncio.CancelledError) or says_the_end(error):  # then nobody is there to see it
            return
        self._show_fault(error)

    def _show_fault(self, error: BaseException) -> None:
        known = isinstance(error, RactoGatewayError)
        if not known:
            _LOG.error("%s met an error", type(self).__name__, exc_info=error)
        text = str(error) if known else f"{type(error).__name__}: {error}"
        self._show({"text": self._clean(text)})

    @staticmethod
    def _clean(text: str) -> str:
        """`text` without the secrets of the environment."""
        return Secrets.of(os.environ).cleaned(text)

    def _show(self, fault: Mapping[str, str]) -> None:
        with self._turn:  # or the end of another thread's `hold_sync` could take it for its own
            self.fault = dict(fault)

    def _twin(self) -> dict[str, str]:
        with self._turn:
            return self.controller.twin(self._state)

    def _ipython_display_(self) -> None:
        model = None if self._closed else cast("str", self.model_id)  # a page has no model of one that is closed
        self._placed.show(self._twin(), model_id=model, name=type(self).__name__)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @property
    def closed(self) -> bool:
        """Whether it was closed: then pages show it no more."""
        return self._closed

    def close(self) -> None:
        """Take the widget off all pages and stop what it does. What it showed last stays as text. Closing twice is allowed."""
        if "_placed" not in vars(self):
            return  # its constructor has refused what it was given
        with self._turn:
            if self._closed:
                return
            self._closed = True
            for key in list(self._working):
                self._stop(key)
            portal, self._portal = self._portal, None
        self._placed.close(self._twin)
        super().close()
        self._own_layout.close()
        if portal is None:
            return
        if threading.current_thread().name == f"racto-portal-{type(self).__name__.lower()}":
            # Its own work closes it: the loop ends when that has ended, and nobody may wait for it here.
            threading.Thread(target=portal.close, daemon=True).start()
        else:
            portal.close()
