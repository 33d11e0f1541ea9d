"""Where a widget stands in a notebook: its live view, and below it a twin that is saved and shown where no kernel runs.

A front end without the kernel's model shows an error in place of a view, whatever else the output holds. So the twin is an
output of its own. A live view hides it; when the view is gone, it is what a reader sees. It is brought up to date when
nothing has happened for a second.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from racto_nb.notebook.display.showing import Handle, show_bundle, show_updatable

QUIET = 1.0
"""Seconds without a change after which the twins are brought up to date."""
VIEW = "application/vnd.jupyter.widget-view+json"


class Placed:
    """The places where one widget is shown. `id` names its twins in the page."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex[:12]
        self._twin: Handle | None = None
        self._timer: threading.Timer | None = None
        self._turn = threading.Lock()

    def show(self, twin: Mapping[str, str], *, model_id: str | None, name: str) -> None:
        """Show it once more, below the cell that runs: the twin alone where nothing is live (`RACTO_DISPLAY`, no `model_id`)."""
        if model_id is None or os.environ.get("RACTO_DISPLAY") in {"static", "off"} or not _in_kernel():
            show_bundle(twin)
            return
        view: dict[str, Any] = {VIEW: {"version_major": 2, "version_minor": 0, "model_id": model_id}, "text/plain": f"<{name}>"}
        show_bundle(view)
        if self._twin is None:
            self._twin = show_updatable(self._framed(twin))
        else:  # one more place of the same twin: one message brings all of them up to date
            self._twin.display(self._framed(twin), raw=True)

    def changed(self, twin: Callable[[], dict[str, str]]) -> None:
        """Something has changed: show `twin()` when it has become quiet."""
        if self._twin is None:
            return
        with self._turn:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(QUIET, self._refresh, [twin])
            self._timer.daemon = True
            self._timer.start()

    def close(self, twin: Callable[[], dict[str, str]]) -> None:
        """Show `twin()` a last time."""
        with self._turn:
            if self._timer is not None:
                self._timer.cancel()
        self._refresh(twin)

    def _refresh(self, twin: Callable[[], dict[str, str]]) -> None:
        if self._twin is not None:
            self._twin.update(self._framed(twin()), raw=True)

    def _framed(self, twin: Mapping[str, str]) -> dict[str, str]:
        return {**twin, "text/html": f'<div class="racto-twin-{self.id}">{twin["text/html"]}</div>'}


def _in_kernel() -> bool:
    from IPython.core.getipython import get_ipython

    return hasattr(get_ipython(), "kernel")
